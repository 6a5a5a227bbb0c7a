#include "fill_target.hpp"

#include <algorithm>
#include <iterator>

#include "row.hpp"

namespace pgclone::table {

namespace {

constexpr std::string_view kRelations = R"sql(
WITH asked AS (
  SELECT c.oid, c.relkind
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
       AS w (schema, name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name),
wanted AS (
  SELECT oid FROM asked
  UNION
  SELECT t.relid FROM asked CROSS JOIN LATERAL pg_catalog.pg_partition_tree(asked.oid) t
  WHERE asked.relkind = 'p')
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relispartition,
       CASE WHEN c.relispartition THEN
         (SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = c.oid) ELSE 0 END,
       pg_catalog.pg_get_expr(c.relpartbound, c.oid),
       CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END,
       c.relhassubclass,
       EXISTS (SELECT FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = c.oid),
       coalesce(CASE WHEN c.relkind = 'r' THEN pg_catalog.pg_relation_size(c.oid) END, 0),
       pg_catalog.pg_has_role(c.relowner, 'USAGE'),
       pg_catalog.has_any_column_privilege(c.oid, 'INSERT'),
       pg_catalog.has_any_column_privilege(c.oid, 'SELECT'),
       pg_catalog.has_table_privilege(c.oid, 'DELETE'),
       pg_catalog.has_table_privilege(c.oid, 'TRUNCATE'),
       pg_catalog.row_security_active(c.oid)
FROM wanted JOIN pg_catalog.pg_class c USING (oid)
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY n.nspname, c.relname)sql";

void read_relations(Session& target, const std::set<RelationName>& names, TargetState& state) {
  std::vector<std::string_view> schemas;
  std::vector<std::string_view> relations;
  for (const auto& [schema, name] : names) {
    schemas.push_back(schema);
    relations.push_back(name);
  }
  const std::string schema_array = sql::text_array(schemas);
  const std::string name_array = sql::text_array(relations);
  const Param params[] = {schema_array, name_array};
  const Result& result = target.query(kRelations, params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    TargetRelation relation;
    relation.oid = row.oid();
    relation.schema = row.text();
    relation.name = row.text();
    relation.kind = row.character();
    relation.is_partition = row.boolean();
    relation.parent = row.oid();
    relation.bound = row.text();
    relation.key = row.text();
    relation.has_children = row.boolean();
    relation.has_statistics = row.boolean();
    relation.size = row.count();
    relation.owned = row.boolean();
    relation.may_insert = row.boolean();
    relation.may_select = row.boolean();
    relation.may_delete = row.boolean();
    relation.may_truncate = row.boolean();
    relation.row_security = row.boolean();
    state.by_name[{relation.schema, relation.name}] = relation.oid;
    state.relations.emplace(relation.oid, std::move(relation));
  }
  for (const auto& [oid, relation] : state.relations)
    if (relation.parent != 0) state.partitions[relation.parent].push_back(&relation);
}

void read_columns(Session& target, const std::string& oids, TargetState& state) {
  const Param params[] = {oids};
  const Result& result = target.query(R"sql(
SELECT a.attrelid, a.attname, a.atttypid, a.attnotnull,
       a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL, a.attgenerated <> ''
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = ANY($1::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    TargetColumn& column = state.relations.at(row.oid()).columns.emplace_back();
    column.name = row.text();
    column.type = row.oid();
    column.not_null = row.boolean();
    column.has_default = row.boolean();
    column.generated = row.boolean();
  }
}

// Of INSERT, DELETE and TRUNCATE: bits 2, 3 and 5 of tgtype.
void read_triggers(Session& target, const std::string& oids, TargetState& state) {
  const Param params[] = {oids};
  const Result& result = target.query(R"sql(
SELECT t.tgrelid, t.tgname, t.tgenabled
FROM pg_catalog.pg_trigger t
WHERE t.tgrelid = ANY($1::pg_catalog.oid[]) AND NOT t.tgisinternal AND t.tgenabled <> 'D'
  AND t.tgtype::pg_catalog.int4 & 44 <> 0
ORDER BY t.tgrelid, t.tgname)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    TargetTrigger& trigger = state.relations.at(row.oid()).triggers.emplace_back();
    trigger.name = row.text();
    trigger.enabled = row.character();
  }
}

void read_sequences(Session& target, const std::string& oids, TargetState& state) {
  const Param params[] = {oids};
  const Result& result = target.query(R"sql(
SELECT d.refobjid, a.attname, n.nspname, c.relname, pg_catalog.pg_has_role(c.relowner, 'USAGE'),
       pg_catalog.has_sequence_privilege(c.oid, 'UPDATE')
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_class c ON c.oid = d.objid AND c.relkind = 'S'
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.classid = 1259 AND d.refclassid = 1259 AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  AND d.refobjid = ANY($1::pg_catalog.oid[])
ORDER BY d.refobjid, d.refobjsubid, c.relname)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    TargetSequence& sequence = state.relations.at(row.oid()).sequences.emplace_back();
    sequence.column = row.text();
    std::string schema = row.text();
    sequence.name = sql::qualified(schema, row.text());
    sequence.owned = row.boolean();
    sequence.may_set = row.boolean();
  }
}

// SET CONSTRAINTS takes all constraints of a name, and fails if one of them can't be deferred.
constexpr std::string_view kKeys = R"sql(
WITH RECURSIVE found AS (
  SELECT c.* FROM pg_catalog.pg_constraint c
  WHERE c.contype = 'f' AND (c.conrelid = ANY($1::pg_catalog.oid[])
                             OR c.confrelid = ANY($1::pg_catalog.oid[]))
     OR c.contype IN ('p', 'u', 'x') AND c.condeferred AND c.conrelid = ANY($1::pg_catalog.oid[])),
up (oid, top) AS (
  SELECT oid, oid FROM found
  UNION ALL
  SELECT up.oid, c.conparentid
  FROM up JOIN pg_catalog.pg_constraint c ON c.oid = up.top WHERE c.conparentid <> 0)
SELECT f.conrelid, f.confrelid, n.nspname, r.relname, k.conname, kn.nspname,
       pg_catalog.pg_has_role(r.relowner, 'USAGE'), k.condeferrable, k.condeferred,
       k.condeferrable AND NOT EXISTS (
         SELECT FROM pg_catalog.pg_constraint o
         WHERE o.conname = k.conname AND o.connamespace = k.connamespace AND NOT o.condeferrable),
       fn.nspname, fr.relname,
       coalesce(CASE fr.relkind WHEN 'r' THEN pg_catalog.pg_relation_size(fr.oid)
         ELSE (SELECT pg_catalog.sum(pg_catalog.pg_relation_size(t.relid))
               FROM pg_catalog.pg_partition_tree(fr.oid) t) END, 0), fr.relkind = 'p',
       pg_catalog.has_any_column_privilege(fr.oid, 'SELECT')
         AND NOT pg_catalog.row_security_active(fr.oid)
FROM found f
JOIN up ON up.oid = f.oid
JOIN pg_catalog.pg_constraint k ON k.oid = up.top AND k.conparentid = 0
JOIN pg_catalog.pg_namespace kn ON kn.oid = k.connamespace
JOIN pg_catalog.pg_class r ON r.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
JOIN pg_catalog.pg_class fr ON fr.oid = f.conrelid
JOIN pg_catalog.pg_namespace fn ON fn.oid = fr.relnamespace
ORDER BY n.nspname, r.relname, k.conname, fn.nspname, fr.relname)sql";

