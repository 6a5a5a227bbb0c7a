#include "plan/preferences.hpp"

#include <set>

namespace pgclone::plan {
namespace {

using Number = std::uint32_t;

// The order inside of every cycle: a step's place, from 0; what edges alone put into a cycle has
// none, and counts as last.
class CycleOrder {
 public:
  CycleOrder(const Graph& edges, const Graph& preferences, const std::vector<Number>& component)
      : edges_(edges),
        preferences_(preferences),
        component_(component),
        blockers_(edges.size(), 0),
        wishes_(edges.size(), 0),
        place_(edges.size(), UINT32_MAX) {
    for (Number from = 0; from < edges.size(); ++from) {
      for (const Number to : edges.successors(from)) blockers_[to] += together(from, to) ? 1 : 0;
      for (const Number to : preferences.successors(from))
        wishes_[to] += together(from, to) ? 1 : 0;
    }
  }

  std::vector<Number> find() {
    for (Number step = 0; step < edges_.size(); ++step)
      if (blockers_[step] == 0) ready_.emplace(wishes_[step], step);
    for (Number next = 0; !ready_.empty(); ++next) {
      const Number step = ready_.begin()->second;
      ready_.erase(ready_.begin());
      place_[step] = next;
      for (const Number to : preferences_.successors(step))
        if (together(step, to)) fulfil(to);
      for (const Number to : edges_.successors(step))
        if (together(step, to) && --blockers_[to] == 0) ready_.emplace(wishes_[to], to);
    }
    return std::move(place_);
  }

 private:
  [[nodiscard]] bool together(Number a, Number b) const { return component_[a] == component_[b]; }

  void fulfil(Number step) {
    const bool was_ready = ready_.erase({wishes_[step], step}) > 0;
    --wishes_[step];
    if (was_ready) ready_.emplace(wishes_[step], step);
  }

  const Graph& edges_;
  const Graph& preferences_;
  const std::vector<Number>& component_;
  std::vector<Number> blockers_;
  std::vector<Number> wishes_;
  std::vector<Number> place_;
  std::set<std::pair<Number, Number>> ready_;  // by the wishes that they would break
};

}  // namespace

void add_preferences(const std::vector<Preference>& preferences, Graph& graph) {
  if (preferences.empty()) return;
  Graph wished(graph.size());
  for (const auto& [from, to] : preferences) wished.edge(from, to);
  wished.remove_duplicates();
  Graph all = graph;
  for (Number from = 0; from < wished.size(); ++from)
    for (const Number to : wished.successors(from)) all.edge(from, to);
  const std::vector<Number> component = components(all);
  const std::vector<Number> place = CycleOrder(graph, wished, component).find();
  for (Number from = 0; from < wished.size(); ++from)
    for (const Number to : wished.successors(from))
      if (component[from] != component[to] || place[from] < place[to]) graph.edge(from, to);
}

}  // namespace pgclone::plan
