#include "step.hpp"

namespace pgclone::schema {

void add_step(PlanBuilder& plan, std::string_view target_schema, const Step& step) {
  const std::vector<std::string_view> statements(step.statements.begin(), step.statements.end());
  StepSpec spec;
  spec.group = step.group;
  spec.key = step.key;
  spec.kind = step.kind;
  spec.label = step.label;
  spec.phase = step.phase;
  spec.after = step.after;
  spec.statements = statements;
  spec.action = step.action;
  spec.payload = step.payload;
  spec.provides = step.provides;
  if (!step.creates_kind.empty()) {
    spec.creates = {.kind = step.creates_kind,
                    .schema = target_schema,
                    .name = step.creates_name,
                    .arguments = step.creates_arguments};
  }
  spec.belongs_to = step.belongs_to;
  spec.failure = step.failure;
  spec.remedy = step.remedy;
  spec.cost = step.cost;
  plan.add(spec);
}

}  // namespace pgclone::schema
