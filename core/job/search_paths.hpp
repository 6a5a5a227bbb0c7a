// How names without a schema resolve on both sides while a job works (docs/architecture.md,
// "Names").
#pragma once

#include <string>

#include "job/spec.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

// Where a clone is made: in the schema that it is for, beside it until both are swapped, or under
// the source's name until all is there, and then renamed.
struct Place {
  std::string schema;
  std::string goal;
  bool renamed_at_end = false;
  [[nodiscard]] bool staged() const { return schema != goal && !renamed_at_end; }
};

struct SearchPaths {
  std::string source;
  // While the clone is planned: both sides print the same names in the same way.
  std::string target;
  // While it is made: the bodies of the schema's functions find what they name without a schema, as
  // they do on the source under its users' paths.
  std::string running;
};

// Throws Error (0A000) where the schema would get another name, and has objects that built-in ones
// hide; for a single table, where it uses such objects.
SearchPaths search_paths(const JobSpec& spec, const Place& place, Session& source, Session& target);

}  // namespace pgclone::job
