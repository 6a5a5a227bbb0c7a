// What CREATE cannot say of the columns of views, materialized views, foreign tables and composite
// types.
#include "common/storage_options.hpp"
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
  // The children of a foreign table have settings of their own; a materialized view has none. A
  // child whose columns come from its parents may differ from them.
  const auto rows = scope.read(
      "SELECT c.oid, c.relname, a.attname, CASE c.relkind WHEN 'm' THEN 'MATERIALIZED VIEW '"
      " ELSE 'FOREIGN TABLE ONLY ' END, CASE WHEN a.attstattarget >= 0"
      " THEN 'SET STATISTICS ' || a.attstattarget END,"
      " CASE WHEN a.attstorage <> t.typstorage OR p.storage THEN 'SET STORAGE ' || CASE "
      "a.attstorage"
      " WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END "
      "END,"
      " CASE WHEN c.relkind = 'm' THEN CASE a.attcompression WHEN 'p' THEN 'SET COMPRESSION pglz'"
      " WHEN 'l' THEN 'SET COMPRESSION lz4' END END, 'SET (' || " +
      common::kept_options_sql(scope.context.target(), "'column'::pg_catalog.text",
                               "a.attoptions") +
      " || ')', CASE WHEN p.not_null AND NOT a.attnotnull THEN 'DROP NOT NULL'"
      " WHEN NOT p.not_null AND a.attnotnull AND NOT a.attislocal THEN 'SET NOT NULL' END,"
      " CASE WHEN p.has_default AND NOT a.atthasdef THEN 'DROP DEFAULT' END"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
      " JOIN pg_catalog.pg_type t ON t.oid = a.atttypid"
      " LEFT JOIN LATERAL (SELECT pg_catalog.bool_or(pa.attnotnull) AS not_null,"
      " pg_catalog.bool_or(pa.atthasdef) AS has_default,"
      " pg_catalog.bool_or(pa.attstorage <> a.attstorage) AS storage"
      " FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_attribute pa ON pa.attrelid = i.inhparent"
      " AND pa.attname = a.attname AND NOT pa.attisdropped WHERE i.inhrelid = c.oid"
      " AND NOT c.relispartition) p ON true" +
      relations_of_schema_sql(scope, "'m', 'f'") +
      "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.oid, a.attnum");
  constexpr std::size_t kFirstSetting = 4;
  constexpr std::size_t kLastSetting = 9;
  for (const Row& row : rows) {
    for (std::size_t setting = kFirstSetting; setting <= kLastSetting; ++setting) {
      if (row.is_null(setting)) continue;
      scope.after_create[row.oid(0)].push_back(
          "ALTER " + row.text(3) + scope.qualified(row.text(1)) + " ALTER COLUMN " +
          sql::identifier(row.text(2)) + " " + row.text(setting));
    }
  }
}

// What keeps rows of materialized views apart for logical decoding; an index says it itself.
void read_replica_identities(Scope& scope) {
  for (const Row& row : scope.read(
           "SELECT c.oid, c.relname, CASE c.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END"
           " FROM pg_catalog.pg_class c" +
           relations_of_schema_sql(scope, "'m'") + "AND c.relreplident IN ('f', 'n')")) {
    scope.after_create[row.oid(0)].push_back("ALTER MATERIALIZED VIEW " +
                                             scope.qualified(row.text(1)) + " REPLICA IDENTITY " +
                                             row.text(2));
  }
}

}  // namespace pgclone::schema
