#include "relations.hpp"

#include "common/storage_options.hpp"

namespace pgclone::schema {

std::string relations_of_schema_sql(const Scope& scope, std::string_view relkinds) {
  return " WHERE c.relnamespace = " + scope.schema_oid + " AND c.relkind IN (" +
         std::string(relkinds) + ") AND" + free_standing_sql(catalog::kClass, "c.oid");
}

std::string view_options_sql(const Scope& scope) {
  return "coalesce(' WITH (' || " +
         common::kept_options_sql(scope.context.target(), "'view'::pg_catalog.text",
                                  "c.reloptions") +
         " || ')', '')";
}

std::string matview_options_sql(const Scope& scope) {
  const Session& target = scope.context.target();
  return "coalesce(' WITH (' || nullif(pg_catalog.concat_ws(', ', " +
         common::kept_options_sql(
             target,
             "coalesce((SELECT m.amname FROM pg_catalog.pg_am m WHERE m.oid = c.relam), 'heap')",
             "c.reloptions") +
         ", (SELECT " +
         common::kept_options_sql(target, "'toast'::pg_catalog.text", "tc.reloptions", "toast.") +
         " FROM pg_catalog.pg_class tc WHERE tc.oid = c.reltoastrelid)), '') || ')', '')";
}

std::string query_relation_provides_sql() {
  return "'1259:' || c.oid || ' 1247:' || y.oid || ' 1247:' || y.typarray || ' 2618:' || r.oid";
}

std::string query_relation_joins_sql() {
  return " JOIN pg_catalog.pg_type y ON y.oid = c.reltype"
         " JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'";
}

}  // namespace pgclone::schema
