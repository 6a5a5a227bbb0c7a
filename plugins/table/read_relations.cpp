#include "catalog.hpp"
#include "common/fragment.hpp"
#include "common/storage_options.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

std::vector<RelationRef> relation_refs(const Result& result) {
  std::vector<RelationRef> found;
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    RelationRef& ref = found.emplace_back();
    ref.oid = row.oid();
    ref.schema = row.text();
    ref.name = row.text();
    ref.kind = row.character();
  }
  return found;
}

constexpr std::string_view kTableQuery = R"sql(
SELECT c.oid, n.nspname, c.relname, c.relkind = 'p', c.relpersistence = 'u', c.relispartition,
       c.reltype, coalesce(rt.typarray, 0), am.amname, c.relreplident, c.relrowsecurity,
       c.relforcerowsecurity,
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, c.oid) END,
       CASE WHEN c.reloftype <> 0 THEN pg_catalog.format_type(c.reloftype, NULL) END,
       ts.spcname,
       (SELECT o.description FROM pg_catalog.pg_description o
        WHERE o.objoid = c.oid AND o.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND o.objsubid = 0),
       coalesce(CASE WHEN c.relkind = 'r' THEN pg_catalog.pg_table_size(c.oid) END, 0),
       pg_catalog.concat_ws(', ', $options$, $toast$)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_type rt ON rt.oid = c.reltype
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid
WHERE c.oid = ANY($1::pg_catalog.oid[]) AND c.relkind IN ('r', 'p')
ORDER BY n.nspname, c.relname)sql";

void read_parents(Session& source, const std::string& oids, TableSet& set) {
  const Param params[] = {oids};
  const Result& result = source.query(R"sql(
SELECT i.inhrelid, i.inhparent, n.nspname, c.relname
FROM pg_catalog.pg_inherits i
JOIN pg_catalog.pg_class c ON c.oid = i.inhparent
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE i.inhrelid = ANY($1::pg_catalog.oid[])
ORDER BY i.inhrelid, i.inhseqno)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* table = set.find(row.oid());
    if (table == nullptr) continue;
    Parent& parent = table->parents.emplace_back();
    parent.oid = row.oid();
    parent.schema = row.text();
    parent.name = row.text();
  }
}

// A partition that DETACH … CONCURRENTLY has begun to take away, and not finished to: queries of
// its parent don't see it any more. It becomes what FINALIZE would make of it.
void let_go_of_detaching(PlanContext& context, const std::string& oids, TableSet& set) {
  if (context.source().server_version() < 140000) return;
  const Param params[] = {oids};
  const Result& result = context.source().query(R"sql(
SELECT i.inhrelid, cn.nspname, c.relname, pn.nspname, p.relname
FROM pg_catalog.pg_inherits i
JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
WHERE i.inhdetachpending AND c.relkind IN ('r', 'p', 'f')
  AND (i.inhrelid = ANY($1::pg_catalog.oid[]) OR i.inhparent = ANY($1::pg_catalog.oid[]))
ORDER BY 2, 3)sql",
                                                params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* table = set.find(row.oid());
    const std::string schema = row.text();
    const std::string name = sql::qualified(schema, row.text());
    const std::string parent_schema = row.text();
    const std::string parent = sql::qualified(parent_schema, row.text());
    const bool comes = table != nullptr || (context.request().whole_schema &&
                                            schema == context.request().source_schema);
    if (table != nullptr) {
      table->parents.clear();
      table->is_partition = false;
    }
    context.report(Severity::notice,
                   "partition " + name + " is no part of " + parent +
                       (comes ? ": it comes as a table of its own" : ", and is left out"),
                   "DETACH PARTITION … CONCURRENTLY was begun on the source, and not finished.",
                   "Run there: ALTER TABLE " + parent + " DETACH PARTITION " + name + " FINALIZE;");
  }
}

void read_foreign_partitions(Session& source, const std::string& oids, TableSet& set) {
  const Param params[] = {oids};
  const Result& result = source.query(R"sql(
SELECT i.inhparent, i.inhrelid
FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = ANY($1::pg_catalog.oid[]) AND c.relispartition AND c.relkind = 'f'
  AND coalesce(pg_catalog.to_jsonb(i) ->> 'inhdetachpending', 'false') = 'false')sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    if (Table* table = set.find(row.oid())) table->foreign_partitions.push_back(row.oid());
  }
}

}  // namespace

