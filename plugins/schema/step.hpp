// A step of a plan that owns its text; the contract's StepSpec only views it.
#pragma once

#include <string>
#include <vector>

#include "pgclone/plugin/host.hpp"

namespace pgclone::schema {

// The members are those of StepSpec.
struct Step {
  std::string group;
  std::string key;
  std::string kind;
  std::string label;
  Phase phase = Phase::define;
  Milestone after = Milestone::none;
  std::vector<std::string> statements;
  std::string action;
  std::string payload;
  std::vector<ObjectId> provides;
  std::string creates_kind;  // empty: the step makes nothing that can collide
  std::string creates_name;
  std::string creates_arguments;
  ObjectId belongs_to;
  std::string failure;
  std::string remedy;
  std::uint64_t cost = 0;
};

// Hands the step over; what it creates lies in `target_schema`.
void add_step(PlanBuilder& plan, std::string_view target_schema, const Step& step);

}  // namespace pgclone::schema
