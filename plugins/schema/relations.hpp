// Pieces of SQL that the readers of views, materialized views and rules share. The relation's
// pg_class row has the alias c.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// WHERE: relations of these kinds ("'v', 'm'") in the schema that no extension owns.
std::string relations_of_schema_sql(const Scope& scope, std::string_view relkinds);

// " WITH (name=value, …)", or an empty string, from a text[] of pg_class.
std::string reloptions_sql(const std::string& options);

// What a view stands for: its relation, row type and the type's array, and its _RETURN rule,
// through which its dependencies are recorded. The joins give that rule the alias r and the type y.
std::string query_relation_provides_sql();
std::string query_relation_joins_sql();

}  // namespace pgclone::schema
