// A compiled plan: tasks, each one transaction of the target, in a graph without cycles.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pgclone/plugin/api.hpp"
#include "plan/step.hpp"

namespace pgclone::plan {

struct Task {
  std::string key;   // its first group; empty for a milestone
  std::string kind;  // of its most telling step: the one that creates something, else the first
  std::string label;
  std::uint64_t cost = 0;
  // Of it and of the most expensive chain of tasks that require it: what is left to do once it
  // starts, however many workers there are. The queue hands out the largest first.
  std::uint64_t priority = 0;
  // In the order in which they run. None: a milestone, which is passed, not run.
  std::vector<Step> steps;
  // Tasks that may not start before this one; they fail with it …
  std::vector<std::uint32_t> required_by;
  // … or merely wait until it has ended.
  std::vector<std::uint32_t> awaited_by;

  [[nodiscard]] bool is_milestone() const { return steps.empty(); }
};

// Whether a task is what users count as a table.
PGCLONE_API bool counts_as_table(const Task& task);
// Whether it may read the source: it has a step with an action of a strategy.
PGCLONE_API bool reads_source(const Task& task);
// Keeps a processor of the target busy for a while, and waits for nobody: an index, a validation.
PGCLONE_API bool is_build(const Task& task);
// Takes long enough for the order of tasks to matter.
PGCLONE_API bool is_long(const Task& task);
// Is over at once, having moved nothing, and lets tasks begin that do: a definition.
PGCLONE_API bool is_prelude(const Task& task);

struct Plan {
  std::vector<Task> tasks;
};

// What is left as it is.
struct SkippedObject {
  std::string key;
  std::string kind;
  std::string label;
};

struct Dependency {
  ObjectId dependent;
  ObjectId referenced;
  bool gives_way = false;  // PlanBuilder::prefer
};

// Fuses steps of a group into a task, and groups that need one another in a cycle too (then their
// steps are ordered by what each provides). O(n log n) in steps and dependencies.
// Throws Error when single steps need one another in a cycle that no order satisfies.
PGCLONE_API Plan compile(std::vector<Step> steps, const std::vector<Dependency>& dependencies);

}  // namespace pgclone::plan
