// Rows and the states of sequences go into tables that the target has.
#pragma once

#include <cstdint>
#include <map>

#include "model.hpp"
#include "pgclone/plugin/host.hpp"
#include "types.hpp"

namespace pgclone::table {

enum class Fill : std::uint8_t {
  alone,  // the option "data_only": into empty tables, or into those that are emptied
  added,  // a conflict strategy keeps the tables: to the rows that they have
};

// Names and conditions of the tables are chosen; here they are compared with the target, and the
// steps written. Throws Error for what doesn't fit, all tables together, before anything changes.
void fill_existing(PlanContext& context, TableSet& set, const std::map<Oid, TypeInfo>& types,
                   Fill fill);

}  // namespace pgclone::table
