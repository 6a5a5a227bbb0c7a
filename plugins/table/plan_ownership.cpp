// Owners and privileges of tables, of their sequences, statistics and row types.
#include <algorithm>
#include <map>

#include "common/ownership.hpp"
#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

std::string unnested(const std::string& array, const std::string& type) {
  return "pg_catalog.unnest(" + sql::literal(array) + "::pg_catalog." + type + "[])";
}

void leave_out_columns(const Table& table, std::vector<common::Grant>& grants) {
  std::erase_if(grants, [&](const common::Grant& grant) {
    return !grant.column.empty() && std::ranges::none_of(table.columns, [&](const Column& column) {
      return column.name == grant.column;
    });
  });
}

}  // namespace

// With `closed`: only those row types.
std::string Planner::owned_cte(const std::set<Oid>* closed) {
  const bool all = closed == nullptr;
  std::vector<Oid> classes, oids, owners;
  std::vector<std::string> names;
  const auto add = [&](Oid classid, Oid oid, Oid made_with, const std::string& schema,
                       const std::string& name) {
    classes.push_back(classid);
    oids.push_back(oid);
    owners.push_back(made_with);
    names.push_back(sql::qualified(schema, name));
  };
  for (const Table& table : set_.tables()) {
    if (all || closed->contains(table.row_type)) {
      add(catalog::kType, table.row_type, table.oid, table.target_schema, table.target_name);
    }
    if (!all) continue;
    add(catalog::kClass, table.oid, table.oid, table.target_schema, table.target_name);
    for (const Sequence& item : table.sequences) {
      add(catalog::kClass, item.oid, table.oid, table.target_schema, item.target_name);
    }
    for (const Statistics& item : table.statistics) {
      add(catalog::kStatisticExt, item.oid, table.oid, table.target_schema, item.target_name);
    }
  }
  return "wanted(classid, oid, made_with, name) AS (SELECT * FROM ROWS FROM (" +
         unnested(oid_array(classes), "oid") + ", " + unnested(oid_array(oids), "oid") + ", " +
         unnested(oid_array(owners), "oid") + ", " + unnested(sql::text_array(names), "text") +
         ") w), owned(classid, oid, made_class, made_oid, owner_words, grant_words, name, owner,"
         " acl, of_table) AS ("
         "SELECT w.classid, w.oid, 1259, w.made_with, CASE w.oid WHEN w.made_with THEN 'TABLE'"
         " ELSE '' END, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, w.name,"
         " c.relowner, c.relacl, CASE w.oid WHEN w.made_with THEN 0 ELSE w.made_with END"
         " FROM wanted w JOIN pg_catalog.pg_class c ON w.classid = 1259 AND c.oid = w.oid"
         " UNION ALL SELECT w.classid, w.oid, 1259, w.made_with, '', 'TYPE', w.name, t.typowner,"
         " t.typacl, 0 FROM wanted w JOIN pg_catalog.pg_type t ON w.classid = 1247 AND t.oid ="
         " w.oid AND t.typacl IS NOT NULL UNION ALL SELECT w.classid, w.oid, w.classid, w.oid,"
         " 'STATISTICS', '', w.name, s.stxowner, NULL, 0 FROM wanted w"
         " JOIN pg_catalog.pg_statistic_ext s ON w.classid = 3381 AND s.oid = w.oid)";
}

// Row types with privileges of their own; hardly anybody has one.
std::set<Oid> Planner::row_types_with_privileges() {
  std::vector<Oid> types;
  for (const Table& table : set_.tables()) types.push_back(table.row_type);
  const std::string array = oid_array(types);
  const Param params[] = {array};
  const Result& result = context_.source().query(
      "SELECT t.oid FROM pg_catalog.pg_type t WHERE t.oid = ANY ($1::pg_catalog.oid[])"
      " AND t.typacl IS NOT NULL",
      params);
  std::set<Oid> found;
  for (std::size_t i = 0; i < result.rows(); ++i) found.insert(Row(result, i).oid());
  return found;
}

// Where the whole schema is cloned, its strategy does what comes last, and reports.
void Planner::add_ownership() {
  const bool whole_schema = request_.whole_schema;
  common::OwnershipWriter writer(context_, whole_schema && request_.include_data);
  std::set<Oid> closed;
  if (!writer.needs_all()) {
    closed = row_types_with_privileges();
    if (closed.empty()) return;
  }
  std::vector<common::OwnedObject> owned =
      writer.read(owned_cte(writer.needs_all() ? nullptr : &closed));
  std::map<Oid, Table*> tables;
  std::map<Oid, Statistics*> statistics;
  for (Table& table : set_.tables()) {
    tables[table.oid] = &table;
    for (Statistics& item : table.statistics) statistics[item.oid] = &item;
  }
  const bool staged = target_schema_ != final_schema_;
  if (!whole_schema) writer.check_owners(owned);
  if (!whole_schema && staged) {
    writer.open_schema(target_schema_, owned);
  } else {
    writer.find_shut_out(owned, whole_schema ? source_schema_ : "", target_schema_);
  }
  for (common::OwnedObject& object : owned) {
    if (const auto found = statistics.find(object.id.objid);
        object.made_with.classid == catalog::kStatisticExt && found != statistics.end()) {
      found->second->rights = writer.after_create(object, target_schema_);
    }
    const auto found = tables.find(object.made_with.objid);
    if (object.made_with.classid != catalog::kClass || found == tables.end()) continue;
    Table& table = *found->second;
    leave_out_columns(table, object.grants);
    for (std::string& statement : writer.after_create(object, table.target_schema)) {
      table.rights.push_back(std::move(statement));
    }
  }
  if (whole_schema) return;
  writer.add_last_steps(owned, target_schema_);
  writer.report("table " + sql::qualified(source_schema_, request_.relations.front()));
}

}  // namespace pgclone::table
