#include "types.hpp"

#include <set>

#include "row.hpp"

namespace pgclone::table {

namespace {

// Domains, ranges and multiranges are sent as what they are made of, so the walk goes down to that;
// a value of an enum as its label. An array is sent with the OID of its elements' type, so only
// built-in arrays are portable. Types whose value is an OID or an internal form are not, nor are
// those that do not read what they wrote (empty vectors of the catalogs; an empty tsquery, in some
// minor releases: 15.18 has "malformed tsquery: operand not found").
constexpr std::string_view kQuery = R"sql(
WITH RECURSIVE walk (root, oid) AS (
  SELECT root, root FROM pg_catalog.unnest($1::pg_catalog.oid[]) root
  UNION
  SELECT w.root, CASE t.typtype
      WHEN 'd' THEN t.typbasetype
      WHEN 'r' THEN (SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid)
      ELSE (SELECT r.rngtypid FROM pg_catalog.pg_range r
            WHERE pg_catalog.to_jsonb(r) ->> 'rngmultitypid' = t.oid::pg_catalog.text) END
  FROM walk w JOIN pg_catalog.pg_type t ON t.oid = w.oid
  WHERE t.typtype IN ('d', 'r', 'm')),
portable (root, yes) AS (
  SELECT w.root, pg_catalog.bool_and(
           t.typtype = 'e'
           OR t.typtype = 'b' AND t.oid < 10000 AND t.typsend <> 0 AND t.typreceive <> 0
           AND t.typname !~ o.pattern AND coalesce(e.typname !~ o.pattern, true))
  FROM walk w JOIN pg_catalog.pg_type t ON t.oid = w.oid
  LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
  CROSS JOIN (VALUES ('^(reg|pg_node_tree|pg_ndistinct|pg_dependencies|pg_mcv_list|pg_brin_|'
                      'aclitem|gtsvector|unknown|cstring|int2vector|oidvector|tsquery)'))
    AS o (pattern)
  WHERE t.typtype NOT IN ('d', 'r', 'm')
  GROUP BY w.root),
part (root, oid) AS (
  SELECT root, root FROM pg_catalog.unnest($1::pg_catalog.oid[]) root
  UNION
  SELECT p.root, x.oid
  FROM part p JOIN pg_catalog.pg_type t ON t.oid = p.oid
  CROSS JOIN LATERAL (
    SELECT t.typbasetype WHERE t.typtype = 'd'
    UNION ALL SELECT t.typelem WHERE t.typelem <> 0
    UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
    UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r
      WHERE t.typtype = 'm' AND pg_catalog.to_jsonb(r) ->> 'rngmultitypid' = t.oid::pg_catalog.text
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
      WHERE t.typrelid <> 0 AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ) x (oid)),
naming (root) AS (
  SELECT DISTINCT p.root FROM part p JOIN pg_catalog.pg_type t ON t.oid = p.oid
  WHERE t.typnamespace = 11 AND t.typtype = 'b' AND t.typname ~ '^reg')
SELECT t.oid, pg_catalog.format_type(b.oid, NULL), n.nspname, x.extname, b.oid < 16384,
       coalesce(p.yes, false), EXISTS (SELECT FROM naming g WHERE g.root = t.oid)
FROM pg_catalog.unnest($1::pg_catalog.oid[]) root
JOIN pg_catalog.pg_type t ON t.oid = root
LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND e.typarray = t.oid
JOIN pg_catalog.pg_type b ON b.oid = coalesce(e.oid, t.oid)
JOIN pg_catalog.pg_namespace n ON n.oid = b.typnamespace
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 1247 AND d.objid = b.oid AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
LEFT JOIN portable p ON p.root = t.oid)sql";

void require_type(const std::map<Oid, TypeInfo>& types, const Table& table, const Column& column) {
  if (types.contains(column.type_oid)) return;
  throw Error(sqlstate::kProtocolViolation, "the source doesn't know the type of column " +
                                                sql::identifier(column.name) + " of table " +
                                                source_label(table))
      .with_detail("Its catalog pg_type has no row with OID " + std::to_string(column.type_oid) +
                   ".")
      .with_hint("Its catalogs are damaged, or it is no PostgreSQL server that can be trusted.");
}

}  // namespace

std::map<Oid, TypeInfo> read_types(Session& source, const TableSet& set) {
  std::set<Oid> used;
  for (const Table& table : set.tables()) {
    for (const Column& column : table.columns) used.insert(column.type_oid);
  }
  std::map<Oid, TypeInfo> types;
  if (used.empty()) return types;
  const std::string oids = oid_array({used.begin(), used.end()});
  const Param params[] = {oids};
  const Result& result = source.query(kQuery, params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    TypeInfo& info = types[row.oid()];
    info.name = row.text();
    info.schema = row.text();
    info.extension = row.text();
    info.built_in = row.boolean();
    info.portable_binary = row.boolean();
    info.names_objects = row.boolean();
  }
  for (const Table& table : set.tables()) {
    for (const Column& column : table.columns) require_type(types, table, column);
  }
  return types;
}

const Column* text_only_column(const Table& table, const std::map<Oid, TypeInfo>& types) {
  for (const Column& column : table.columns) {
    if (column.generated) continue;
    const auto it = types.find(column.type_oid);
    if (it == types.end() || !it->second.portable_binary) return &column;
  }
  return nullptr;
}

}  // namespace pgclone::table
