#include "planner.hpp"

#include <algorithm>
#include <array>

#include "common/listed.hpp"
#include "common/nearest.hpp"
#include "common/storage_options.hpp"
#include "cut.hpp"
#include "fill.hpp"
#include "hierarchy.hpp"
#include "plan_steps.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

std::string_view kind_name(char relkind) {
  switch (relkind) {
    case 'v':
      return "a view";
    case 'm':
      return "a materialized view";
    case 'S':
      return "a sequence";
    case 'f':
      return "a foreign table";
    case 'i':
    case 'I':
      return "an index";
    case 'c':
      return "a composite type";
    default:
      return "not a table";
  }
}

// Options that a clone of one table has, or only one of a whole schema.
struct Reserved {
  std::string_view option;
  bool single;  // for a single table
};

constexpr std::array kReserved = {
    Reserved{"columns", true},  Reserved{"where", true}, Reserved{"tables", false},
    Reserved{"exclude", false}, Reserved{"data", false}, Reserved{"outside", false},
};

bool is_table(const RelationRef& relation) {
  return relation.kind == 'r' || relation.kind == 'p';
}

}  // namespace

Planner::Planner(PlanContext& context)
    : context_(context),
      request_(context.request()),
      source_schema_(request_.source_schema),
      target_schema_(request_.target_schema.empty() ? request_.source_schema
                                                    : request_.target_schema),
      final_schema_(request_.final_schema.empty() ? target_schema_ : request_.final_schema),
      where_(context.options().text("where")),
      single_(!request_.whole_schema && request_.relations.size() == 1) {}

void Planner::plan() {
  check_request();
  if (request_.relations.empty()) return;
  read();
  if (set_.tables().empty()) return;
  if (context_.options().boolean("data_only")) return plan_rows_only();
  take_existing();
  if (!set_.tables().empty()) plan_new();
  if (existing_.tables().empty()) return;
  if (request_.include_data && context_.consistent())
    read_sequence_states(context_.source(), existing_);
  fill_existing(context_, existing_, types_, Fill::added);
}

// What is made.
void Planner::plan_new() {
  read_parts();
  link_parents();
  find_incomplete_indexes();
  leave_out_by_options();
  if (context_.options().given("columns")) filter_columns();
  assign_names();
  if (!request_.whole_schema) follow_sequences();
  leave_out_self_references();
  if (!request_.whole_schema && !request_.schema_will_exist) check_schemas();
  mark_with_extensions();
  const bool creates_extensions = context_.options().boolean("extensions");
  if (!request_.whole_schema && creates_extensions) require_extensions();
  check_types();
  if (!request_.whole_schema && !creates_extensions) require_extensions();
  check_tablespaces();
  resolve_foreign_keys();
  check_trigger_functions();
  if (!request_.whole_schema) {
    check_needs();
    report_kept_texts();
    add_labels();
  }
  if (existing_.tables().empty()) choose_rows();
  if (request_.include_data && context_.consistent()) {
    read_sequence_states(context_.source(), set_);
  }
  if (request_.include_data) cut_large_tables(context_, set_);
  add_ownership();
  StepWriter(context_, set_, types_, {set_, source_schema_, target_schema_}).write();
}

void Planner::name_existing() {
  for (Table& table : set_.tables()) {
    table.target_schema = table.schema == source_schema_ ? target_schema_ : table.schema;
    const bool renamed = table.oid == root_ && !request_.target_relation.empty();
    table.target_name = renamed ? std::string(request_.target_relation) : table.name;
  }
}

// Partitions go with their partitioned table.
bool Planner::is_existing(const Table& table) const {
  for (const Table* above = &table; above != nullptr;
       above = above->is_partition && !above->parents.empty()
                   ? set_.find(above->parents.front().oid)
                   : nullptr)
    if (context_.loads_into_existing(above->target_schema, above->target_name)) return true;
  return false;
}

// What a conflict strategy keeps is filled, not made.
void Planner::take_existing() {
  name_existing();
  if (std::ranges::none_of(set_.tables(), [&](const Table& table) { return is_existing(table); }))
    return;
  if (context_.options().given("columns")) filter_columns();
  choose_rows();
  TableSet made = set_.without_tables();
  existing_ = set_.without_tables();
  for (const Table& table : set_.tables()) (is_existing(table) ? existing_ : made).add(table);
  set_ = std::move(made);
}

