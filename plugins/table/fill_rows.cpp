// The option "conflict": what becomes of rows that the target's tables have already.
#include <algorithm>

#include "cut.hpp"
#include "fill_plan.hpp"
#include "row.hpp"

namespace pgclone::table {

// What the job that is resumed has finished has rows, and had none before.
void FillPlan::find_rows() {
  std::map<Oid, std::string> maybe;
  Problems unreadable;
  for (Load& load : loads_) {
    load.finished = std::ranges::all_of(load.sources, [&](const Table* table) {
      return context_.finished_before(load.rows_key(*table)) ||
             context_.finished_before(load.all_rows_key());
    });
    if (load.finished) continue;
    for (const TargetRelation* relation : load.holds) {
      if (relation->size == 0) continue;
      if (adds_ && !relation->may_select) {
        load.has_rows = true;  // nobody can say that it hasn't
        continue;
      }
      maybe.emplace(relation->oid, "ONLY " + relation->label());
      if (!relation->may_select)
        unreadable.emplace_back(sqlstate::kInsufficientPrivilege,
                                "SELECT on table " + relation->label());
    }
  }
  refuse(unreadable, "the role that clones cannot see whether tables of the target are empty",
         "GRANT SELECT on them.");
  const std::set<Oid> filled = with_rows(context_.target(), maybe);
  for (Load& load : loads_)
    load.has_rows |= std::ranges::any_of(
        load.holds, [&](const TargetRelation* held) { return filled.contains(held->oid); });
}

void FillPlan::settle_rows() {
  const std::string_view conflict = context_.options().text("conflict");
  Problems filled;
  for (Load& load : loads_) {
    // Its rows are those of the job that is resumed.
    const bool half = context_.finished_before(load.start_of_rows_key());
    if (!load.has_rows) continue;
    const bool taken_back = half && load.sources.front()->cuts;
    load.emptied = !taken_back && ((!adds_ && conflict == "replace") || half);
    if (!load.emptied && !taken_back && !adds_)
      filled.emplace_back(sqlstate::kObjectNotInPrerequisiteState, load.name() + " has rows");
  }
  refuse(filled,
         filled.size() == 1
             ? "a table of the target has rows already"
             : std::to_string(filled.size()) + " tables of the target have rows already",
         R"(Choose what becomes of them: {"conflict": "skip"} leaves such tables as they are, )"
         R"({"conflict": "replace"} empties them first.)");
  check_outside_references();
}

// A partitioned table as a whole.
void FillPlan::skip_filled() {
  std::map<std::string, const TargetRelation*> kept;
  for (const Load& load : loads_)
    if (load.has_rows && !context_.finished_before(load.start_of_rows_key()))
      kept.emplace(load.whole().label(), &load.whole());
  for (const auto& [label, relation] : kept) context_.plan().skip("table " + label, "table", label);
  const auto is_kept = [&](const TargetRelation& whole) { return kept.contains(whole.label()); };
  for (const Load& load : loads_) {
    if (!is_kept(load.whole())) continue;
    for (const Table* table : load.sources) skipped_.insert(table->oid);
  }
  for (const Table& table : set_.tables()) {
    const TargetRelation* twin = target_.find(table.target_schema, table.target_name);
    if (table.partitioned && twin != nullptr && is_kept(*twin)) skipped_.insert(table.oid);
  }
  std::erase_if(loads_, [&](const Load& load) { return is_kept(load.whole()); });
  number_loads();
}

// Rows that reference what is emptied would be in the way, or go along without a word.
void FillPlan::check_outside_references() {
  std::map<Oid, std::string> maybe;
  std::vector<const TargetKey*> outside;
  for (const TargetKey& key : target_.keys) {
    const std::size_t* to = load_of(key.to);
    const std::size_t* from = load_of(key.from);
    if (to == nullptr || !loads_[*to].emptied || key.from_size == 0) continue;
    if (from != nullptr && (loads_[*from].emptied || *from == *to)) continue;
    // Its partitions have keys of their own in the list.
    if (key.from_partitioned && target_.relations.contains(key.from)) continue;
    outside.push_back(&key);
    if (key.may_select_from)
      maybe.emplace(key.from, (key.from_partitioned ? "" : "ONLY ") + key.from_label);
  }
  const std::set<Oid> filled = with_rows(context_.target(), maybe);
  Problems problems;
  std::set<std::string> told;
  for (const TargetKey* key : outside) {
    if (key->may_select_from && !filled.contains(key->from)) continue;
    const std::string line = "table " + key->from_label + " references " +
                             loads_[*load_of(key->to)].name() + " by " + key->constraint;
    if (told.insert(line).second)
      problems.emplace_back(sqlstate::kDependentObjectsStillExist, line);
  }
  refuse(problems,
         "tables of the target cannot be emptied, since rows outside the clone reference theirs",
         "Clone those tables as well, empty them, or drop the foreign keys.");
}

// Whether the table whose key references the load goes with it, a partitioned one with all its
// partitions.
bool FillPlan::is_emptied_with(const TargetKey& key, const Load& load) const {
  const auto goes_along = [&](Oid relation) {
    const std::size_t* number = load_of(relation);
    return number != nullptr && loads_[*number].leader == load.leader && loads_[*number].emptied;
  };
  const auto from = target_.relations.find(key.from);
  if (from == target_.relations.end() || from->second.kind != 'p') return goes_along(key.from);
  return from->second.may_truncate &&
         std::ranges::all_of(target_.tree(from->second), [&](const TargetRelation* relation) {
           return relation->kind == 'p' || goes_along(relation->oid);
         });
}

// TRUNCATE is for groups that nothing else references, not even an empty table.
void FillPlan::find_deletes() {
  for (const Load& load : loads_)
    if (!std::ranges::all_of(load.holds, &TargetRelation::may_truncate))
      deletes_.insert(load.leader);
  for (const TargetKey& key : target_.keys) {
    const std::size_t* to = load_of(key.to);
    const std::size_t* from = load_of(key.from);
    if (to == nullptr || (from != nullptr && *from == *to)) continue;
    const Load& emptied = loads_[*to];
    const bool in_parts = emptied.sources.front()->cuts.has_value();
    if (!emptied.emptied && !in_parts) continue;
    if (!is_emptied_with(key, emptied)) deletes_.insert(emptied.leader);
  }
  find_roots();
}

// A partitioned table that references what is truncated must be named to TRUNCATE, too.
void FillPlan::find_roots() {
  for (const TargetKey& key : target_.keys) {
    const std::size_t* to = load_of(key.to);
    const auto from = target_.relations.find(key.from);
    if (to == nullptr || from == target_.relations.end() || from->second.kind != 'p') continue;
    const Load& load = loads_[*to];
    if (!load.emptied || deletes_.contains(load.leader)) continue;
    const TargetRelation* root = &from->second;
    if (!roots_[load.leader].insert(root).second) continue;
    // For its triggers.
    auto& around = loads_[load.leader].around;
    if (std::ranges::find(around, root) == around.end()) around.push_back(root);
  }
}

}  // namespace pgclone::table
