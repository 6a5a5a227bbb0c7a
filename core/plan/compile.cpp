// From steps to tasks.
//
// Why groups are fused at all: a table's definition, rows, keys and indexes in one transaction can
// never be left half made, and need one commit instead of ten. Why a cycle of groups is fused too:
// a table whose default calls a function that takes the table's row type has no order as two
// transactions, but has one inside a single transaction.

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "pgclone/plugin/error.hpp"
#include "plan/graph.hpp"
#include "plan/plan.hpp"
#include "plan/preferences.hpp"
#include "plan/rows_first.hpp"

namespace pgclone::plan {
namespace {

// In bytes, or what compares with them: some tens of milliseconds.
constexpr std::uint64_t kLong = std::uint64_t{4} << 20;

std::uint64_t work_of(const Task& task) {
  std::uint64_t work = 0;
  for (const auto& step : task.steps) work += step.cost + step.effort;
  return work;
}

struct HashObjectId {
  std::size_t operator()(const ObjectId& id) const noexcept {
    return std::hash<std::uint64_t>{}((std::uint64_t{id.classid} << 32) | id.objid);
  }
};

using Provider = std::unordered_map<ObjectId, std::uint32_t, HashObjectId>;

Provider providers(const std::vector<Step>& steps) {
  Provider provider;
  for (std::uint32_t i = 0; i < steps.size(); ++i)
    for (const auto& id : steps[i].provides) provider.try_emplace(id, i);
  return provider;
}

// Steps sorted by (phase, insertion): the order inside a group.
bool runs_before(const std::vector<Step>& steps, std::uint32_t a, std::uint32_t b) {
  return steps[a].phase != steps[b].phase ? steps[a].phase < steps[b].phase : a < b;
}

struct Groups {
  std::vector<std::uint32_t> of_step;
  std::vector<std::vector<std::uint32_t>> members;
};

Groups group_steps(const std::vector<Step>& steps) {
  Groups groups;
  std::unordered_map<std::string_view, std::uint32_t> number;
  for (std::uint32_t i = 0; i < steps.size(); ++i) {
    const auto [found, fresh] =
        number.try_emplace(steps[i].group, static_cast<std::uint32_t>(groups.members.size()));
    if (fresh) groups.members.emplace_back();
    groups.of_step.push_back(found->second);
    groups.members[found->second].push_back(i);
  }
  for (auto& members : groups.members)
    std::sort(members.begin(), members.end(),
              [&](auto a, auto b) { return runs_before(steps, a, b); });
  return groups;
}

Graph step_graph(const std::vector<Step>& steps, const Groups& groups,
                 const std::vector<Dependency>& dependencies) {
  Graph graph(steps.size());
  const Provider provider = providers(steps);
  std::vector<Preference> preferences;
  for (const auto& [dependent, referenced, gives_way] : dependencies) {
    const auto from = provider.find(referenced);
    const auto to = provider.find(dependent);
    if (from == provider.end() || to == provider.end()) continue;
    if (gives_way)
      preferences.emplace_back(from->second, to->second);
    else
      graph.edge(from->second, to->second);
  }
  require_rows(steps, groups.of_step, graph);
  for (const auto& members : groups.members)
    for (std::size_t i = 1; i < members.size(); ++i) graph.edge(members[i - 1], members[i]);
  add_preferences(preferences, graph);
  graph.remove_duplicates();
  return graph;
}

[[noreturn]] void refuse_cycle(const std::vector<Step>& steps,
                               const std::vector<std::uint32_t>& stuck) {
  std::string list;
  for (const auto i : stuck) list += (list.empty() ? "" : ", ") + steps[i].key;
  throw Error(sqlstate::kFeatureNotSupported, "objects of the source need one another in a cycle")
      .with_detail("No order satisfies: " + list + ".")
      .with_hint("Clone without one of them, then create it by hand.");
}

std::vector<std::uint32_t> order_steps(const std::vector<Step>& steps, const Graph& graph,
                                       const std::vector<std::uint32_t>& members) {
  auto order =
      topological_order(graph, members, [&](auto a, auto b) { return runs_before(steps, a, b); });
  if (order.size() == members.size()) return order;
  std::vector<std::uint32_t> stuck;
  std::sort(order.begin(), order.end());
  for (const auto i : members)
    if (!std::binary_search(order.begin(), order.end(), i)) stuck.push_back(i);
  refuse_cycle(steps, stuck);
}

// The task of each group: one per strongly connected component, in an order that respects what they
// need of one another and otherwise that of the plan.
std::vector<std::uint32_t> number_tasks(const Graph& groups) {
  const auto component = components(groups);
  const std::uint32_t count =
      component.empty() ? 0 : 1 + *std::max_element(component.begin(), component.end());
  Graph condensed(count);
  std::vector<std::uint32_t> first_group(count, UINT32_MAX);
  for (std::uint32_t group = 0; group < groups.size(); ++group) {
    first_group[component[group]] = std::min(first_group[component[group]], group);
    for (const auto next : groups.successors(group))
      condensed.edge(component[group], component[next]);
  }
  condensed.remove_duplicates();
  std::vector<std::uint32_t> all(count);
  std::iota(all.begin(), all.end(), 0U);
  const auto order = topological_order(
      condensed, all, [&](auto a, auto b) { return first_group[a] < first_group[b]; });
  std::vector<std::uint32_t> place(count);
  for (std::uint32_t i = 0; i < count; ++i) place[order[i]] = i;
  std::vector<std::uint32_t> task_of_group;
  for (const auto number : component) task_of_group.push_back(place[number]);
  return task_of_group;
}

// A task shows itself as the largest thing in it: its costliest step, else its first.
void describe(Task& task) {
  const auto telling =
      std::max_element(task.steps.begin(), task.steps.end(), [](const Step& a, const Step& b) {
        return std::pair(a.cost, !a.creates.empty() && a.belongs_to == ObjectId{}) <
               std::pair(b.cost, !b.creates.empty() && b.belongs_to == ObjectId{});
      });
  task.key = task.steps.front().group;
  task.kind = telling->kind;
  task.label = telling->label;
  for (const auto& step : task.steps) task.cost += step.cost;
}

// The milestone that a task waits for, 0 for none: by own wish, or since what it needs waits for
// it.
std::vector<std::uint8_t> levels(const Plan& plan) {
  std::vector<std::uint8_t> level(plan.tasks.size(), 0);
  // Tasks are in topological order already.
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    for (const auto& step : plan.tasks[i].steps)
      level[i] = std::max(level[i], static_cast<std::uint8_t>(step.after));
    for (const auto next : plan.tasks[i].required_by) level[next] = std::max(level[next], level[i]);
  }
  return level;
}

// Tasks are in topological order, so what a task is required by has its figure already.
void set_priorities(Plan& plan) {
  for (auto task = plan.tasks.rbegin(); task != plan.tasks.rend(); ++task) {
    for (const auto next : task->required_by)
      task->priority = std::max(task->priority, plan.tasks[next].priority);
    task->priority += work_of(*task);
  }
}

void add_milestones(Plan& plan) {
  const auto level = levels(plan);
  const std::uint8_t highest = level.empty() ? 0 : *std::max_element(level.begin(), level.end());
  const std::size_t tasks = plan.tasks.size();
  for (std::uint8_t milestone = 1; milestone <= highest; ++milestone) {
    const auto number = static_cast<std::uint32_t>(plan.tasks.size());
    Task& node = plan.tasks.emplace_back();
    for (std::uint32_t i = 0; i < tasks; ++i) {
      if (level[i] < milestone) plan.tasks[i].awaited_by.push_back(number);
      if (level[i] >= milestone) node.awaited_by.push_back(i);
    }
  }
}

}  // namespace

