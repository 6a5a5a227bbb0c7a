#include "step.hpp"

namespace pgclone::table {

void add_step(PlanBuilder& plan, const std::string& group, const std::string& name,
              const std::string& label, const Step& step, std::string_view schema, ObjectId table) {
  const std::string key = name + step.key;
  const std::vector<std::string_view> statements(step.statements.begin(), step.statements.end());
  const std::vector<std::string_view> again(step.again.begin(), step.again.end());
  StepSpec spec;
  spec.group = group;
  spec.key = key;
  spec.kind = step.kind;
  spec.label = label;
  spec.phase = step.phase;
  spec.after = step.after;
  spec.statements = statements;
  spec.action = step.action;
  spec.payload = step.payload;
  spec.provides = step.provides;
  if (!step.creates_kind.empty()) spec.creates = {step.creates_kind, schema, step.creates, {}};
  if (step.belongs_to_table) spec.belongs_to = table;
  spec.failure = step.failure;
  spec.remedy = step.remedy;
  spec.cost = step.cost;
  spec.effort = step.effort;
  spec.whole = step.whole;
  spec.again = again;
  spec.existing = step.existing;
  plan.add(spec);
}

}  // namespace pgclone::table