void Planner::plan_rows_only() {
  if (context_.options().given("columns")) filter_columns();
  name_existing();
  check_schemas();
  choose_rows();
  // For what cannot be read, nothing is emptied.
  TableSet readable = set_.without_tables();
  for (Table& table : set_.tables())
    if (table.readable) readable.add(std::move(table));
  set_ = std::move(readable);
  if (context_.consistent()) read_sequence_states(context_.source(), set_);
  fill_existing(context_, set_, types_, Fill::alone);
}

void Planner::check_request() const {
  for (const auto& [option, single] : kReserved) {
    if ((single ? single_ : request_.whole_schema) || !context_.options().given(option)) continue;
    throw Error(sqlstate::kInvalidParameterValue, "option \"" + std::string(option) +
                                                      "\" is only possible for a " +
                                                      (single ? "single table" : "whole schema"))
        .with_detail(single ? "The clone is of schema " + sql::identifier(source_schema_) + "."
                            : "One table was named.")
        .with_hint(single ? "Clone that table with pgclone.table()."
                          : "Clone its schema with pgclone.schema().");
  }
  if (context_.options().given("where") && where_.empty()) {
    throw Error(sqlstate::kInvalidParameterValue, "option \"where\" is empty")
        .with_detail("An empty text is no SQL condition.")
        .with_hint("Leave the option out to clone all rows.");
  }
  if (!request_.target_relation.empty() && !single_) {
    throw Error(sqlstate::kInvalidParameterValue,
                "another name on the target is only possible for a single table")
        .with_detail("The clone is of " + std::to_string(request_.relations.size()) + " tables.")
        .with_hint("Clone that table with pgclone.table().");
  }
}

std::vector<RelationRef> Planner::resolve() {
  std::vector<std::string> names(request_.relations.begin(), request_.relations.end());
  std::vector<RelationRef> found = find_relations(context_.source(), source_schema_, names);
  for (const std::string& name : names) {
    if (std::ranges::none_of(found, [&](const auto& ref) { return ref.name == name; })) {
      refuse_missing(name);
    }
  }
  for (const RelationRef& relation : found) refuse_kind(relation);
  if (!single_) return found;

  root_ = found.front().oid;
  if (found.front().kind == 'p') {
    if (context_.options().given("columns")) {
      throw Error(sqlstate::kFeatureNotSupported,
                  "option \"columns\" is not possible for the partitioned table " +
                      sql::qualified(source_schema_, names.front()))
          .with_detail("Partitions must have all columns of their parent.")
          .with_hint("Clone its partitions one by one, or all columns.");
    }
    for (RelationRef& partition : find_partitions(context_.source(), oid_array({root_}))) {
      refuse_kind(partition);
      found.push_back(std::move(partition));
    }
  }
  return found;
}

void Planner::refuse_missing(const std::string& name) {
  if (!schema_exists(context_.source(), source_schema_)) {
    throw Error(sqlstate::kInvalidSchemaName,
                "schema " + sql::identifier(source_schema_) + " does not exist on the source")
        .with_detail("The source's catalog pg_namespace has no such name.")
        .with_hint("Names are exact and case-sensitive; write them without quotes.");
  }
  Error error(sqlstate::kUndefinedTable,
              "table " + sql::qualified(source_schema_, name) + " does not exist on the source");
  error.with_detail("Schema " + sql::identifier(source_schema_) +
                    " of the source has no such table.");
  const std::string near =
      common::nearest_name(name, table_names(context_.source(), source_schema_));
  error.with_hint(near.empty() ? "Names are exact and case-sensitive; write them without quotes."
                               : "Perhaps you meant " + sql::qualified(source_schema_, near) + ".");
  throw error;
}

void Planner::refuse_kind(const RelationRef& relation) const {
  if (is_table(relation)) return;
  throw Error("42809", sql::qualified(relation.schema, relation.name) + " on the source is " +
                           std::string(kind_name(relation.kind)))
      .with_detail("The table strategy clones ordinary and partitioned tables.")
      .with_hint("Clone the whole schema to get every kind of object.");
}

