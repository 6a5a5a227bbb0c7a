#include "naming.hpp"
#include "planner.hpp"
#include "rewrite.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// Gives every part of a table, and every partition below it, a free name like the table's new one.
class Renamer {
 public:
  Renamer(std::string table, std::string new_table, std::set<std::string> relations,
          std::set<std::string> statistics)
      : table_(std::move(table)),
        new_table_(std::move(new_table)),
        relations_(std::move(relations)),
        statistics_(std::move(statistics)) {
    relations_.insert(new_table_);
  }

  std::string relation(const std::string& name) {
    return unique_name(renamed(name, table_, new_table_), relations_);
  }
  std::string statistics(const std::string& name) {
    return unique_name(renamed(name, table_, new_table_), statistics_);
  }

 private:
  std::string table_;
  std::string new_table_;
  std::set<std::string> relations_;
  std::set<std::string> statistics_;
};

// The sequences of one table's columns may be used by whatever hangs on it and its partitions.
class SequenceFollower {
 public:
  explicit SequenceFollower(const TableSet& set) {
    for (const Table& table : set.tables())
      for (const Sequence& sequence : table.sequences)
        names_.emplace_back(sequence.regclass_text,
                            sql::qualified(table.target_schema, sequence.target_name));
  }

  void follow(Table& table) const {
    for (Column& column : table.columns)
      if (column.default_text) follow(*column.default_text);
    for (Check& check : table.checks) follow(check.text);
    for (Trigger& trigger : table.triggers) follow(trigger.tail);
    for (common::Attachment& item : table.attachments) follow(item.tail);
    for (Index& index : table.indexes) {
      follow(index.method_and_rest);
      follow(index.where);
    }
  }

 private:
  void follow(std::string& text) const {
    for (const auto& [from, to] : names_) text = replace_regclass(text, from, to);
  }

  std::vector<std::pair<std::string, std::string>> names_;
};

}  // namespace

void Planner::follow_sequences() {
  const SequenceFollower follower(set_);
  for (Table& table : set_.tables()) follower.follow(table);
}

void Planner::assign_names() {
  for (Table& table : set_.tables()) {
    table.target_schema = table.schema == source_schema_ ? target_schema_ : table.schema;
    table.target_name = table.name;
    for (Sequence& sequence : table.sequences) sequence.target_name = sequence.name;
    for (Index& index : table.indexes) index.target_name = index.name;
    for (Statistics& statistics : table.statistics) statistics.target_name = statistics.name;
  }
  const std::string new_name(request_.target_relation);
  Table* root = set_.find(root_);
  if (root == nullptr || new_name.empty() || new_name == root->name) return;

  Session& target = context_.target();
  Renamer names(root->name, new_name, relation_names(target, target_schema_, new_name),
                statistics_names(target, target_schema_, new_name));
  for (Table& table : set_.tables()) {
    table.target_schema = target_schema_;
    table.target_name = table.oid == root_ ? new_name : names.relation(table.name);
  }
  for (Table& table : set_.tables()) {
    for (Sequence& item : table.sequences) item.target_name = names.relation(item.name);
    for (Index& item : table.indexes) item.target_name = names.relation(item.name);
    for (Statistics& item : table.statistics) item.target_name = names.statistics(item.name);
  }
}

}  // namespace pgclone::table
