// What a source says are values. Strategies compose statements of them, partly on the source, and a
// source may send anything: so before anything runs, the target's parser reads each statement.
#pragma once

#include <string>
#include <vector>

#include "job/statement_reader.hpp"
#include "pgclone/plugin/api.hpp"
#include "plan/step.hpp"
#include "pq/waiter.hpp"

namespace pgclone::job {

struct PlanCheck {
  StatementReader& reader;
  pq::Waiter& waiter;
  // All that the clone makes or changes lies there.
  const std::string& schema;
  // What is changed need not be made by the plan itself ("data_only").
  bool into_existing = false;
};

// Throws Error for the first statement that is no clone's, or not about the clone's own objects.
PGCLONE_API void check_plan(const std::vector<plan::Step>& steps, const PlanCheck& check);

}  // namespace pgclone::job
