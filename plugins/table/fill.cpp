#include "fill.hpp"

#include <algorithm>

#include "cut.hpp"
#include "fill_ids.hpp"
#include "fill_plan.hpp"
#include "row.hpp"

namespace pgclone::table {

std::string Load::rows_key(const Table& table) const {
  return sources.size() == 1 ? name() + kRowsKey : name() + " rows of " + source_label(table);
}

FillPlan::FillPlan(PlanContext& context, TableSet& set, const std::map<Oid, TypeInfo>& types,
                   Fill fill)
    : context_(context), set_(set), types_(types), adds_(fill == Fill::added) {}

void FillPlan::plan() {
  match();
  if (!context_.request().include_data) {
    for (const Table& table : set_.tables()) write_kept(table, kept_group(table));
    return;
  }
  find_rows();
  if (!adds_ && context_.options().text("conflict") == "skip") skip_filled();
  check_shapes();
  match_sequences();
  find_cycles();
  cut();
  settle_rows();
  group();
  find_deletes();
  find_deferred();
  check_rights();
  write();
}

// Parts are transactions of their own: not for what must be one with others, or with what was done
// to the table before.
bool FillPlan::may_cut(const Load& load) const {
  const bool replaced = load.has_rows && !context_.finished_before(load.start_of_rows_key());
  const bool triggers = std::ranges::any_of(
      load.around, [](const TargetRelation* relation) { return !relation->triggers.empty(); });
  return load.sources.size() == 1 && load.into->kind == 'r' && !replaced && !triggers;
}

std::set<std::size_t> FillPlan::tied_loads() const {
  std::set<std::size_t> tied;
  for (const TargetKey& key : target_.keys) {
    const std::size_t* from = load_of(key.from);
    if (from != nullptr && (key.from == key.to || is_cyclic(key))) tied.insert(*from);
  }
  return tied;
}

// Between its parts nobody else may find a table empty. The lock ends with this process, which
// leads the job; to wait for it here could be to wait for ourselves.
void FillPlan::hold(const Load& load) {
  const std::string oid = std::to_string(load.into->oid);
  const Param params[] = {oid};
  if (context_.target()
          .query(
              "SELECT pg_catalog.pg_try_advisory_lock(1259, $1::pg_catalog.oid::pg_catalog.int4)",
              params)
          .text(0, 0) == "t")
    return;
  throw Error("55006", load.name() + " gets rows from another session")
      .with_detail("It would be filled in parts, which are transactions of their own.")
      .with_hint("Wait for that session to end, then begin again.");
}

void FillPlan::cut() {
  const std::set<std::size_t> tied = tied_loads();
  cut_large_tables(context_, set_, [&](const Table& table) {
    const auto found = load_by_table_.find(table.oid);
    if (found == load_by_table_.end()) return Begun::as_one;
    const Load& load = loads_[found->second];
    if (context_.finished_before(load.rows_key(table)) || tied.contains(found->second) ||
        !may_cut(load))
      return Begun::as_one;
    return context_.finished_before(load.start_of_rows_key()) ? Begun::in_parts : Begun::no;
  });
  for (const Load& load : loads_)
    if (!load.finished && load.sources.front()->cuts) hold(load);
}

void FillPlan::write_order() {
  for (const TargetKey& key : target_.keys) {
    const std::size_t* from = load_of(key.from);
    const std::size_t* to = load_of(key.to);
    if (from == nullptr || to == nullptr || *from == *to || is_cyclic(key)) continue;
    context_.plan().depend(fill::id(fill::kBegin, *from), fill::id(fill::kRows, *to));
  }
}

void FillPlan::write() {
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < loads_.size(); ++i) groups[loads_[i].leader].push_back(i);
  if (adds_) write_kept_apart();
  for (auto& [leader, loads] : groups) write_group(std::move(loads));
  for (const Table& table : set_.tables()) {
    const bool whole = table.partitioned || children_.contains(table.oid);
    if (whole && !skipped_.contains(table.oid)) write_whole(table);
  }
  write_order();
  write_analyses();
}

void fill_existing(PlanContext& context, TableSet& set, const std::map<Oid, TypeInfo>& types,
                   Fill fill) {
  FillPlan(context, set, types, fill).plan();
}

}  // namespace pgclone::table
