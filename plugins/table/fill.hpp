// The option "data_only": rows and the states of sequences go into tables that the target has.
#pragma once

#include <map>

#include "model.hpp"
#include "pgclone/plugin/host.hpp"
#include "types.hpp"

namespace pgclone::table {

// Names and conditions of the tables are chosen; here they are compared with the target, and the
// steps written. Throws Error for what doesn't fit, all tables together, before anything changes.
void fill_existing(PlanContext& context, TableSet& set, const std::map<Oid, TypeInfo>& types);

}  // namespace pgclone::table
