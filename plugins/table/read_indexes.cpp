#include "catalog.hpp"
#include "common/storage_options.hpp"
#include "common/unexpected_form.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// The text before the access method is known from the catalogs, so it is verified and cut off: what
// remains can follow another name and another table. So is what comes after it: the index's
// parameters (which the definition of a key lacks, and that of an exclusion has), the place where a
// tablespace belongs, a predicate, and of a constraint whether it is deferrable. OFFSET 0: deparsed
// once, not once a mention. A comment by obj_description() would start an executor of its own.
constexpr std::string_view kQuery = R"sql(
SELECT i.indrelid, c.oid, c.relname, i.indisunique, i.indisvalid, i.indisclustered,
       i.indisreplident,
       CASE WHEN pg_catalog.starts_with(d.definition, d.prefix)
            THEN pg_catalog.substr(d.definition, pg_catalog.length(d.prefix) + 1) END,
       coalesce(' WITH (' || $deparsed$ || ')', ''), coalesce(' WITH (' || $options$ || ')', ''),
       (SELECT pg_catalog.string_agg(pg_catalog.format('ALTER COLUMN %s SET STATISTICS %s',
                                     a.attnum, a.attstattarget), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attstattarget >= 0),
       coalesce(h.inhparent, 0),
       (SELECT o.description FROM pg_catalog.pg_description o
        WHERE o.objoid = c.oid AND o.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND o.objsubid = 0),
       coalesce(k.oid, 0), k.contype, pg_catalog.pg_get_constraintdef(k.oid),
       coalesce(CASE WHEN k.contype = 'x' THEN ' WHERE (' || d.predicate || ')' END, '')
         || CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END
         || CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END,
       (SELECT o.description FROM pg_catalog.pg_description o
        WHERE o.objoid = k.oid AND o.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass
        AND o.objsubid = 0),
       ' WHERE ' || d.predicate,
       ts.spcname,
       greatest(c.relpages, 0)::pg_catalog.int8 * pg_catalog.current_setting('block_size')::pg_catalog.int8,
       d.definition
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_am am ON am.oid = c.relam
JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
CROSS JOIN LATERAL (
  SELECT pg_catalog.pg_get_indexdef(c.oid) AS definition,
         'CREATE ' || CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || 'INDEX '
         || pg_catalog.quote_ident(c.relname) || ' ON '
         || CASE WHEN c.relkind = 'I' THEN 'ONLY ' ELSE '' END
         || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.relname)
         || ' USING ' AS prefix,
         pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate
  OFFSET 0) d
LEFT JOIN pg_catalog.pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid
LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = c.oid AND k.conrelid = t.oid
                                    AND k.contype IN ('p', 'u', 'x')
WHERE i.indrelid = ANY($1::pg_catalog.oid[]) AND i.indislive
ORDER BY i.indrelid, c.oid)sql";

bool cut_end(std::string& text, const std::string& end) {
  if (!text.ends_with(end)) return false;
  text.resize(text.size() - end.size());
  return true;
}

}  // namespace

void read_indexes(PlanContext& context, const std::string& oids, TableSet& set) {
  const Param params[] = {oids};
  const Result& result = context.source().query(
      filled_in(kQuery, {{"$deparsed$", common::deparsed_options_sql("c.reloptions")},
                         {"$options$", common::kept_options_sql(context.target(), "am.amname",
                                                                "c.reloptions")}}),
      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* table = set.find(row.oid());
    if (table == nullptr) continue;
    Index index;
    index.oid = row.oid();
    index.name = row.text();
    index.unique = row.boolean();
    index.valid = row.boolean();
    index.clustered = row.boolean();
    index.replica_identity = row.boolean();
    std::optional<std::string> rest = row.nullable();
    const std::string printed_options = row.text();
    index.options = row.text();
    index.column_statistics = row.text();
    index.parent = row.oid();
    index.comment = row.nullable();
    index.constraint = row.oid();
    index.constraint_type = row.character();
    index.constraint_text = row.text();
    index.constraint_suffix = row.text();
    index.constraint_comment = row.nullable();
    index.where = row.text();
    index.tablespace = row.text();
    index.size = row.count();
    const bool exclusion = index.constraint_type == 'x';
    if (!rest || !cut_end(*rest, index.where) || !cut_end(*rest, printed_options) ||
        !cut_end(index.constraint_text, index.constraint_suffix) ||
        (exclusion && !cut_end(index.constraint_text, printed_options)))
      common::refuse_form("index " + sql::qualified(table->schema, index.name), row.text());
    index.method_and_rest = *rest;
    table->indexes.push_back(std::move(index));
  }
}

}  // namespace pgclone::table
