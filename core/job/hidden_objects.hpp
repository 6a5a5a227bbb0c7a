// Objects of the source schema that objects of pg_catalog hide: of the same name, routines and
// operators of the same argument types. Under a path on which pg_catalog comes first the server
// prints them with the schema's name, and so that text cannot follow the schema to another name
// (docs/decisions/0005).
#pragma once

#include <string>

#include "job/spec.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

// Of a single table those that it uses count.
bool has_hidden_objects(Session& source, const JobSpec& spec);

// Throws Error (0A000) with a list of them if there are any. `goal`: the schema that the clone is
// for.
void refuse_hidden_objects(Session& source, const JobSpec& spec, const std::string& goal);

}  // namespace pgclone::job
