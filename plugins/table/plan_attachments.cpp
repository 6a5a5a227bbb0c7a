// What a schema clone does for its tables, where a table is cloned without its schema: rules,
// policies, owners and privileges.
#include <algorithm>

#include "common/kept_texts.hpp"
#include "common/ownership.hpp"
#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

void Planner::read_attachments(const std::string& oids) {
  const std::string relations =
      "SELECT pg_catalog.unnest(" + sql::literal(oids) + "::pg_catalog.oid[])";
  for (const auto& read : {common::read_rules, common::read_policies}) {
    for (common::Attachment& item : read(context_.source(), relations)) {
      if (Table* table = set_.find(item.relation)) table->attachments.push_back(std::move(item));
    }
  }
}

// Their text may name the table itself, and would mean the old one under another name.
void Planner::leave_out_self_references() {
  for (Table& table : set_.tables()) {
    if (table.target_name == table.name) continue;
    const std::string quoted = sql::identifier(table.name);
    const std::string name = quoted.substr(1, quoted.size() - 2);
    std::erase_if(table.attachments, [&](const common::Attachment& item) {
      if (item.tail.find(name) == std::string::npos) return false;
      context_.report(Severity::warning,
                      "left out " + std::string(item.kind.name) + " " + sql::identifier(item.name) +
                          " of table " + source_label(table),
                      "Its text names the table, which gets another name.",
                      "Create it on the target by hand.");
      return true;
    });
  }
}

void Planner::report_kept_texts() {
  const auto [classes, objects] = arrays_of(parts_with_needs());
  common::report_kept_texts(
      context_,
      "owned (classid, objid) AS (SELECT * FROM ROWS FROM (pg_catalog.unnest(" +
          sql::literal(classes) + "::pg_catalog.oid[]), pg_catalog.unnest(" +
          sql::literal(objects) + "::pg_catalog.oid[])) o)",
      source_schema_, final_schema_);
}

void Planner::add_ownership() {
  const Options& options = context_.options();
  if (!options.boolean("owners") && !options.boolean("privileges")) return;
  std::vector<Oid> classes, oids, owners;
  std::vector<std::string> names;
  const auto add = [&](Oid classid, Oid oid, Oid of_table, const Table& table,
                       const std::string& name) {
    classes.push_back(classid);
    oids.push_back(oid);
    owners.push_back(of_table);
    names.push_back(sql::qualified(table.target_schema, name));
  };
  std::map<Oid, const Table*> tables;
  for (const Table& table : set_.tables()) {
    tables[table.oid] = &table;
    add(catalog::kClass, table.oid, 0, table, table.target_name);
    for (const Sequence& item : table.sequences) {
      add(catalog::kClass, item.oid, table.oid, table, item.target_name);
    }
    for (const Statistics& item : table.statistics) {
      add(catalog::kStatisticExt, item.oid, 0, table, item.target_name);
    }
  }
  const auto array = [](const std::string& text, const std::string& type) {
    return "pg_catalog.unnest(" + sql::literal(text) + "::pg_catalog." + type + "[])";
  };
  const std::string objects =
      "wanted(classid, oid, of_table, name) AS (SELECT * FROM ROWS FROM (" +
      array(oid_array(classes), "oid") + ", " + array(oid_array(oids), "oid") + ", " +
      array(oid_array(owners), "oid") + ", " + array(sql::text_array(names), "text") +
      ") w), objects(classid, oid, owner_words, grant_words, name, owner, acl, of_table) AS ("
      "SELECT w.classid, w.oid, CASE WHEN w.of_table = 0 THEN 'TABLE' ELSE '' END,"
      " CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, w.name, c.relowner, c.relacl,"
      " w.of_table FROM wanted w JOIN pg_catalog.pg_class c ON w.classid = 1259 AND c.oid = w.oid"
      " UNION ALL SELECT w.classid, w.oid, 'STATISTICS', '', w.name, s.stxowner, NULL, 0"
      " FROM wanted w JOIN pg_catalog.pg_statistic_ext s ON w.classid = 3381 AND s.oid = w.oid)";
  common::OwnershipWriter writer(context_, 0);
  std::vector<common::OwnedObject> owned = common::read_owned_objects(context_.source(), objects);
  if (target_schema_ != final_schema_) writer.open_schema(target_schema_, owned);
  for (common::OwnedObject& object : owned) {
    const auto table = tables.find(object.id.objid);
    std::erase_if(object.grants, [&](const common::Grant& grant) {
      return !grant.column.empty() && table != tables.end() &&
             std::ranges::none_of(table->second->columns, [&](const Column& column) {
               return column.name == grant.column;
             });
    });
    writer.write(object);
  }
  writer.report_missing("table " + sql::qualified(source_schema_, request_.relations.front()));
}

}  // namespace pgclone::table
