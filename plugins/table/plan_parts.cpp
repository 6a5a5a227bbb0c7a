// The steps of a table that several workers copy at once: its definition, its rows in ranges of
// blocks, its indexes, and what ends it are tasks of their own.
//
//   definition ─▶ start ─▶ part 1 … part n ─▶ whole ─▶ index 1 … index m ─▶ end
//
// A table has its rows from one snapshot or none: `start`, the parts and `whole` are done together
// or not at all, also in the eyes of a job that resumes another one.
#include "catalog.hpp"
#include "common/moments.hpp"
#include "cut.hpp"
#include "payload.hpp"
#include "plan_steps.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// No catalogs have this OID.
constexpr Oid kPart = 5;

}  // namespace

bool StepWriter::is_cut(const Table& table) const {
  return table.cuts && context_.request().include_data && !routers_.contains(table.oid) &&
         !is_late(table);
}

void StepWriter::write_in_parts(const Table& table, const std::string& group) {
  const ObjectId whole{common::kRows, table.oid};
  const ObjectId end{kEnd, table.oid};
  write_parts(table, group, whole);
  const std::string end_group = "end of " + group;
  Step last;
  last.phase = Phase::finish;
  last.provides = {end};
  add(table, end_group, last);
  context_.plan().depend(end, whole);
  write_sequence_states(table, end_group);
  for (const Index& index : table.indexes) {
    if (builds_apart(table, index)) write_index_apart(table, index, group, end_group);
  }
  if (table.link == Link::partition) write_attachment(table, end_group);
  for (const Index& index : table.indexes) {
    if (!builds_apart(table, index)) write_index(table, index, end_group);
  }
  write_finish(table, end_group);
}

void StepWriter::write_parts(const Table& table, const std::string& group, ObjectId whole) {
  PlanBuilder& plan = context_.plan();
  const std::string whole_group = "all rows of " + group;
  const ObjectId start{common::kStart, table.oid};
  Step begin;
  begin.kind = "rows";
  begin.provides = {start};
  begin.whole = whole_group;
  begin.again = {"TRUNCATE ONLY " + target_label(table)};
  add(table, "start of the rows of " + group, begin);
  plan.depend(start, {catalog::kClass, table.oid});

  const std::size_t parts = table.cuts->size() + 1;
  for (std::size_t part = 0; part < parts; ++part) {
    Step step = load_step(table, part_condition(table, part));
    const ObjectId id{kPart, ++parts_written_};
    step.kind = "rows";
    step.provides = {id};
    step.whole = whole_group;
    step.cost = table.size / parts;
    add(table,
        "rows of " + group + ", part " + std::to_string(part + 1) + " of " + std::to_string(parts) +
            (part == 0 ? "" : ", from block " + std::to_string((*table.cuts)[part - 1])),
        step);
    plan.depend(id, start);
    plan.depend(whole, id);
  }
  Step all;
  all.kind = "rows";
  all.phase = Phase::load;
  all.provides = {whole};
  add(table, whole_group, all);
}

// Side by side: those that a plain CREATE INDEX makes. A partition's own indexes wait for its
// attachment, which could mistake one for its parent's; that of an exclusion constraint is made
// with the constraint.
bool StepWriter::builds_apart(const Table& table, const Index& index) const {
  if (index.constraint_type == 'x') return false;
  return table.link != Link::partition || comes_attached(table, index);
}

// A constraint takes its index over when all builds have ended: it locks everybody out.
void StepWriter::write_index_apart(const Table& table, const Index& index, const std::string& group,
                                   const std::string& end_group) {
  const ObjectId id{catalog::kClass, index.oid};
  Step step = index_step(table, index);
  step.key = "";
  step.kind = "index";
  step.provides = {id};
  if (index.constraint != 0) {
    step.statements = {create_plain_index(table, index)};
    Step constraint;
    constraint.key = " constraint " + sql::identifier(index.target_name);
    constraint.kind = "constraint";
    constraint.phase = Phase::finish;
    constraint.statements = constraint_of_index(table, index);
    constraint.provides = {{catalog::kConstraint, index.constraint}};
    add(table, end_group, constraint);
    taken_over_[index.oid] = index.constraint;
  }
  add(table, "index " + sql::identifier(index.target_name) + " of " + group, step);
  context_.plan().depend(id, {common::kRows, table.oid});
  context_.plan().depend({kEnd, table.oid}, id);
}

}  // namespace pgclone::table
