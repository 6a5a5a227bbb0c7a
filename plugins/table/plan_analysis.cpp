// ANALYZE, without which a clone has no statistics and its first queries bad plans.
//
// A table that is a single task is analyzed at its end. What needs more than that task, or could
// harm it, is a task of its own: a table copied in parts; a parent, whose statistics are also those
// of its children; a table with extended statistics, whose expressions may call functions that read
// other tables. A partitioned table takes its partitions along.
#include <algorithm>

#include "common/analysis.hpp"
#include "plan_steps.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// No catalogs have this OID.
constexpr Oid kAnalyzed = 8;

}  // namespace

bool StepWriter::is_analyzed(const Table& table) const {
  return context_.request().include_data && context_.options().boolean("analyze") &&
         table.link != Link::partition;
}

bool StepWriter::is_analyzed_apart(const Table& table) const {
  return is_cut(table) || is_late(table) || table.partitioned || children_.contains(table.oid) ||
         !table.statistics.empty();
}

// Statistics of plain columns can't fail to be had, and go without a savepoint; those of
// expressions, of types of users and of children run code of theirs, or ask other servers.
bool StepWriter::analysis_runs_code(const Table& table) const {
  return is_analyzed_apart(table) ||
         std::ranges::any_of(table.columns,
                             [&](const Column& column) {
                               const auto type = types_.find(column.type_oid);
                               return type == types_.end() || !type->second.built_in;
                             }) ||
         std::ranges::any_of(table.indexes, [](const Index& index) {
           // More than the list of columns has brackets: an expression, perhaps.
           return std::ranges::count(index.method_and_rest, '(') > 1;
         });
}

Step StepWriter::analysis(const Table& table) const {
  const std::string label = target_label(table);
  Step step;
  step.key = " analysis";
  step.phase = Phase::finish;
  if (analysis_runs_code(table)) {
    const std::string_view goal = context_.request().final_schema;
    common::set_analysis(step, label,
                         goal.empty() ? label : sql::qualified(goal, table.target_name));
  } else {
    step.statements = {common::analyze(label)};
  }
  return step;
}

void StepWriter::write_analysis(const Table& table, const std::string& group) {
  if (is_analyzed(table) && !is_analyzed_apart(table)) add(table, group, analysis(table));
}

void StepWriter::write_analysis_apart(const Table& table) {
  if (!is_analyzed(table) || !is_analyzed_apart(table)) return;
  Step step = analysis(table);
  step.kind = "analysis";
  step.after = Milestone::loaded;
  step.provides = {{kAnalyzed, table.oid}};
  add(table, "analysis of " + table_group(table), step);
  depend_on_tree(step.provides.front(), table);
}

}  // namespace pgclone::table
