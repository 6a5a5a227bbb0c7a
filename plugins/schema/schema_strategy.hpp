// The clone strategy `schema`: all objects of one schema. It plans everything but tables, which it
// leaves to the strategy `table`; the order of all of it comes from pg_depend.
#pragma once

#include "pgclone/plugin/strategy.hpp"

namespace pgclone::schema {

class SchemaStrategy final : public CloneStrategy {
 public:
  // Throws Error: see find_source_schema() and check_references().
  void plan(PlanContext& context) override;
  void run(const StepView& step, RunContext& context) override;
};

}  // namespace pgclone::schema
