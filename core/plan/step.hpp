// A step as the plan owns it: StepSpec with its texts copied.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pgclone/plugin/model.hpp"

namespace pgclone::plan {

struct OwnedName {
  std::string kind;
  std::string schema;
  std::string name;
  std::string arguments;

  OwnedName() = default;
  explicit OwnedName(const ObjectName& from)
      : kind(from.kind), schema(from.schema), name(from.name), arguments(from.arguments) {}
  [[nodiscard]] ObjectName view() const { return {kind, schema, name, arguments}; }
  [[nodiscard]] bool empty() const { return kind.empty(); }
};

struct Step {
  std::string strategy;  // whose run() executes the action; empty: the host's own
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
  OwnedName creates;
  ObjectId belongs_to;
  std::uint64_t cost = 0;
  std::uint64_t effort = 0;
  std::string failure;
  std::string remedy;
  // For the planning of a resumed job only; workers never see them.
  std::string whole;
  std::vector<std::string> again;
  bool existing = false;
};

}  // namespace pgclone::plan
