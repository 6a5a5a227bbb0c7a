#include "plan/rows_first.hpp"

#include <map>
#include <utility>

namespace pgclone::plan {
namespace {

using Number = std::uint32_t;

// By the group that makes an object: the steps of other groups that load its rows.
using Loads = std::map<Number, std::vector<Number>>;

Loads loads_elsewhere(const std::vector<Step>& steps, const std::vector<Number>& group_of_step) {
  std::map<std::pair<Number, Number>, std::vector<Number>> by_object;
  for (Number i = 0; i < steps.size(); ++i) {
    const ObjectId object = steps[i].belongs_to;
    if (steps[i].phase == Phase::load && object != ObjectId{})
      by_object[{object.classid, object.objid}].push_back(i);
  }
  Loads loads;
  if (by_object.empty()) return loads;
  for (Number i = 0; i < steps.size(); ++i)
    for (const auto& object : steps[i].provides) {
      const auto found = by_object.find({object.classid, object.objid});
      if (found == by_object.end()) continue;
      for (const auto load : found->second)
        if (group_of_step[load] != group_of_step[i]) loads[group_of_step[i]].push_back(load);
    }
  return loads;
}

// By group: those that it needs. What needs one step of a group needs the group: a view is made in
// two steps, and what the second one needs, its users need.
Graph needs_of_groups(const Graph& steps, const std::vector<Number>& group_of_step) {
  Graph needs(steps.size());
  for (Number from = 0; from < steps.size(); ++from)
    for (const auto to : steps.successors(from)) needs.edge(group_of_step[to], group_of_step[from]);
  needs.remove_duplicates();
  return needs;
}

}  // namespace

void require_rows(const std::vector<Step>& steps, const std::vector<Number>& group_of_step,
                  Graph& graph) {
  const Loads loads = loads_elsewhere(steps, group_of_step);
  if (loads.empty()) return;
  const Graph needs = needs_of_groups(graph, group_of_step);
  std::vector<Number> seen_by(steps.size(), UINT32_MAX);
  for (Number waiter = 0; waiter < steps.size(); ++waiter) {
    if (steps[waiter].after == Milestone::none) continue;
    std::vector<Number> work{group_of_step[waiter]};
    seen_by[work.front()] = waiter;
    while (!work.empty()) {
      const Number group = work.back();
      work.pop_back();
      if (const auto found = loads.find(group); found != loads.end())
        for (const auto load : found->second) graph.edge(load, waiter);
      for (const auto need : needs.successors(group))
        if (std::exchange(seen_by[need], waiter) != waiter) work.push_back(need);
    }
  }
}

}  // namespace pgclone::plan