void read_keys(Session& target, const std::string& oids, TargetState& state) {
  const Param params[] = {oids};
  const Result& result = target.query(kKeys, params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    TargetKey& key = state.keys.emplace_back();
    key.from = row.oid();
    key.to = row.oid();
    std::string schema = row.text();
    key.table = sql::qualified(schema, row.text());
    const std::string name = row.text();
    key.constraint = sql::identifier(name);
    key.qualified = sql::qualified(row.text(), name);
    key.owned = row.boolean();
    key.deferrable = row.boolean();
    key.deferred = row.boolean();
    key.may_defer = row.boolean();
    schema = row.text();
    key.from_label = sql::qualified(schema, row.text());
    key.from_size = row.count();
    key.from_partitioned = row.boolean();
    key.may_select_from = row.boolean();
  }
}

// Its leaves, of a partitioned table that is known; else itself.
std::vector<Oid> leaves_of(const TargetState& state, Oid oid) {
  const auto found = state.relations.find(oid);
  if (found == state.relations.end() || found->second.kind != 'p') return {oid};
  std::vector<Oid> leaves;
  for (const TargetRelation* relation : state.tree(found->second))
    if (relation->kind != 'p') leaves.push_back(relation->oid);
  return leaves;
}

// The catalog ties only one of the two ends to partitions: adds the keys between leaves.
void spread_over_partitions(TargetState& state) {
  std::map<std::string, std::set<std::pair<Oid, Oid>>> known;
  const auto ends_of = [&](const TargetKey& key) -> auto& {
    return known[key.table + " " + key.constraint];
  };
  for (const TargetKey& key : state.keys) ends_of(key).emplace(key.from, key.to);
  std::vector<TargetKey> keys;
  for (const TargetKey& key : state.keys)
    for (const Oid from : leaves_of(state, key.from))
      for (const Oid to : leaves_of(state, key.to)) {
        if (!ends_of(key).emplace(from, to).second) continue;
        TargetKey& spread = keys.emplace_back(key);
        spread.from = from;
        spread.to = to;
        if (from == key.from) continue;
        const TargetRelation& leaf = state.relations.at(from);
        spread.from_label = leaf.label();
        spread.from_size = leaf.size;
        spread.from_partitioned = false;
        spread.may_select_from = leaf.may_select;
      }
  std::ranges::move(keys, std::back_inserter(state.keys));
}

}  // namespace

