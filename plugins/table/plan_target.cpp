// Compares what the tables need with what the target has.
#include <algorithm>

#include "common/tablespaces.hpp"
#include "common/target_schemas.hpp"
#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

void Planner::check_schemas() {
  const std::set<std::string> existing = common::existing_schemas(context_.target());
  for (const Table& table : set_.tables()) {
    if (existing.contains(table.target_schema)) continue;
    throw Error(sqlstate::kInvalidSchemaName,
                "schema " + sql::identifier(table.target_schema) + " does not exist on the target")
        .with_detail("Table " + source_label(table) + " would be cloned into it.")
        .with_hint("Run on the target: CREATE SCHEMA " + sql::identifier(table.target_schema) +
                   ";");
  }
}

// Indexes and triggers that go when an extension goes.
void Planner::mark_with_extensions() {
  common::ExtensionMarks marks(context_);
  if (marks.empty()) return;
  for (Table& table : set_.tables()) {
    for (Index& index : table.indexes) {
      index.marks =
          marks.statements({catalog::kClass, index.oid},
                           "INDEX " + sql::qualified(table.target_schema, index.target_name));
    }
    for (Trigger& trigger : table.triggers) {
      if (trigger.from_parent) continue;
      trigger.marks = marks.statements(
          {catalog::kTrigger, trigger.oid},
          "TRIGGER " + sql::identifier(trigger.name) + " ON " + target_label(table));
    }
  }
  for (const auto& [oid, extension] : marks.extensions())
    if (extension.can_be_made && marks.named().contains(oid))
      marking_extensions_.insert(extension.name);
  marks.report();
}

// A schema clone has steps for all that its objects need.
bool Planner::comes_with_extension(const std::string& extension) const {
  if (extension.empty() || !context_.options().boolean("extensions")) return false;
  return request_.whole_schema || created_extensions_.contains(extension);
}

// Types of the schema itself come with a schema clone; all others must be there.
void Planner::check_types() {
  std::map<std::string, std::vector<std::string>> users;
  std::map<std::string, std::string> extensions;
  for (const Table& table : set_.tables()) {
    if (!table.of_type.empty() && !request_.whole_schema) {
      users[table.of_type].push_back("table " + source_label(table));
    }
    for (const Column& column : table.columns) {
      const TypeInfo& type = types_.at(column.type_oid);
      const bool cloned = request_.whole_schema && type.schema == source_schema_;
      if (type.built_in || (cloned && type.extension.empty()) ||
          comes_with_extension(type.extension))
        continue;
      users[type.name].push_back("column " + sql::identifier(column.name) + " of table " +
                                 source_label(table));
      extensions[type.name] = type.extension;
    }
  }
  std::set<std::string> names;
  for (const auto& [name, unused] : users) names.insert(name);
  const std::set<std::string> missing = missing_types(context_.target(), names);
  if (missing.empty()) return;

  std::vector<std::string> lines;
  std::set<std::string> commands;
  for (const std::string& name : missing) {
    const std::string& extension = extensions[name];
    lines.push_back("type " + name + " is needed by " + join(users[name], ", ") +
                    (extension.empty() ? ""
                                       : "; on the source it belongs to extension " +
                                             sql::identifier(extension)));
    if (!extension.empty()) commands.insert("CREATE EXTENSION " + sql::identifier(extension) + ";");
  }
  const std::string what = missing.size() == 1
                               ? "the target has no type " + *missing.begin()
                               : "the target lacks " + std::to_string(missing.size()) + " types";
  throw Error(sqlstate::kUndefinedObject, what)
      .with_detail(join(lines, "\n"))
      .with_hint(commands.empty()
                     ? "Create the types on the target, or clone the schema that they are in."
                     : "Run on the target: " + join({commands.begin(), commands.end()}, " "));
}

