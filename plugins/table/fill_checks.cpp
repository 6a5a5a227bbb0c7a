// What the target must have for the rows, and what the role must be allowed: found for all tables
// together, before any row moves.
#include <algorithm>

#include "fill_plan.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// OIDs of built-in types are the same on all servers.
constexpr Oid kFirstOfUsers = 16384;

std::string of(const std::string& column, const TargetRelation& relation) {
  return "column " + sql::identifier(column) + " of table " + relation.label();
}

// The one of that name, if the column owns several.
const TargetSequence* match_sequence(const TargetRelation& relation, const std::string& column,
                                     const std::string& name) {
  const TargetSequence* match = nullptr;
  for (const TargetSequence& candidate : relation.sequences)
    if (candidate.column == column && (match == nullptr || candidate.name == name))
      match = &candidate;
  return match;
}

}  // namespace

void FillPlan::refuse(const Problems& problems, const std::string& message,
                      const std::string& hint) const {
  if (problems.empty()) return;
  std::vector<std::string> lines;
  for (const auto& [sqlstate, line] : problems) lines.push_back(line);
  throw Error(problems.front().first, message).with_detail(join(lines, "\n")).with_hint(hint);
}

void FillPlan::check_kind(const Table& table, const TargetRelation& relation) {
  if (relation.kind == 'r' || relation.kind == 'p') return;
  const std::string what =
      relation.kind == 'f' ? "a foreign table, whose rows another server keeps" : "not a table";
  problems_.emplace_back("42809", relation.label() + " is " + what + "; rows of table " +
                                      source_label(table) + " would go there");
}

void FillPlan::check_shapes() {
  for (const Load& load : loads_)
    for (const Table* table : load.sources) check_columns(*table, *load.into);
  refuse(problems_,
         "the target's tables cannot take the rows of schema " +
             sql::identifier(context_.request().source_schema),
         "Change them, create what is missing (as with {\"schema_only\": true}), or leave those "
         "tables out with \"exclude\".");
}

void FillPlan::check_columns(const Table& table, const TargetRelation& into) {
  Sent& sent = sent_[table.oid];
  std::set<std::string> known;
  for (const Column& column : table.columns) {
    known.insert(column.name);
    const auto twin = std::ranges::find(into.columns, column.name, &TargetColumn::name);
    if (twin == into.columns.end()) {
      // It is computed from what is sent.
      if (column.generated) continue;
      problems_.emplace_back(sqlstate::kUndefinedColumn, of(column.name, into) + " does not exist");
    } else if (twin->generated) {
      if (column.generated) continue;
      context_.report(Severity::notice, of(column.name, into) + " gets no values",
                      "It is generated on the target, and is not on the source.");
    } else {
      sent.columns.push_back(column.name);
      sent.generated_too |= column.generated;
      const bool same = column.type_oid == twin->type && twin->type < kFirstOfUsers;
      const auto type = types_.find(column.type_oid);
      const bool portable = type != types_.end() && type->second.portable_binary;
      if (sent.text_only == nullptr && !(same && portable)) sent.text_only = &column;
    }
  }
  for (const TargetColumn& column : into.columns) {
    if (known.contains(column.name) || !column.not_null || column.has_default || column.generated)
      continue;
    problems_.emplace_back(
        "23502", of(column.name, into) + " is NOT NULL without a default, and gets no values");
  }
  if (sent.columns.empty() &&
      std::ranges::any_of(into.columns, [](const auto& column) { return !column.generated; }))
    problems_.emplace_back(sqlstate::kUndefinedColumn,
                           "table " + into.label() + " shares no column with the source's");
}

void FillPlan::match_sequences() {
  for (const Table& table : set_.tables()) {
    if (skipped_.contains(table.oid)) continue;
    const TargetRelation* twin = target_.find(table.target_schema, table.target_name);
    for (const Sequence& sequence : table.sequences) {
      const TargetSequence* match =
          twin == nullptr ? nullptr
                          : match_sequence(*twin, sequence.column,
                                           sql::qualified(table.target_schema, sequence.name));
      if (match != nullptr) {
        sequences_[sequence.oid] = match;
        continue;
      }
      context_.report(Severity::notice,
                      "the state of sequence " + sql::qualified(sequence.schema, sequence.name) +
                          " goes nowhere",
                      twin == nullptr
                          ? "The target has no table " + target_label(table) + "."
                          : "The target's " + of(sequence.column, *twin) + " owns no sequence.");
    }
  }
}

// Of a finished load nothing is asked any more.
void FillPlan::check_rights() {
  Problems lacking;
  const auto demand = [&](bool granted, const std::string& what, const std::string& object) {
    if (!granted) lacking.emplace_back(sqlstate::kInsufficientPrivilege, what + " " + object);
  };
  std::set<std::string> asked;
  for (const Load& load : loads_) {
    if (load.finished) continue;
    demand(load.into->may_insert, "INSERT on", load.name());
    for (const TargetRelation* relation : load.around) {
      const bool addressed = relation == load.into || relation->kind != 'p';
      if (addressed && relation->row_security)
        lacking.emplace_back(sqlstate::kFeatureNotSupported,
                             "exemption from the row security of table " + relation->label());
    }
    const bool deletes = load.emptied && deletes_.contains(load.leader);
    for (const TargetRelation* relation : load.holds)
      demand(!deletes || relation->may_delete, "DELETE on", "table " + relation->label());
    for (const TargetRelation* relation : load.around) {
      if (relation->triggers.empty() || !asked.insert(relation->label()).second) continue;
      demand(relation->owned, "ownership, to keep its triggers from firing, of",
             "table " + relation->label());
    }
  }
  for (const TargetKey& key : target_.keys) {
    if (!is_cyclic(key) || key.may_defer || !asked.insert(key.table + key.constraint).second)
      continue;
    demand(key.owned, "ownership, to defer constraint " + key.constraint + ", of",
           "table " + key.table);
  }
  for (const auto& [oid, sequence] : sequences_)
    demand(sequence->may_set, "UPDATE on", "sequence " + sequence->name);
  refuse(lacking, "the role that clones lacks rights on the target",
         "Clone as the owner of the tables, or GRANT what is missing.");
}

}  // namespace pgclone::table
