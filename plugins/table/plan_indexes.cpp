// Indexes of tables, and how those of partitions become part of their parents'.
#include "catalog.hpp"
#include "common/moments.hpp"
#include "plan_steps.hpp"
#include "row.hpp"

namespace pgclone::table {

// Whether the attachment of the partition makes this index part of its parent's. That of a parent
// outside of the clone takes what is alike, or makes it anew.
bool StepWriter::comes_attached(const Table& table, const Index& index) const {
  return table.link == Link::partition && index.parent != 0 && !incomplete_.contains(index.parent);
}

// A partition's indexes that have a parent come before the attachment, which then takes them as
// they are; the others after it, so that it cannot mistake one for the parent's.
void StepWriter::write_indexes(const Table& table, const std::string& group) {
  for (const Index& index : table.indexes) {
    if (comes_attached(table, index)) write_index(table, index, group);
  }
  if (table.link == Link::partition) write_attachment(table, group);
  for (const Index& index : table.indexes) {
    if (!index.incomplete && !comes_attached(table, index)) write_index(table, index, group);
  }
}

void StepWriter::write_index(const Table& table, const Index& index, const std::string& group) {
  add(table, group, index_step(table, index));
}

Step StepWriter::index_step(const Table& table, const Index& index) {
  const bool constraint = index.constraint != 0;
  Step step;
  step.key = (constraint ? " constraint " : " index ") + sql::identifier(index.target_name);
  step.kind = constraint ? "constraint" : "index";
  step.phase = Phase::finish;
  step.statements = create_index(table, index);
  step.provides = {{catalog::kClass, index.oid}};
  if (constraint) step.provides.push_back({catalog::kConstraint, index.constraint});
  step.creates_kind = "INDEX";
  step.creates = index.target_name;
  // A build costs about a quarter of what the copy of the table's bytes does, half of it for
  // reading them; the rest grows with what the index holds. The longest comes first.
  step.effort = index.size > 0 ? table.size / 8 + index.size / 2 : table.size / 4;
  return step;
}

std::string StepWriter::attach_index(Oid parent, Oid index) const {
  return "ALTER INDEX " + index_labels_.at(parent) + " ATTACH PARTITION " + index_labels_.at(index);
}

void StepWriter::write_attachment(const Table& table, const std::string& group) {
  Step step;
  step.key = " attachment";
  step.phase = Phase::finish;
  step.statements = {attach_partition(table, naming_)};
  step.provides = {{common::kAttached, table.oid}};
  for (const Index& index : table.indexes) {
    if (comes_attached(table, index) && index_labels_.contains(index.parent)) {
      step.statements.push_back(attach_index(index.parent, index.oid));
    }
  }
  add(table, group, step);
}

void StepWriter::find_incomplete_indexes() {
  for (const Table& table : set_.tables()) {
    for (const Index& index : table.indexes) {
      if (index.incomplete) incomplete_[index.oid];
    }
  }
  for (const Table& table : set_.tables()) {
    if (table.link != Link::partition) continue;
    for (const Index& index : table.indexes) {
      const auto parent = incomplete_.find(index.parent);
      if (parent != incomplete_.end()) parent->second.push_back(index.oid);
    }
  }
}

// When all partitions are attached: the attachment would build what the source hasn't.
void StepWriter::write_incomplete_indexes(const Table& table) {
  for (const Index& index : table.indexes) {
    if (!index.incomplete) continue;
    const ObjectId self{catalog::kClass, index.oid};
    Step step = index_step(table, index);
    step.key = "";
    for (const Oid part : incomplete_.at(index.oid)) {
      step.statements.push_back(attach_index(index.oid, part));
      context_.plan().depend(self, {catalog::kClass, part});
    }
    add(table, "index " + sql::identifier(index.target_name) + " of " + table_group(table), step);
    depend_on_tree(self, table);
  }
}

}  // namespace pgclone::table
