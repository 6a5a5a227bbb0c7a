// What CREATE cannot say of the columns of views, materialized views, foreign tables and composite
// types.
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

void read_column_comments(Scope& scope) {
  const auto rows = scope.read(
      "SELECT c.oid, c.relname, a.attname, d.description FROM pg_catalog.pg_class c"
      " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
      " JOIN pg_catalog.pg_description d ON d.classoid = 1259 AND d.objoid = c.oid"
      " AND d.objsubid = a.attnum WHERE c.relnamespace = " +
      scope.schema_oid +
      " AND c.relkind IN ('v', 'm', 'c', 'f') AND a.attnum > 0 AND NOT a.attisdropped"
      " ORDER BY c.oid, a.attnum");
  for (const Row& row : rows) {
    scope.after_create[row.oid(0)].push_back(comment_statement(
        "COLUMN " + scope.qualified(row.text(1)) + "." + sql::identifier(row.text(2)),
        row.text(3)));
  }
}

void read_column_settings(Scope& scope) {
  // The children of a foreign table have settings of their own; a materialized view has none.
  const auto rows = scope.read(
      "SELECT c.oid, c.relname, a.attname, CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW '"
      " ELSE 'FOREIGN TABLE ONLY ' END, CASE WHEN a.attstattarget >= 0"
      " THEN 'SET STATISTICS ' || a.attstattarget END,"
      " CASE WHEN a.attstorage <> t.typstorage THEN 'SET STORAGE ' || CASE a.attstorage"
      " WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END "
      "END,"
      " CASE a.attcompression WHEN 'p' THEN 'SET COMPRESSION pglz' WHEN 'l'"
      " THEN 'SET COMPRESSION lz4' END,"
      " 'SET (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(o.option_name) || '='"
      " || pg_catalog.quote_literal(o.option_value), ', ') FROM"
      " pg_catalog.pg_options_to_table(a.attoptions) o) || ')'"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
      " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid" +
      relations_of_schema_sql(scope, "'m', 'f'") +
      "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.oid, a.attnum");
  constexpr std::size_t kFirstSetting = 4;
  constexpr std::size_t kLastSetting = 7;
  for (const Row& row : rows) {
    for (std::size_t setting = kFirstSetting; setting <= kLastSetting; ++setting) {
      if (row.is_null(setting)) continue;
      scope.after_create[row.oid(0)].push_back(
          "ALTER " + row.text(3) + scope.qualified(row.text(1)) + " ALTER COLUMN " +
          sql::identifier(row.text(2)) + " " + row.text(setting));
    }
  }
}

}  // namespace pgclone::schema