bool counts_as_table(const Task& task) {
  return task.kind == "table";
}

bool reads_source(const Task& task) {
  return std::any_of(task.steps.begin(), task.steps.end(), [](const Step& step) {
    return !step.action.empty() && !step.strategy.empty();
  });
}

bool is_build(const Task& task) {
  return is_long(task) && !reads_source(task);
}

bool is_long(const Task& task) {
  return work_of(task) >= kLong;
}

bool is_prelude(const Task& task) {
  return work_of(task) == 0 && !task.required_by.empty() &&
         std::all_of(task.steps.begin(), task.steps.end(),
                     [](const Step& step) { return step.phase == Phase::define; });
}

Plan compile(std::vector<Step> steps, const std::vector<Dependency>& dependencies) {
  const Groups groups = group_steps(steps);
  const Graph graph = step_graph(steps, groups, dependencies);

  Graph group_graph(groups.members.size());
  for (std::uint32_t from = 0; from < steps.size(); ++from)
    for (const auto to : graph.successors(from))
      group_graph.edge(groups.of_step[from], groups.of_step[to]);
  group_graph.remove_duplicates();
  const std::vector<std::uint32_t> task_of_group = number_tasks(group_graph);
  const std::uint32_t count =
      task_of_group.empty() ? 0 : 1 + *std::max_element(task_of_group.begin(), task_of_group.end());
  std::vector<std::vector<std::uint32_t>> members(count);
  for (std::uint32_t i = 0; i < steps.size(); ++i)
    members[task_of_group[groups.of_step[i]]].push_back(i);

  Plan plan;
  plan.tasks.resize(count);
  for (std::uint32_t t = 0; t < count; ++t)
    for (const auto i : order_steps(steps, graph, members[t]))
      plan.tasks[t].steps.push_back(std::move(steps[i]));
  for (std::uint32_t group = 0; group < group_graph.size(); ++group)
    for (const auto next : group_graph.successors(group))
      if (const auto from = task_of_group[group], to = task_of_group[next]; from != to)
        plan.tasks[from].required_by.push_back(to);
  for (auto& task : plan.tasks) {
    std::sort(task.required_by.begin(), task.required_by.end());
    task.required_by.erase(std::unique(task.required_by.begin(), task.required_by.end()),
                           task.required_by.end());
    describe(task);
  }
  set_priorities(plan);
  add_milestones(plan);
  return plan;
}

}  // namespace pgclone::plan
