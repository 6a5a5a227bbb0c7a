// Tables that a conflict strategy keeps: a step stands for each, which says that the object is
// there, and names it. What the strategy wants done before comes in front of it, and so before the
// first row; what it wants done after comes behind the last step that names the table.
#include "catalog.hpp"
#include "fill_ids.hpp"
#include "fill_plan.hpp"
#include "row.hpp"

namespace pgclone::table {

std::string FillPlan::kept_group(const Table& table) {
  return "kept " + table_group(table);
}

bool FillPlan::is_kept(const Table& table) const {
  return context_.loads_into_existing(table.target_schema, table.target_name);
}

void FillPlan::name_kept(const Table& table, Step& step) const {
  step.creates_kind = "TABLE";
  step.creates = table.target_name;
}

void FillPlan::write_kept(const Table& table, const std::string& group) {
  Step step;
  step.existing = true;
  step.provides = {{catalog::kClass, table.oid}, {catalog::kType, table.row_type}};
  if (table.array_type != 0) step.provides.push_back({catalog::kType, table.array_type});
  if (is_kept(table)) name_kept(table, step);
  add_step(context_.plan(), group, kept_group(table), target_label(table), step,
           table.target_schema);
}

// In the transaction of the rows, if there is one.
void FillPlan::write_kept_of(const Load& load, const std::string& group) {
  if (!adds_) return;
  for (const Table* table : load.sources)
    if (target_.find(table->target_schema, table->target_name) == load.into)
      write_kept(*table, group);
}

// Of tables whose rows are those of others, or go into others.
void FillPlan::write_kept_apart() {
  for (const Table& table : set_.tables()) {
    const auto load = load_by_table_.find(table.oid);
    const bool own =
        load != load_by_table_.end() &&
        target_.find(table.target_schema, table.target_name) == loads_[load->second].into;
    if (!own) write_kept(table, kept_group(table));
  }
}

// Rows come when all tables above are as they should be.
void FillPlan::wait_for_kept(std::size_t number) {
  if (!adds_) return;
  for (const Table* table : loads_[number].sources)
    for (const Table* above = table; above != nullptr;
         above = above->is_partition && !above->parents.empty()
                     ? set_.find(above->parents.front().oid)
                     : nullptr)
      context_.plan().depend(fill::id(fill::kBegin, number), {catalog::kClass, above->oid});
}

}  // namespace pgclone::table
