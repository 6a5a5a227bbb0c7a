#include "plan/graph.hpp"

#include <algorithm>
#include <queue>
#include <unordered_map>

namespace pgclone::plan {

void Graph::remove_duplicates() {
  for (auto& list : successors_) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
}

namespace {

constexpr std::uint32_t kUnseen = UINT32_MAX;

struct Tarjan {
  const Graph& graph;
  std::vector<std::uint32_t> index = std::vector<std::uint32_t>(graph.size(), kUnseen);
  std::vector<std::uint32_t> low = std::vector<std::uint32_t>(graph.size(), 0);
  std::vector<std::uint32_t> component = std::vector<std::uint32_t>(graph.size(), kUnseen);
  std::vector<std::uint32_t> open = {};  // nodes whose component is not known yet
  std::uint32_t next_index = 0;
  std::uint32_t next_component = 0;

  struct Frame {
    std::uint32_t node;
    std::size_t next;
  };

  void enter(std::uint32_t node, std::vector<Frame>& frames) {
    index[node] = low[node] = next_index++;
    open.push_back(node);
    frames.push_back({node, 0});
  }

  void close(std::uint32_t node) {
    std::uint32_t member;
    do {
      member = open.back();
      open.pop_back();
      component[member] = next_component;
    } while (member != node);
    ++next_component;
  }

  void visit(std::uint32_t root) {
    std::vector<Frame> frames;
    enter(root, frames);
    while (!frames.empty()) {
      Frame& frame = frames.back();
      const std::uint32_t node = frame.node;
      const auto& successors = graph.successors(node);
      if (frame.next < successors.size()) {
        const std::uint32_t to = successors[frame.next++];
        if (index[to] == kUnseen)
          enter(to, frames);
        else if (component[to] == kUnseen)
          low[node] = std::min(low[node], index[to]);
        continue;
      }
      if (low[node] == index[node]) close(node);
      frames.pop_back();
      if (!frames.empty()) low[frames.back().node] = std::min(low[frames.back().node], low[node]);
    }
  }
};

}  // namespace

std::vector<std::uint32_t> components(const Graph& graph) {
  Tarjan tarjan{graph};
  for (std::uint32_t node = 0; node < graph.size(); ++node)
    if (tarjan.index[node] == kUnseen) tarjan.visit(node);
  return std::move(tarjan.component);
}

std::vector<std::uint32_t> topological_order(
    const Graph& graph, const std::vector<std::uint32_t>& nodes,
    const std::function<bool(std::uint32_t, std::uint32_t)>& before) {
  std::unordered_map<std::uint32_t, std::uint32_t> blockers;
  for (const auto node : nodes) blockers.emplace(node, 0);
  for (const auto node : nodes)
    for (const auto to : graph.successors(node))
      if (const auto found = blockers.find(to); found != blockers.end()) ++found->second;

  const auto later = [&](std::uint32_t a, std::uint32_t b) { return before(b, a); };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> ready(later);
  for (const auto& [node, count] : blockers)
    if (count == 0) ready.push(node);

  std::vector<std::uint32_t> order;
  while (!ready.empty()) {
    const std::uint32_t node = ready.top();
    ready.pop();
    order.push_back(node);
    for (const auto to : graph.successors(node))
      if (const auto found = blockers.find(to); found != blockers.end() && --found->second == 0)
        ready.push(to);
  }
  return order;
}

}  // namespace pgclone::plan
