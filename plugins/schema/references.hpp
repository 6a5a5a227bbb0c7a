// What the schema needs from outside itself: extensions, other schemas, languages, roles.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// Looks for all of it on the target, with a constant number of queries.
// Throws Error(42704): one for all missing extensions, one for everything else that is missing.
void check_references(const Scope& scope);

}  // namespace pgclone::schema
