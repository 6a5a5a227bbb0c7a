// From a job's spec to its tasks.
#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "conflict/resolver.hpp"
#include "job/engine.hpp"
#include "job/search_paths.hpp"
#include "job/source_link.hpp"
#include "options/option_set.hpp"
#include "plan/plan.hpp"

namespace pgclone::job {

struct PlannedJob {
  plan::Plan plan;
  std::vector<bool> done;  // by the job that this one resumes
  std::vector<plan::SkippedObject> skipped;
  std::string staging;  // empty unless the clone is built beside what it replaces
  SearchPaths paths;
  std::string goal;  // the schema that the clone is for
  std::uint64_t bytes_total = 0;
  std::uint64_t tables_total = 0;
};

struct PlanInput {
  const JobSpec& spec;
  const options::OptionSet& options;
  Ports& ports;
  SourceLink& source;
  // The name to use if the clone has to be staged.
  std::string staging_name;
  // Keys of steps that are done already; and that the clone was being staged.
  const std::unordered_set<std::string>& done;
  bool staged = false;
};

// The group of the steps that make a schema.
std::string schema_group(std::string_view schema);

// Reads both servers, changes neither. Throws Error for whatever is wrong before anything starts.
PlannedJob plan_job(const PlanInput& input);

}  // namespace pgclone::job
