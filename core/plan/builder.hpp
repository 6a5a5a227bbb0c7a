// The PlanBuilder that strategies fill.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "pgclone/plugin/host.hpp"
#include "plan/plan.hpp"

namespace pgclone::plan {

class PGCLONE_API Builder final : public PlanBuilder {
 public:
  // Throws Error(XX000) when a step names no group, or has an action and may fail; 42710 when a key
  // is used twice.
  void add(const StepSpec& spec) override;
  void depend(ObjectId dependent, ObjectId referenced) override;
  void prefer(ObjectId dependent, ObjectId referenced) override;
  void skip(std::string_view key, std::string_view kind, std::string_view label) override;

  // Steps added from now on are run by this strategy. Returns the one before.
  std::string set_strategy(std::string_view strategy);

  std::vector<Step> steps;
  std::vector<Dependency> dependencies;
  std::vector<SkippedObject> skipped;

 private:
  std::string strategy_;
  std::unordered_set<std::string> keys_;
};

}  // namespace pgclone::plan
