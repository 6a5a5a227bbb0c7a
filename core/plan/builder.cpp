#include "plan/builder.hpp"

#include <utility>

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone {

std::string schema_group(std::string_view schema) {
  return "schema " + sql::identifier(schema);
}

namespace plan {

void Builder::add(const StepSpec& spec) {
  if (spec.group.empty() || spec.key.empty())
    throw Error(sqlstate::kInternalError, "a step of strategy \"" + strategy_ + "\" has no name");
  if (!spec.failure.empty() && !spec.action.empty())
    throw Error(sqlstate::kInternalError,
                "step " + std::string(spec.key) + " has an action, so it may not fail");
  if (!keys_.emplace(spec.key).second)
    throw Error(sqlstate::kDuplicateObject, "step " + std::string(spec.key) + " is planned twice")
        .with_detail("Two objects of the source have the same name, or one was listed twice.")
        .with_hint("Its catalogs are damaged, or it is no PostgreSQL server that can be trusted.");
  Step& step = steps.emplace_back();
  step.strategy = strategy_;
  step.group = spec.group;
  step.key = spec.key;
  step.kind = spec.kind;
  step.label = spec.label;
  step.phase = spec.phase;
  step.after = spec.after;
  step.statements.assign(spec.statements.begin(), spec.statements.end());
  step.action = spec.action;
  step.payload = spec.payload;
  step.provides.assign(spec.provides.begin(), spec.provides.end());
  step.creates = OwnedName(spec.creates);
  step.belongs_to = spec.belongs_to;
  // What moves nothing is no part of the bytes that a job shows.
  step.cost = spec.action.empty() ? 0 : spec.cost;
  step.effort = spec.effort + (spec.cost - step.cost);
  step.failure = spec.failure;
  step.remedy = spec.remedy;
  step.whole = spec.whole;
  step.again.assign(spec.again.begin(), spec.again.end());
  step.existing = spec.existing;
}

void Builder::depend(ObjectId dependent, ObjectId referenced) {
  dependencies.push_back({dependent, referenced});
}

void Builder::prefer(ObjectId dependent, ObjectId referenced) {
  dependencies.push_back({dependent, referenced, true});
}

void Builder::skip(std::string_view key, std::string_view kind, std::string_view label) {
  skipped.push_back({std::string(key), std::string(kind), std::string(label)});
}

std::string Builder::set_strategy(std::string_view strategy) {
  return std::exchange(strategy_, std::string(strategy));
}

}  // namespace plan
}  // namespace pgclone
