// Pieces of SQL that the readers of views, materialized views and rules share. The relation's
// pg_class row has the alias c.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// WHERE: relations of these kinds ("'v', 'm'") in the schema that no extension owns.
std::string relations_of_schema_sql(const Scope& scope, std::string_view relkinds);

// " WITH (name=value, …)", or an empty string, for a view, and for a materialized view.
std::string view_options_sql(const Scope& scope);
std::string matview_options_sql(const Scope& scope);

// What a view stands for: its relation, row type and the type's array, and its _RETURN rule,
// through which its dependencies are recorded. The joins give that rule the alias r and the type y.
std::string query_relation_provides_sql();
std::string query_relation_joins_sql();

}  // namespace pgclone::schema
