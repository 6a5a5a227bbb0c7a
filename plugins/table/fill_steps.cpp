// The steps of a fill. The loads of a group start, what has to be emptied is, all are found empty,
// rows come, and each ends:
//
//   start … start ─▶ emptying ─▶ check … check ─▶ rows … rows ─▶ keys ─▶ end … end
//
// Keys name the load, not its group, which may be another one when the job is resumed.
#include <algorithm>
#include <functional>
#include <iterator>

#include "common/analysis.hpp"
#include "common/moments.hpp"
#include "cut.hpp"
#include "fill_ids.hpp"
#include "fill_plan.hpp"
#include "payload.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

using namespace fill;
using Keys = std::vector<const TargetKey*>;

std::string alter_triggers(const TargetRelation& relation, bool enable) {
  std::vector<std::string> actions;
  for (const TargetTrigger& trigger : relation.triggers) {
    std::string action = "DISABLE";
    if (enable) {
      action = trigger.enabled == 'A'   ? "ENABLE ALWAYS"
               : trigger.enabled == 'R' ? "ENABLE REPLICA"
                                        : "ENABLE";
    }
    actions.push_back(action + " TRIGGER " + sql::identifier(trigger.name));
  }
  return "ALTER TABLE ONLY " + relation.label() + " " + join(actions, ", ");
}

std::string alter_constraint(const TargetKey& key, std::string_view how) {
  return "ALTER TABLE " + key.table + " ALTER CONSTRAINT " + key.constraint + " " +
         std::string(how);
}

std::string_view as_before(const TargetKey& key) {
  if (!key.deferrable) return "NOT DEFERRABLE";
  return key.deferred ? "DEFERRABLE INITIALLY DEFERRED" : "DEFERRABLE INITIALLY IMMEDIATE";
}

}  // namespace

// User triggers stay as they are in every other session: what disables them is undone before the
// transaction ends.
Statements FillPlan::start_statements(std::size_t number) const {
  Statements statements;
  const auto keys = deferred_.find(number);
  for (const TargetKey* key : keys == deferred_.end() ? Keys{} : keys->second) {
    if (!is_cyclic(*key)) continue;
    statements.push_back(key->may_defer ? "SET CONSTRAINTS " + key->qualified + " DEFERRED"
                                        : alter_constraint(*key, "DEFERRABLE INITIALLY DEFERRED"));
  }
  for (const TargetRelation* relation : loads_[number].around)
    if (!relation->triggers.empty()) statements.push_back(alter_triggers(*relation, false));
  return statements;
}

// A caller's transaction defers again what it had deferred.
Statements FillPlan::end_statements(std::size_t number) const {
  Statements statements;
  const auto found = deferred_.find(number);
  const Keys keys = found == deferred_.end() ? Keys{} : found->second;
  for (const TargetKey* key : keys)
    if (is_cyclic(*key) && !key->may_defer)
      statements.push_back(alter_constraint(*key, as_before(*key)));
  for (const TargetRelation* relation : loads_[number].around)
    if (!relation->triggers.empty()) statements.push_back(alter_triggers(*relation, true));
  for (const TargetKey* key : keys)
    if (key->deferred && key->may_defer)
      statements.push_back("SET CONSTRAINTS " + key->qualified + " DEFERRED");
  return statements;
}

// Where it has to be DELETE, referencing tables come first.
Statements FillPlan::emptying(std::vector<std::size_t> loads) const {
  std::ranges::stable_sort(loads, {}, [&](std::size_t load) { return loads_[load].rank; });
  std::vector<std::string> labels;
  for (const std::size_t load : loads)
    for (const TargetRelation* relation : loads_[load].holds) labels.push_back(relation->label());
  const std::size_t leader = loads_[loads.front()].leader;
  if (!deletes_.contains(leader)) {
    std::string truncate = "TRUNCATE ONLY " + join(labels, ", ONLY ");
    if (const auto roots = roots_.find(leader); roots != roots_.end())
      for (const TargetRelation* root : roots->second) truncate += ", " + root->label();
    return {truncate};
  }
  Statements statements;
  for (const std::string& label : labels) statements.push_back("DELETE FROM ONLY " + label);
  return statements;
}

Step FillPlan::load_step(const Load& load, const Table& table, const std::string& part) const {
  const Sent& sent = sent_.at(table.oid);
  CopyPayload payload;
  payload.columns = sent.columns;
  payload.schema = load.into->schema;
  payload.relation = load.into->name;
  payload.format = copy_format(context_.options(), table, sent.text_only);
  return copy_step(set_, table, part, std::move(payload), sent.generated_too);
}

