// Texts that no server resolves, and that may name the schema as it was called.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// For a clone under another name: reports the routines whose bodies or settings name the source
// schema. They are text until they run, so they are kept as they are.
void report_kept_texts(const Scope& scope);

}  // namespace pgclone::schema
