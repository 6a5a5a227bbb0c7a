// A table that is cloned alone takes nothing of its schema along: what its expressions, indexes and
// triggers use there must be where the clone goes. All that is missing is told before anything is
// made.
#include <algorithm>

#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

std::vector<ObjectId> Planner::parts_with_needs() const {
  std::vector<ObjectId> parts;
  // Which columns a table's own needs are of isn't known any more once some were left out.
  const bool whole = !context_.options().given("columns");
  for (const Table& table : set_.tables()) {
    if (whole) parts.push_back({catalog::kClass, table.oid});
    for (const Column& column : table.columns) {
      if (column.default_oid != 0) parts.push_back({catalog::kAttrdef, column.default_oid});
    }
    for (const Check& check : table.checks) parts.push_back({catalog::kConstraint, check.oid});
    for (const Index& index : table.indexes) {
      parts.push_back({catalog::kClass, index.oid});
      if (index.constraint != 0) parts.push_back({catalog::kConstraint, index.constraint});
    }
    for (const Statistics& item : table.statistics) {
      parts.push_back({catalog::kStatisticExt, item.oid});
    }
    for (const Trigger& trigger : table.triggers) parts.push_back({catalog::kTrigger, trigger.oid});
    for (const common::Attachment& item : table.attachments) parts.push_back(item.id);
  }
  return parts;
}

// The tables themselves, with their row types and the sequences of their columns.
bool Planner::comes_along(ObjectId object) const {
  return std::ranges::any_of(set_.tables(), [&](const Table& table) {
    if (object.classid == catalog::kType) {
      return object.objid == table.row_type || object.objid == table.array_type;
    }
    if (object.classid != catalog::kClass) return false;
    return object.objid == table.oid ||
           std::ranges::any_of(table.sequences, [&](const Sequence& sequence) {
             return sequence.oid == object.objid;
           });
  });
}

void Planner::check_needs() {
  std::vector<Need> needs = read_needs(context_.source(), source_schema_, parts_with_needs());
  std::erase_if(needs, [&](const Need& need) { return comes_along(need.object); });
  std::vector<std::string> lines;
  for (const std::size_t i : missing_needs(context_.target(), final_schema_, needs)) {
    lines.push_back(needs[i].what + " is needed by " + needs[i].user);
  }
  if (lines.empty()) return;
  const std::string there = sql::identifier(final_schema_);
  throw Error(sqlstate::kUndefinedObject,
              "schema " + there + " of the target lacks " + std::to_string(lines.size()) +
                  (lines.size() == 1 ? " object" : " objects") + " that table " +
                  sql::qualified(source_schema_, request_.relations.front()) + " needs")
      .with_detail(join(lines, "\n"))
      .with_hint("Create them there, or clone the whole schema " + sql::identifier(source_schema_) +
                 ".");
}

}  // namespace pgclone::table