// A parent outside of the clone must be on the target; a table cloned alone has none.
void Planner::link_parents() {
  const auto parent_on_target = [&](const Parent& parent) {
    return RelationName(parent.schema == source_schema_ ? target_schema_ : parent.schema,
                        parent.name);
  };
  std::set<RelationName> outside;
  std::set<Oid> outside_oids;
  if (!single_) {
    for (const Table& table : set_.tables()) {
      for (const Parent& parent : table.parents) {
        if (set_.find(parent.oid) != nullptr) continue;
        outside.insert(parent_on_target(parent));
        outside_oids.insert(parent.oid);
      }
    }
  }
  const std::set<RelationName> existing = existing_relations(context_.target(), outside);
  const std::set<Oid> brought = brought_by_extensions(outside_oids);
  for (Table& table : set_.tables()) {
    if (table.parents.empty()) continue;
    const auto lost = std::ranges::find_if(table.parents, [&](const Parent& parent) {
      return set_.find(parent.oid) == nullptr && !brought.contains(parent.oid) &&
             !existing.contains(parent_on_target(parent));
    });
    if (lost != table.parents.end()) {
      const std::string parent = sql::qualified(lost->schema, lost->name);
      context_.report(single_ ? Severity::notice : Severity::warning,
                      "table " + source_label(table) + " is cloned without its parent " + parent,
                      "The parent is not part of the clone" +
                          std::string(single_ ? "." : ", and the target has none of that name."));
    } else if (table.is_partition) {
      table.link = Link::partition;
    } else {
      const bool all_local =
          std::ranges::all_of(table.columns, [](const Column& column) { return column.local; }) &&
          std::ranges::all_of(table.checks, [](const Check& check) { return check.local; });
      table.link = all_local ? Link::inherit : Link::inherits;
    }
  }
}

// Where a referenced table that is not part of the clone must be.
RelationName Planner::reference_on_target(const ForeignKey& key) const {
  if (key.referenced_schema != source_schema_) return {key.referenced_schema, key.referenced_name};
  return {request_.whole_schema ? target_schema_ : final_schema_, key.referenced_name};
}

void Planner::resolve_foreign_keys() {
  std::set<RelationName> wanted;
  std::set<Oid> wanted_oids;
  for (const Table& table : set_.tables()) {
    for (const ForeignKey& key : table.foreign_keys) {
      if (set_.find(key.referenced) != nullptr) continue;
      wanted.insert(reference_on_target(key));
      wanted_oids.insert(key.referenced);
    }
  }
  const std::set<RelationName> existing = existing_relations(context_.target(), wanted);
  const std::set<Oid> brought = brought_by_extensions(wanted_oids);
  for (Table& table : set_.tables()) {
    std::erase_if(table.foreign_keys, [&](ForeignKey& key) {
      if (const Table* referenced = set_.find(key.referenced)) {
        key.target_reference = target_label(*referenced);
        return false;
      }
      const RelationName name = reference_on_target(key);
      const std::string referenced = sql::qualified(name.first, name.second);
      if (existing.contains(name) || brought.contains(key.referenced)) {
        key.target_reference = referenced;
        return false;
      }
      context_.report(
          Severity::warning,
          "left out foreign key " + sql::identifier(key.name) + " of table " + source_label(table),
          "It references table " + referenced + ", which the target has not.",
          "Clone that table, then add the constraint: ALTER TABLE " + target_label(table) +
              " ADD CONSTRAINT " + sql::identifier(key.name) + " " + key.head + referenced +
              key.tail + ";");
      return true;
    });
  }
}

void Planner::check_trigger_functions() {
  const auto comes_along = [&](const Trigger& trigger) {
    if (trigger.from_parent) return true;
    if (trigger.function_of_extension)
      return context_.options().boolean("extensions") &&
             (request_.whole_schema || !created_extensions_.empty());
    return request_.whole_schema && trigger.function_schema == source_schema_;
  };
  std::set<std::string> wanted;
  for (const Table& table : set_.tables()) {
    for (const Trigger& trigger : table.triggers) {
      if (!comes_along(trigger)) wanted.insert(trigger.function);
    }
  }
  const std::set<std::string> missing = missing_functions(context_.target(), wanted);
  for (Table& table : set_.tables()) {
    std::erase_if(table.triggers, [&](const Trigger& trigger) {
      if (comes_along(trigger) || !missing.contains(trigger.function)) return false;
      context_.report(
          Severity::warning,
          "left out trigger " + sql::identifier(trigger.name) + " of table " + source_label(table),
          "It calls function " + trigger.function + ", which the target has not.",
          "Create the function on the target, or clone its schema.");
      return true;
    });
  }
}

void Planner::check_tablespaces() {
  Tablespaces tablespaces(context_);
  for (Table& table : set_.tables()) {
    table.tablespace =
        tablespaces.choose(table.tablespace, "table " + source_label(table), table.partitioned);
    for (Index& index : table.indexes) {
      index.tablespace = tablespaces.choose(
          index.tablespace, "index " + sql::qualified(table.schema, index.name), table.partitioned);
    }
  }
  tablespaces.report();
}

}  // namespace pgclone::table
