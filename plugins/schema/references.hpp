// What the schema needs from outside itself: extensions, other schemas, languages, roles.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// Looks for all of it on the target, with a constant number of queries.
// Throws Error(42704): one for all missing extensions, one for everything else that is missing.
// With the option "extensions" the missing ones are created.
void check_references(Scope& scope);

// The steps that create those, after the schema and before anything in it.
void add_extensions(Scope& scope);

}  // namespace pgclone::schema