void FillPlan::add(const Load& load, const std::string& group, const std::string& key,
                   const Step& step) {
  Step existing = step;
  existing.existing = true;
  add_step(context_.plan(), group, key, load.into->label(), existing, load.into->schema);
}

Step FillPlan::check_step(const Load& load) {
  EmptyPayload payload;
  for (const TargetRelation* relation : load.holds) payload.relations.push_back(relation->label());
  payload.held = load.sources.front()->cuts.has_value();
  Step step;
  step.action = kEmptyAction;
  step.payload = to_json(payload);
  return step;
}

// Steps of a group run in the order in which they are added, phase by phase; so what is referenced
// comes first.
void FillPlan::write_group(std::vector<std::size_t> loads) {
  if (loads_[loads.front()].sources.front()->cuts) return write_parts(loads.front());
  std::ranges::stable_sort(loads, std::greater{},
                           [&](std::size_t load) { return loads_[load].rank; });
  const std::string group = loads_[loads_[loads.front()].leader].name();
  for (const std::size_t number : loads) {
    Step start;
    start.statements = start_statements(number);
    add(loads_[number], group, loads_[number].name() + " start", start);
  }
  for (const std::size_t number : loads) write_kept_of(loads_[number], group);
  write_emptying(loads, group);
  for (const std::size_t number : loads)
    if (!adds_)
      add(loads_[number], group, loads_[number].name() + " check", check_step(loads_[number]));
  for (const std::size_t number : loads) write_rows(number, group);
  write_key_checks(loads, group);
  for (const std::size_t number : loads) write_end(number, group);
}

void FillPlan::write_rows(std::size_t number, const std::string& group) {
  const Load& load = loads_[number];
  for (const Table* table : load.sources) {
    Step step = load_step(load, *table, "");
    if (!children_.contains(table->oid)) step.provides.push_back({catalog::kClass, table->oid});
    step.provides.push_back({common::kStart, table->oid});
    step.provides.push_back({common::kRows, table->oid});
    if (table == load.sources.front()) step.provides.push_back(id(kBegin, number));
    if (table == load.sources.back()) step.provides.push_back(id(kRows, number));
    add(load, group, load.rows_key(*table), step);
  }
  wait_for_kept(number);
}

// As the table strategy's own parts, but for the table's definition.
void FillPlan::write_parts(std::size_t number) {
  const Load& load = loads_[number];
  const Table& table = *load.sources.front();
  PlanBuilder& plan = context_.plan();
  Step start = check_step(load);
  start.kind = "rows";
  start.provides = {id(kBegin, number), {common::kStart, table.oid}};
  start.whole = load.all_rows_key();
  start.again = emptying({number});
  write_kept_of(load, load.start_of_rows_key());
  add(load, load.start_of_rows_key(), load.start_of_rows_key(), start);
  wait_for_kept(number);

  const std::size_t parts = table.cuts->size() + 1;
  for (std::size_t part = 0; part < parts; ++part) {
    Step step = load_step(load, table, part_condition(table, part));
    step.kind = "rows";
    step.provides = {id(kCopied, copies_)};
    step.whole = load.all_rows_key();
    step.cost = table.size / parts;
    const std::string key =
        "rows of " + load.name() + ", part " + std::to_string(part + 1) + " of " +
        std::to_string(parts) +
        (part == 0 ? "" : ", from block " + std::to_string((*table.cuts)[part - 1]));
    add(load, key, key, step);
    plan.depend(id(kCopied, copies_), id(kBegin, number));
    plan.depend(id(kRows, number), id(kCopied, copies_));
    ++copies_;
  }
  Step all;
  all.kind = "rows";
  all.phase = Phase::load;
  all.provides = {id(kRows, number), {common::kRows, table.oid}};
  if (!children_.contains(table.oid)) all.provides.push_back({catalog::kClass, table.oid});
  add(load, load.all_rows_key(), load.all_rows_key(), all);
  write_end(number, "end of " + load.name());
}

void FillPlan::write_emptying(const std::vector<std::size_t>& loads, const std::string& group) {
  std::vector<std::size_t> emptied;
  std::ranges::copy_if(loads, std::back_inserter(emptied),
                       [&](std::size_t load) { return loads_[load].emptied; });
  if (emptied.empty()) return;
  Step step;
  step.statements = emptying(emptied);
  add(loads_[loads.front()], group, "emptying of " + group, step);
}

