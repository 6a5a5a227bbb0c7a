// What a clone leaves out, said out loud.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// Excludes all materialized views and what needs one; a NOTICE lists the latter.
void leave_out_materialized_views(Scope& scope);

// One WARNING that lists the objects of kinds that are not cloned; nothing when there are none.
void report_kinds_left_out(const Scope& scope);

}  // namespace pgclone::schema
