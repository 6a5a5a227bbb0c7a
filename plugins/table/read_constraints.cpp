#include "catalog.hpp"
#include "common/fragment.hpp"
#include "common/unexpected_form.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

constexpr std::string_view kNotValid = " NOT VALID";

// pg_get_constraintdef appends it; whether it is wanted depends on the statement.
void cut_not_valid(std::string& text) {
  if (text.ends_with(kNotValid)) text.resize(text.size() - kNotValid.size());
}

}  // namespace

void read_checks(Session& source, const std::string& oids, TableSet& set) {
  const Param params[] = {oids};
  const Result& result = source.query(R"sql(
SELECT k.conrelid, k.oid, k.conname, pg_catalog.pg_get_constraintdef(k.oid), k.convalidated,
       k.conislocal,
       EXISTS (SELECT 1 FROM pg_catalog.pg_depend x
               WHERE x.classid = 2606 AND x.objid = k.oid AND x.refobjid >= 16384
                 AND x.refclassid IN (1255, 2617)),
       pg_catalog.obj_description(k.oid, 'pg_constraint')
FROM pg_catalog.pg_constraint k
WHERE k.conrelid = ANY($1::pg_catalog.oid[]) AND k.contype = 'c'
ORDER BY k.conrelid, k.conname)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* table = set.find(row.oid());
    if (table == nullptr) continue;
    Check& check = table->checks.emplace_back();
    check.oid = row.oid();
    check.name = row.text();
    check.text = common::whole_fragment(row.text(), "the definition of constraint " +
                                                        sql::identifier(check.name) + " of table " +
                                                        source_label(*table));
    check.valid = row.boolean();
    check.local = row.boolean();
    check.calls_functions = row.boolean();
    check.comment = row.nullable();
    if (!check.valid) cut_not_valid(check.text);
  }
}

void read_foreign_keys(Session& source, const std::string& oids, TableSet& set) {
  const Param params[] = {oids};
  // The referenced table stands between head and tail, printed like a regclass; it gets the name
  // that it has on the target. Constraints with a parent come with the partitioned table's, unless
  // that one lets the partition go. OFFSET 0: deparsed once, not once a mention.
  const Result& result = source.query(R"sql(
SELECT k.conrelid, k.oid, k.conname, k.convalidated, k.confrelid, rn.nspname, r.relname, d.head,
       CASE WHEN pg_catalog.starts_with(d.definition, d.head || k.confrelid::pg_catalog.regclass)
            THEN pg_catalog.substr(d.definition, pg_catalog.length(
                   d.head || k.confrelid::pg_catalog.regclass) + 1) END,
       pg_catalog.obj_description(k.oid, 'pg_constraint'), d.definition
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class r ON r.oid = k.confrelid
JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
CROSS JOIN LATERAL (
  SELECT pg_catalog.pg_get_constraintdef(k.oid) AS definition,
         'FOREIGN KEY ('
         || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY u.position)
             FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u (number, position)
             JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number)
         || ') REFERENCES ' AS head
  OFFSET 0) d
WHERE k.conrelid = ANY($1::pg_catalog.oid[]) AND k.contype = 'f'
  AND (k.conparentid = 0 OR EXISTS (
    SELECT FROM pg_catalog.pg_inherits i
    WHERE i.inhrelid = k.conrelid AND pg_catalog.to_jsonb(i) ->> 'inhdetachpending' = 'true'
      AND EXISTS (SELECT FROM pg_catalog.pg_constraint p
                  WHERE p.oid = k.conparentid AND p.conrelid = i.inhparent)))
ORDER BY k.conrelid, k.conname)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* table = set.find(row.oid());
    if (table == nullptr) continue;
    ForeignKey key;
    key.oid = row.oid();
    key.name = row.text();
    key.valid = row.boolean();
    key.referenced = row.oid();
    key.referenced_schema = row.text();
    key.referenced_name = row.text();
    key.head = row.text();
    const std::optional<std::string> tail = row.nullable();
    key.comment = row.nullable();
    if (!tail)
      common::refuse_form(
          "foreign key " + sql::identifier(key.name) + " of table " + source_label(*table),
          row.text());
    key.tail = *tail;
    if (!key.valid) cut_not_valid(key.tail);
    table->foreign_keys.push_back(std::move(key));
  }
}

}  // namespace pgclone::table