void Planner::lock(const std::vector<RelationRef>& relations) {
  std::map<std::string, std::vector<std::string_view>> by_schema;
  for (const RelationRef& relation : relations) by_schema[relation.schema].push_back(relation.name);
  for (const auto& [schema, names] : by_schema) context_.lock_source_relations(schema, names);
  set_.held = context_.consistent();
  if (!set_.held) return;
  // The owner may have renamed it while we waited for the lock, and put something else there.
  std::vector<common::Listed> locked;
  for (const RelationRef& relation : relations)
    locked.push_back(
        {relation.oid, sql::qualified(relation.schema, relation.name), relation.kind != 'p'});
  common::demand_same(context_.source(), locked);
}

void Planner::read() {
  const std::vector<RelationRef> relations = resolve();
  lock(relations);
  std::vector<Oid> list;
  for (const RelationRef& relation : relations) list.push_back(relation.oid);
  const std::string oids = oid_array(list);
  Session& source = context_.source();
  read_tables(context_, oids, set_);
  for (const RelationRef& relation : relations) {
    if (set_.find(relation.oid) == nullptr) {
      throw Error(sqlstate::kUndefinedTable,
                  "table " + sql::qualified(relation.schema, relation.name) +
                      " was dropped on the source while the clone was planned")
          .with_detail("It was there when its name was looked up.")
          .with_hint("Start the clone again once the source's tables stay as they are.");
    }
  }
  check_hierarchy(set_);
  set_.same_encoding = server_encoding(source) == server_encoding(context_.target());
  read_hash_keys(source, oids, set_);
  read_columns(context_, oids, set_);
  read_sequences(source, oids, set_);
  types_ = read_types(source, set_);
}

// What hangs on the tables.
void Planner::read_parts() {
  std::vector<Oid> list;
  for (const Table& table : set_.tables()) list.push_back(table.oid);
  const std::string oids = oid_array(list);
  Session& source = context_.source();
  read_indexes(context_, oids, set_);
  read_checks(source, oids, set_);
  read_foreign_keys(source, oids, set_);
  read_statistics(source, oids, set_);
  read_triggers(source, oids, set_);
  common::report_left_out_options(
      context_, "SELECT pg_catalog.unnest(" + sql::literal(oids) + "::pg_catalog.oid[])");
  if (!request_.whole_schema) read_attachments(oids);
}

// An index that isn't valid leaves all above it incomplete, itself as well if it has parts.
void Planner::find_incomplete_indexes() {
  std::map<Oid, Index*> partitioned;
  for (Table& table : set_.tables()) {
    if (!table.partitioned) continue;
    for (Index& index : table.indexes) partitioned[index.oid] = &index;
  }
  for (Table& table : set_.tables()) {
    for (const Index& index : table.indexes) {
      if (index.valid) continue;
      // Those above one that is marked are marked, too; and a source may say that they form a
      // circle.
      auto found = partitioned.find(table.partitioned ? index.oid : index.parent);
      for (; found != partitioned.end() && !found->second->incomplete;
           found = partitioned.find(found->second->parent)) {
        found->second->incomplete = true;
      }
    }
  }
}

void Planner::leave_out_by_options() {
  const Options& options = context_.options();
  const bool indexes = options.boolean("indexes");
  const bool constraints = options.boolean("constraints");
  const bool triggers = options.boolean("triggers");
  for (Table& table : set_.tables()) {
    std::erase_if(table.indexes, [&](const Index& index) {
      if (index.constraint == 0 ? !indexes : !constraints) return true;
      if (index.valid || table.partitioned) return false;
      context_.report(Severity::notice,
                      "left out invalid index " + sql::qualified(table.schema, index.name) +
                          " of table " + source_label(table),
                      "Its build did not finish on the source.",
                      "REINDEX it on the source, or drop it there.");
      return true;
    });
    if (!constraints) {
      table.checks.clear();
      table.foreign_keys.clear();
    }
    if (!triggers) table.triggers.clear();
  }
}

}  // namespace pgclone::table
