// What a clone leaves out, said out loud.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// "ROWS FROM (…)" of classids and OIDs, for FROM.
std::string objects_sql(const ObjectIdSet& objects);

// The objects as pg_describe_object() calls them, one per line; parts of others go without saying.
std::string describe(const Scope& scope, const ObjectIdSet& objects);

// The same, with every object.
std::string describe_all(const Scope& scope, const ObjectIdSet& objects);

// Without what goes without saying, and without what hangs on a relation of the second set, or is a
// foreign key.
std::string describe_independent(const Scope& scope, const ObjectIdSet& objects,
                                 const ObjectIdSet& relations);

// Excludes all materialized views and what needs one; a NOTICE lists the latter.
void leave_out_materialized_views(Scope& scope);

// One WARNING that lists the event triggers that call functions of the schema, if there are any.
void report_event_triggers(const Scope& scope);

}  // namespace pgclone::schema
