// A StepSpec that owns its texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ddl.hpp"
#include "pgclone/plugin/host.hpp"

namespace pgclone::table {

struct Step {
  std::string key;  // what follows the group
  std::string kind = "table";
  Phase phase = Phase::define;
  Milestone after = Milestone::none;
  Statements statements;
  std::string action;
  std::string payload;
  std::vector<ObjectId> provides;
  std::string_view creates_kind;
  std::string creates;
  bool belongs_to_table = true;
  std::string failure;
  std::string remedy;
  std::uint64_t cost = 0;
  std::uint64_t effort = 0;
  std::string whole;
  Statements again;
  bool existing = false;
};

// Adds it to the plan, its key headed by `name`. `schema` is that of what it creates; `table` what
// it belongs to, if it does.
void add_step(PlanBuilder& plan, const std::string& group, const std::string& name,
              const std::string& label, const Step& step, std::string_view schema = {},
              ObjectId table = {});

}  // namespace pgclone::table
