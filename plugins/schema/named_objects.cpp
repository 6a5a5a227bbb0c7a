#include "named_objects.hpp"

#include "kinds.hpp"
#include "pgclone/plugin/routine.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

std::string named(const Scope& scope, std::uint32_t classid, std::string_view catalog,
                  std::string_view prefix, std::string_view words, std::string_view suffix = "''") {
  const std::string p(prefix);
  return " UNION ALL SELECT " + std::to_string(classid) + ", o.oid, " + sql::literal(words) +
         ", '', " + scope.name_sql("n", "o." + p + "name") + " || " + std::string(suffix) + ", o." +
         p + "owner, NULL, 0 FROM pg_catalog." + std::string(catalog) +
         " o JOIN pg_catalog.pg_namespace n ON n.oid = o." + p +
         "namespace WHERE n.oid = " + scope.schema_oid + " AND" +
         free_standing_sql(classid, "o.oid");
}

std::string relations(const Scope& scope) {
  return "SELECT 1259, c.oid, CASE WHEN tc.relkind IN ('r', 'p') THEN '' ELSE CASE c.relkind"
         " WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'"
         " WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END END,"
         " CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, " +
         scope.name_sql("n", "c.relname") +
         ", c.relowner, c.relacl, coalesce(t.refobjid, 0) FROM pg_catalog.pg_class c"
         " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
         " LEFT JOIN pg_catalog.pg_depend t ON c.relkind = 'S' AND t.classid = 1259"
         " AND t.objid = c.oid AND t.refclassid = 1259 AND t.refobjsubid > 0"
         " AND t.deptype IN ('a', 'i') LEFT JOIN pg_catalog.pg_class tc ON tc.oid = t.refobjid"
         " WHERE n.oid = " +
         scope.schema_oid +
         " AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT EXISTS (SELECT FROM"
         " pg_catalog.pg_depend e WHERE e.classid = 1259 AND e.objid = c.oid AND e.deptype = 'e')";
}

// Types that come with others (of tables, arrays, multiranges) go where those go.
std::string types(const Scope& scope) {
  return " UNION ALL SELECT 1247, t.oid, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END,"
         " CASE WHEN t.typisdefined THEN 'TYPE' ELSE '' END, " +
         scope.name_sql("n", "t.typname") +
         ", t.typowner, t.typacl, 0 FROM pg_catalog.pg_type t"
         " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace"
         " LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid WHERE n.oid = " +
         scope.schema_oid +
         " AND (t.typrelid = 0 OR c.relkind = 'c') AND t.typtype <> 'm' AND"
         " NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid) AND" +
         free_standing_sql(catalog::kType, "t.oid");
}

std::string routines(const Scope& scope) {
  const std::string words =
      "CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'ROUTINE' ELSE 'FUNCTION' END";
  return " UNION ALL SELECT 1255, p.oid, " + words + ", " + words + ", " +
         scope.name_sql("n", "p.proname") + " || " + std::string(sql::kRoutineArguments) +
         ", p.proowner, p.proacl, 0"
         " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
         " WHERE n.oid = " +
         scope.schema_oid + " AND" + free_standing_sql(catalog::kProc, "p.oid");
}

std::string operators(const Scope& scope) {
  return " UNION ALL SELECT 2617, o.oid, 'OPERATOR', '', " + scope.operator_bare_name_sql("o.oid") +
         " || ' ' || " + operand_types_sql("o.oprleft", "o.oprright") +
         ", o.oprowner, NULL, 0 FROM pg_catalog.pg_operator o WHERE o.oprcode <> 0"
         " AND o.oprnamespace = " +
         scope.schema_oid + " AND" + free_standing_sql(catalog::kOperator, "o.oid");
}

}  // namespace

std::string named_objects_cte(const Scope& scope) {
  const auto method = [](const std::string& column) {
    return "(SELECT ' USING ' || pg_catalog.quote_ident(am.amname) FROM pg_catalog.pg_am am"
           " WHERE am.oid = o." +
           column + ")";
  };
  return "objects(classid, oid, owner_words, grant_words, name, owner, acl, of_table) AS ("
         "SELECT 2615, n.oid, 'SCHEMA', 'SCHEMA', pg_catalog.quote_ident(" +
         sql::literal(scope.target_schema) +
         "), n.nspowner, n.nspacl, 0 FROM pg_catalog.pg_namespace n WHERE n.oid = " +
         scope.schema_oid + " UNION ALL " + relations(scope) + types(scope) + routines(scope) +
         operators(scope) +
         named(scope, catalog::kOpclass, "pg_opclass", "opc", "OPERATOR CLASS",
               method("opcmethod")) +
         named(scope, catalog::kOpfamily, "pg_opfamily", "opf", "OPERATOR FAMILY",
               method("opfmethod")) +
         named(scope, catalog::kCollation, "pg_collation", "coll", "COLLATION") +
         named(scope, catalog::kConversion, "pg_conversion", "con", "CONVERSION") +
         named(scope, catalog::kTsDict, "pg_ts_dict", "dict", "TEXT SEARCH DICTIONARY") +
         named(scope, catalog::kTsConfig, "pg_ts_config", "cfg", "TEXT SEARCH CONFIGURATION") +
         named(scope, catalog::kStatisticExt, "pg_statistic_ext", "stx", "STATISTICS") + ")";
}

}  // namespace pgclone::schema