// What is deferred is checked before any load ends: neither triggers nor constraints of a table can
// be changed while checks of its rows are pending.
void FillPlan::write_key_checks(const std::vector<std::size_t>& loads, const std::string& group) {
  Step step;
  step.phase = Phase::finish;
  for (const std::size_t number : loads) {
    const auto keys = deferred_.find(number);
    for (const TargetKey* key : keys == deferred_.end() ? Keys{} : keys->second)
      step.statements.push_back("SET CONSTRAINTS " + key->qualified + " IMMEDIATE");
  }
  if (!step.statements.empty()) add(loads_[loads.front()], group, "keys of " + group, step);
}

void FillPlan::write_end(std::size_t number, const std::string& group) {
  const Load& load = loads_[number];
  for (const Table* table : load.sources)
    write_sequences(*table, group, load.into->label(), id(kRows, number));
  Step end;
  end.phase = Phase::finish;
  end.statements = end_statements(number);
  end.provides = {id(kEnd, number)};
  if (adds_ && load.sources.front()->cuts) name_kept(*load.sources.front(), end);
  add(load, group, load.name() + " end", end);
  context_.plan().depend(id(kEnd, number), id(kRows, number));
  if (!context_.options().boolean("analyze") || is_analyzed_apart(load)) return;
  Step analysis;
  analysis.phase = Phase::finish;
  common::set_analysis(analysis, load.into->label(), load.into->label());
  add(load, group, load.name() + " analysis", analysis);
}

void FillPlan::write_sequences(const Table& table, const std::string& group,
                               const std::string& label, ObjectId after) {
  for (const Sequence& sequence : table.sequences) {
    const auto found = sequences_.find(sequence.oid);
    if (found == sequences_.end()) continue;
    const TargetSequence* twin = found->second;
    Step step;
    step.kind = "sequence";
    step.phase = Phase::finish;
    step.existing = true;
    step.provides = {{catalog::kClass, sequence.oid}};
    if (!sequence.readable) {
      // It stays as it is.
    } else if (!sequence.last_value) {
      step.action = kSequenceAction;
      step.payload = to_json(SequencePayload{listed(sequence), twin->name, twin->owned});
    } else if (twin->owned) {
      step.statements = reset_sequence(twin->name, *sequence.last_value, sequence.is_called);
    } else {
      step.statements = {set_sequence_state(twin->name, *sequence.last_value, sequence.is_called)};
    }
    add_step(context_.plan(), group, "state of sequence " + twin->name, label, step);
    context_.plan().depend({catalog::kClass, sequence.oid}, after);
  }
}

// What computes something from a table's rows (a materialized view) takes those below along.
void FillPlan::write_whole(const Table& table) {
  const std::string name = "whole " + table_group(table);
  const ObjectId whole{kWhole, table.oid};
  Step step;
  step.kind = "rows";
  step.phase = Phase::load;
  step.provides = {whole, {catalog::kClass, table.oid}};
  step.existing = true;
  if (adds_ && is_kept(table)) name_kept(table, step);
  add_step(context_.plan(), name, name, target_label(table), step, table.target_schema);
  const auto own = load_by_table_.find(table.oid);
  if (own != load_by_table_.end()) context_.plan().depend(whole, id(kRows, own->second));
  for (const Table* child : children_[table.oid]) {
    const auto rows = load_by_table_.find(child->oid);
    if (rows != load_by_table_.end()) context_.plan().depend(whole, id(kRows, rows->second));
    context_.plan().depend(whole, {kWhole, child->oid});
  }
  if (table.partitioned) write_sequences(table, name, target_label(table), whole);
}

bool FillPlan::is_analyzed_apart(const Load& load) const {
  return load.tree != nullptr || load.sources.front()->cuts || load.into->has_statistics ||
         (load.into->kind == 'r' && load.into->has_children);
}

// A partitioned table takes its partitions along.
void FillPlan::write_analyses() {
  if (!context_.options().boolean("analyze")) return;
  std::map<std::string, std::vector<std::size_t>> wanted;
  for (std::size_t i = 0; i < loads_.size(); ++i)
    if (is_analyzed_apart(loads_[i])) wanted[loads_[i].whole().label()].push_back(i);
  for (const auto& [label, loads] : wanted) {
    Step step;
    step.kind = "analysis";
    step.existing = true;
    step.phase = Phase::finish;
    step.after = Milestone::loaded;
    common::set_analysis(step, label, label);
    step.provides = {{kAnalyzed, loads_[loads.front()].whole().oid}};
    for (const std::size_t load : loads) {
      step.effort += loads_[load].sources.front()->size;
      context_.plan().depend(step.provides.front(), id(kEnd, load));
    }
    const std::string name = "analysis of table " + label;
    add_step(context_.plan(), name, name, label, step);
  }
}

}  // namespace pgclone::table
