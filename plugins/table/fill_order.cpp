// The order of loads: what is referenced comes first. Loads whose foreign keys form a cycle, and
// those that must be emptied together, are one transaction.
#include <algorithm>
#include <numeric>

#include "fill_plan.hpp"

namespace pgclone::table {

namespace {

// Strongly connected components, by Tarjan; without recursion, since a chain of foreign keys may be
// long. Components get their numbers from the ends of the edges to their beginnings.
class Components {
 public:
  explicit Components(const std::vector<std::vector<std::size_t>>& edges)
      : number(edges.size(), kUnseen),
        edges_(edges),
        index_(edges.size(), kUnseen),
        low_(edges.size()) {
    for (std::size_t node = 0; node < edges.size(); ++node)
      if (index_[node] == kUnseen) visit(node);
  }

  std::vector<std::size_t> number;

 private:
  static constexpr std::size_t kUnseen = static_cast<std::size_t>(-1);

  void enter(std::size_t node) {
    index_[node] = low_[node] = seen_++;
    open_.push_back(node);
    frames_.emplace_back(node, 0);
  }

  void close(std::size_t node) {
    for (std::size_t member = kUnseen; member != node;) {
      member = open_.back();
      open_.pop_back();
      number[member] = count_;
    }
    ++count_;
  }

  void visit(std::size_t root) {
    enter(root);
    while (!frames_.empty()) {
      auto& [node, next] = frames_.back();
      if (next < edges_[node].size()) {
        const std::size_t to = edges_[node][next++];
        if (index_[to] == kUnseen) {
          enter(to);
        } else if (number[to] == kUnseen) {
          low_[node] = std::min(low_[node], index_[to]);
        }
        continue;
      }
      const std::size_t done = node;
      frames_.pop_back();
      if (low_[done] == index_[done]) close(done);
      if (frames_.empty()) return;
      low_[frames_.back().first] = std::min(low_[frames_.back().first], low_[done]);
    }
  }

  const std::vector<std::vector<std::size_t>>& edges_;
  std::vector<std::size_t> index_;
  std::vector<std::size_t> low_;
  std::vector<std::size_t> open_;
  std::vector<std::pair<std::size_t, std::size_t>> frames_;
  std::size_t seen_ = 0;
  std::size_t count_ = 0;
};

}  // namespace

const std::size_t* FillPlan::load_of(Oid relation) const {
  const auto found = load_by_relation_.find(relation);
  return found == load_by_relation_.end() ? nullptr : &found->second;
}

void FillPlan::find_cycles() {
  std::vector<std::vector<std::size_t>> edges(loads_.size());
  for (const TargetKey& key : target_.keys) {
    const std::size_t* from = load_of(key.from);
    const std::size_t* to = load_of(key.to);
    if (from != nullptr && to != nullptr && *from != *to) edges[*to].push_back(*from);
  }
  const Components components(edges);
  for (std::size_t i = 0; i < loads_.size(); ++i) loads_[i].rank = components.number[i];
}

// Within one COPY a table may reference itself: keys are checked at the statement's end.
bool FillPlan::is_cyclic(const TargetKey& key) const {
  const std::size_t* from = load_of(key.from);
  const std::size_t* to = load_of(key.to);
  if (from == nullptr || to == nullptr) return false;
  return *from == *to ? loads_[*from].sources.size() > 1 : loads_[*from].rank == loads_[*to].rank;
}

void FillPlan::group() {
  std::vector<std::size_t> leader(loads_.size());
  std::iota(leader.begin(), leader.end(), std::size_t{0});
  const auto find = [&](std::size_t load) {
    while (leader[load] != load) load = leader[load] = leader[leader[load]];
    return load;
  };
  for (const TargetKey& key : target_.keys) {
    const std::size_t* from = load_of(key.from);
    const std::size_t* to = load_of(key.to);
    if (from == nullptr || to == nullptr) continue;
    if (!is_cyclic(key) && !(loads_[*from].emptied && loads_[*to].emptied)) continue;
    const std::size_t a = find(*from);
    const std::size_t b = find(*to);
    leader[std::max(a, b)] = std::min(a, b);
  }
  for (std::size_t i = 0; i < loads_.size(); ++i) loads_[i].leader = find(i);
}

// Once in each transaction, whichever partition a constraint was found at. Also what checks that no
// row outside references those that are deleted.
void FillPlan::find_deferred() {
  std::set<std::pair<std::size_t, std::string>> seen;
  for (const TargetKey& key : target_.keys) {
    const std::size_t* load = load_of(key.from);
    if (load == nullptr) {
      load = load_of(key.to);
      if (load != nullptr && !loads_[*load].emptied) continue;
    }
    if (load == nullptr || !(key.deferred || is_cyclic(key))) continue;
    if (seen.emplace(loads_[*load].leader, key.table + " " + key.constraint).second)
      deferred_[*load].push_back(&key);
  }
}

}  // namespace pgclone::table
