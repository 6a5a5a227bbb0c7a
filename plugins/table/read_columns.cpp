#include "catalog.hpp"
#include "common/fragment.hpp"
#include "common/storage_options.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

constexpr std::string_view kQuery = R"sql(
SELECT a.attrelid, a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.atttypid,
       CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN
         CASE WHEN pg_catalog.pg_collation_is_visible(co.oid) THEN ''
              ELSE pg_catalog.quote_ident(cn.nspname) || '.' END
         || pg_catalog.quote_ident(co.collname) END,
       CASE WHEN a.attstorage <> t.typstorage OR p.storage_differs THEN
         CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN'
              ELSE 'EXTENDED' END END,
       CASE WHEN $compression$ <> '' OR p.compression_differs THEN
         CASE $compression$ WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE 'default' END END,
       $options$,
       coalesce(a.attstattarget, -1), a.attnotnull, a.attislocal, a.attidentity, a.attgenerated <> '',
       pg_catalog.pg_get_expr(d.adbin, d.adrelid), coalesce(d.oid, 0),
       EXISTS (SELECT 1 FROM pg_catalog.pg_depend x
               WHERE x.classid = 2604 AND x.objid = d.oid AND x.refobjid >= 16384
                 AND x.refclassid IN (1255, 2617)),
       coalesce(p.not_null, false), coalesce(p.default_differs, false),
       (SELECT o.description FROM pg_catalog.pg_description o
        WHERE o.objoid = a.attrelid AND o.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND o.objsubid = a.attnum)
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace cn ON cn.oid = co.collnamespace
LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN LATERAL (
  SELECT pg_catalog.bool_or(pa.attnotnull) AS not_null,
         pg_catalog.bool_or(pg_catalog.pg_get_expr(pd.adbin, pd.adrelid)
                            IS DISTINCT FROM pg_catalog.pg_get_expr(d.adbin, d.adrelid)) AS default_differs,
         pg_catalog.bool_or(pa.attstorage <> a.attstorage) AS storage_differs,
         pg_catalog.bool_or($parent_compression$ <> $compression$) AS compression_differs
  FROM pg_catalog.pg_inherits i
  JOIN pg_catalog.pg_attribute pa ON pa.attrelid = i.inhparent AND pa.attname = a.attname
                                 AND NOT pa.attisdropped
  LEFT JOIN pg_catalog.pg_attrdef pd ON pd.adrelid = pa.attrelid AND pd.adnum = pa.attnum
  WHERE i.inhrelid = a.attrelid AND a.attinhcount > 0) p ON true
WHERE a.attrelid = ANY($1::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum)sql";

std::string query_for(PlanContext& context) {
  const bool has_compression = context.source().server_version() >= 140000;
  return filled_in(
      kQuery, {{"$compression$", has_compression ? "a.attcompression" : "''"},
               {"$parent_compression$", has_compression ? "pa.attcompression" : "''"},
               {"$options$", common::kept_options_sql(context.target(), "'column'::pg_catalog.text",
                                                      "a.attoptions")}});
}

[[noreturn]] void refuse_without_expression(const Table& table, const Column& column) {
  throw Error(sqlstate::kProtocolViolation, "the source has no expression for generated column " +
                                                sql::identifier(column.name) + " of table " +
                                                source_label(table))
      .with_detail("Its catalog pg_attrdef has no row for it.")
      .with_hint("Its catalogs are damaged, or it is no PostgreSQL server that can be trusted.");
}

}  // namespace

void read_columns(PlanContext& context, const std::string& oids, TableSet& set) {
  const Param params[] = {oids};
  const Result& result = context.source().query(query_for(context), params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* table = set.find(row.oid());
    if (table == nullptr) continue;
    Column& column = table->columns.emplace_back();
    column.number = row.integer_as<int>(1);
    column.name = row.text();
    const std::string of_column =
        " of column " + sql::identifier(column.name) + " of table " + source_label(*table);
    column.type = common::whole_type(row.text(), "the type" + of_column);
    column.type_oid = row.oid();
    column.collation = common::whole_name(row.text(), "the collation" + of_column);
    column.storage = row.text();
    column.compression = row.text();
    column.options = row.text();
    column.statistics_target = row.integer_as<int>(-1);
    column.not_null = row.boolean();
    column.local = row.boolean();
    column.identity = row.character();
    column.generated = row.boolean();
    column.default_text = row.nullable();
    if (column.default_text) {
      column.default_text =
          common::whole_fragment(*std::move(column.default_text), "the default" + of_column);
    }
    column.default_oid = row.oid();
    column.default_calls_functions = row.boolean();
    column.parent_not_null = row.boolean();
    column.default_differs_from_parent = row.boolean();
    column.comment = row.nullable();
    if (column.generated && !column.default_text) refuse_without_expression(*table, column);
  }
}

}  // namespace pgclone::table
