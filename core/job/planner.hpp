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

// What a resumed job knows of those before it.
struct Earlier {
  std::unordered_set<std::string> steps;  // finished, and what they made is still there
  std::unordered_set<std::string> lost;   // finished, and what they made is gone
  std::string staging;                    // the schema beside, if the clone was being built in one
};

struct PlannedJob {
  plan::Plan plan;
  std::vector<bool> done;  // by the jobs before this one
  // Finished steps that this plan has no task for, and those that are a part of something
  // unfinished: the next job in the chain has to know of them.
  std::vector<std::string> remembered;
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
  Reporter& reporter;
  // The name to use if the clone has to be staged, unless it is already.
  std::string staging_name;
  const Earlier& earlier;
};

// The key of the step that makes a schema beside.
std::string staging_key(std::string_view schema);

// Reads both servers, changes neither. Throws Error for whatever is wrong before anything starts.
PlannedJob plan_job(const PlanInput& input);

}  // namespace pgclone::job