const TargetRelation* TargetState::find(const std::string& schema, const std::string& name) const {
  const auto found = by_name.find({schema, name});
  return found == by_name.end() ? nullptr : &relations.at(found->second);
}

std::vector<const TargetRelation*> TargetState::below(const TargetRelation& parent) const {
  const auto found = partitions.find(parent.oid);
  if (found == partitions.end()) return {};
  return found->second;
}

std::vector<const TargetRelation*> TargetState::tree(const TargetRelation& top) const {
  std::vector<const TargetRelation*> all{&top};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const TargetRelation* relation : below(*all[i])) all.push_back(relation);
  return all;
}

TargetState read_target(Session& target, const std::set<RelationName>& names) {
  TargetState state;
  read_relations(target, names, state);
  std::vector<Oid> list;
  for (const auto& [oid, unused] : state.relations) list.push_back(oid);
  const std::string oids = oid_array(list);
  read_columns(target, oids, state);
  read_triggers(target, oids, state);
  read_sequences(target, oids, state);
  read_keys(target, oids, state);
  spread_over_partitions(state);
  return state;
}

std::set<Oid> with_rows(Session& target, const std::map<Oid, std::string>& relations) {
  // The batches keep each statement within what the parser likes.
  constexpr std::size_t kBatch = 500;
  std::set<Oid> found;
  std::string query;
  std::size_t count = 0;
  for (const auto& [oid, label] : relations) {
    query += (query.empty() ? "SELECT " : " UNION ALL SELECT ") + std::to_string(oid) +
             " WHERE EXISTS (SELECT FROM " + label + ")";
    if (++count % kBatch != 0 && count < relations.size()) continue;
    const Result& result = target.query(query);
    for (std::size_t i = 0; i < result.rows(); ++i) found.insert(Row(result, i).oid());
    query.clear();
  }
  return found;
}

}  // namespace pgclone::table
