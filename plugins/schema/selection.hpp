// The options "tables" and "exclude": which relations a schema clone leaves out.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// Adds to Scope::excluded the relations that are not wanted, and what needs them; NOTICEs list
// both. Throws Error for a name or pattern that means nothing (42P01), and where a table that stays
// needs what would be left out (2BP01): a default, an index, a trigger …; not so a foreign key,
// which is left out with the table that it references.
void apply_selection(Scope& scope);
// The same for a clone of rows alone: what needs the relations is not cloned anyway.
void apply_row_selection(Scope& scope);

}  // namespace pgclone::schema