std::vector<RelationRef> find_relations(Session& source, std::string_view schema,
                                        const std::vector<std::string>& names) {
  const std::string array = sql::text_array(names);
  const Param params[] = {schema, array};
  return relation_refs(source.query(R"sql(
SELECT c.oid, n.nspname, c.relname, c.relkind
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1::pg_catalog.text AND c.relname = ANY($2::pg_catalog.text[])
ORDER BY c.relname)sql",
                                    params));
}

std::vector<RelationRef> find_partitions(Session& source, const std::string& oids) {
  const Param params[] = {oids};
  return relation_refs(source.query(R"sql(
SELECT DISTINCT c.oid, n.nspname, c.relname, c.relkind
FROM pg_catalog.unnest($1::pg_catalog.oid[]) root
CROSS JOIN LATERAL pg_catalog.pg_partition_tree(root) tree
JOIN pg_catalog.pg_class c ON c.oid = tree.relid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE tree.level > 0
ORDER BY n.nspname, c.relname)sql",
                                    params));
}

bool schema_exists(Session& source, std::string_view schema) {
  const Param params[] = {schema};
  return source
             .query("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1::pg_catalog.text",
                    params)
             .rows() > 0;
}

std::vector<std::string> table_names(Session& source, std::string_view schema) {
  const Param params[] = {schema};
  const Result& result = source.query(R"sql(
SELECT c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1::pg_catalog.text AND c.relkind IN ('r', 'p')
ORDER BY c.relname)sql",
                                      params);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < result.rows(); ++i) names.push_back(Row(result, i).text());
  return names;
}

void read_tables(PlanContext& context, const std::string& oids, TableSet& set) {
  Session& source = context.source();
  const Param params[] = {oids};
  const auto kept = [&](std::string_view of, std::string_view options,
                        std::string_view prefix = {}) {
    return common::kept_options_sql(context.target(), of, options, prefix);
  };
  const Result& result = source.query(
      filled_in(kTableQuery,
                {{"$options$", kept("coalesce(am.amname, 'heap')", "c.reloptions")},
                 {"$toast$", kept("'toast'::pg_catalog.text", "toast.reloptions", "toast.")}}),
      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table table;
    table.oid = row.oid();
    table.schema = row.text();
    table.name = row.text();
    table.partitioned = row.boolean();
    table.unlogged = row.boolean();
    table.is_partition = row.boolean();
    table.row_type = row.oid();
    table.array_type = row.oid();
    table.access_method = row.text();
    table.replica_identity = row.character();
    table.row_security = row.boolean();
    table.force_row_security = row.boolean();
    const std::string of_table = " of table " + source_label(table);
    table.partition_key = common::whole_fragment(row.text(), "the partition key" + of_table);
    table.partition_bound = common::whole_fragment(row.text(), "the partition bound" + of_table);
    table.of_type = row.text();
    if (!table.of_type.empty())
      table.of_type = common::whole_type(std::move(table.of_type), "the type" + of_table);
    table.tablespace = row.text();
    table.comment = row.nullable();
    table.size = row.count();
    table.options = row.text();
    if (set.find(table.oid) != nullptr) {
      throw Error(sqlstate::kProtocolViolation,
                  "the source has table " + source_label(table) + " twice")
          .with_detail("Its catalog pg_class has two rows with OID " + std::to_string(table.oid) +
                       ".")
          .with_hint(
              "Its catalogs are damaged, or it is no PostgreSQL server that can be trusted.");
    }
    set.add(std::move(table));
  }
  read_parents(source, oids, set);
  let_go_of_detaching(context, oids, set);
  read_foreign_partitions(source, oids, set);
}

void read_hash_keys(Session& source, const std::string& oids, TableSet& set) {
  const Param params[] = {oids, set.same_encoding ? "true" : "false"};
  const Result& result = source.query(R"sql(
SELECT p.partrelid
FROM pg_catalog.pg_partitioned_table p
WHERE p.partrelid = ANY($1::pg_catalog.oid[]) AND p.partstrat = 'h'
  AND (p.partexprs IS NOT NULL OR EXISTS (
    SELECT 1
    FROM pg_catalog.unnest(p.partattrs::pg_catalog.int2[]) k (number)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    WHERE t.typtype <> 'b' OR t.oid >= 16384
       OR (a.attcollation <> 0 AND NOT $2::pg_catalog.bool))))sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    if (Table* table = set.find(Row(result, i).oid())) table->rehashes = true;
  }
}

}  // namespace pgclone::table
