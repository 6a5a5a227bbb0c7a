#include "relations.hpp"

namespace pgclone::schema {

std::string relations_of_schema_sql(const Scope& scope, std::string_view relkinds) {
  return " WHERE c.relnamespace = " + scope.schema_oid + " AND c.relkind IN (" +
         std::string(relkinds) + ") AND" + free_standing_sql(catalog::kClass, "c.oid");
}

std::string reloptions_sql(const std::string& options) {
  return "coalesce(' WITH (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident("
         "o.option_name) || '=' || pg_catalog.quote_literal(o.option_value), ', ' ORDER BY"
         " o.option_name) FROM pg_catalog.pg_options_to_table(" +
         options + ") o) || ')', '')";
}

std::string query_relation_provides_sql() {
  return "'1259:' || c.oid || ' 1247:' || y.oid || ' 1247:' || y.typarray || ' 2618:' || r.oid";
}

std::string query_relation_joins_sql() {
  return " JOIN pg_catalog.pg_type y ON y.oid = c.reltype"
         " JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'";
}

}  // namespace pgclone::schema
