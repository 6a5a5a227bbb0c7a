#include "plan_steps.hpp"

#include <set>

#include "catalog.hpp"
#include "common/moments.hpp"
#include "payload.hpp"
#include "row.hpp"
#include "sent_rows.hpp"

namespace pgclone::table {

namespace {

// A frozen table has a file more, its visibility map, and making a file costs more than a later
// vacuum of a table below this size.
constexpr std::uint64_t kWorthFreezing = 1024 * 1024;

}  // namespace

StepWriter::StepWriter(PlanContext& context, const TableSet& set,
                       const std::map<Oid, TypeInfo>& types, Naming naming)
    : context_(context),
      set_(set),
      types_(types),
      naming_(std::move(naming)),
      operators_(common::ImplicitOperators::read(context.source(), naming_.source_schema)) {}

void StepWriter::write() {
  for (const Table& table : set_.tables()) {
    for (const Index& index : table.indexes) {
      index_labels_[index.oid] = sql::qualified(table.target_schema, index.target_name);
    }
    if (table.link == Link::none) continue;
    for (const Parent& parent : table.parents) children_[parent.oid].push_back(&table);
  }
  if (context_.request().include_data) find_routes();
  find_late_rows();
  find_incomplete_indexes();
  for (const Table& table : set_.tables()) write_table(table);
  write_names();
  for (const Table& table : set_.tables()) {
    write_incomplete_indexes(table);
    write_late_checks(table);
    write_foreign_keys(table);
    write_attachments(table);
    write_analysis_apart(table);
  }
  write_dependencies();
}

void StepWriter::add(const Table& table, const std::string& group, Step step) {
  step.statements = operators_.in_sight(step.provides, std::move(step.statements));
  for (const ObjectId& object : step.provides) {
    providers_[{object.classid, object.objid}] = group + step.key;
  }
  add_step(context_.plan(), group, group, target_label(table), step, table.target_schema,
           {catalog::kClass, table.oid});
}

void StepWriter::write_table(const Table& table) {
  const std::string group = table_group(table);
  write_sequences(table, group);
  write_definition(table, group);
  if (is_cut(table)) {
    write_in_parts(table, group);
    return;
  }
  const bool loads = context_.request().include_data && !table.partitioned;
  if (loads && !is_late(table)) write_load(table, group);
  if (context_.request().include_data) write_sequence_states(table, group);
  write_indexes(table, group);
  if (loads && is_late(table)) write_late_rows(table, group);
  write_finish(table, group);
  write_analysis(table, group);
}

// The sequence of an identity column comes with the table; its step only claims the name.
void StepWriter::write_sequences(const Table& table, const std::string& group) {
  for (const Sequence& sequence : table.sequences) {
    Step step;
    step.key = " sequence " + sql::identifier(sequence.target_name);
    step.kind = "sequence";
    step.statements = create_sequence(table, sequence);
    if (!sequence.identity) step.provides = {{catalog::kClass, sequence.oid}};
    step.creates_kind = "SEQUENCE";
    step.creates = sequence.target_name;
    add(table, group, step);
  }
}

void StepWriter::write_definition(const Table& table, const std::string& group) {
  Step step;
  // What users count as the table is what ends it.
  if (is_cut(table)) step.kind = "definition";
  step.statements = create_table(table, naming_);
  step.statements.insert(step.statements.end(), table.rights.begin(), table.rights.end());
  step.provides = {{catalog::kClass, table.oid}, {catalog::kType, table.row_type}};
  if (table.array_type != 0) step.provides.push_back({catalog::kType, table.array_type});
  for (const Sequence& sequence : table.sequences) {
    if (sequence.identity) step.provides.push_back({catalog::kClass, sequence.oid});
  }
  for (const Column& column : table.columns) {
    if (inline_default(table, column)) {
      step.provides.push_back({catalog::kAttrdef, column.default_oid});
    }
  }
  for (const Check& check : table.checks) {
    if (!check.separate()) step.provides.push_back({catalog::kConstraint, check.oid});
  }
  step.creates_kind = "TABLE";
  step.creates = table.target_name;
  step.belongs_to_table = false;
  add(table, group, step);

  for (const Column& column : table.columns) {
    if (!column.default_text || inline_default(table, column)) continue;
    Step later;
    later.key = " default " + sql::identifier(column.name);
    later.statements = {set_default(table, column)};
    later.provides = {{catalog::kAttrdef, column.default_oid}};
    add(table, group, later);
  }
}

Step StepWriter::load_step(const Table& table, const std::string& part) const {
  CopyPayload payload;
  for (const Column& column : table.columns) {
    if (!column.generated) payload.columns.push_back(column.name);
  }
  const auto route = routers_.find(table.oid);
  const Table& into = route == routers_.end() ? table : *route->second;
  payload.schema = into.target_schema;
  payload.relation = into.target_name;
  payload.format = copy_format(context_.options(), table, text_only_column(table, types_));
  payload.freeze =
      part.empty() && table.size >= kWorthFreezing && context_.options().boolean("freeze");
  return copy_step(set_, table, part, std::move(payload));
}

void StepWriter::write_load(const Table& table, const std::string& group) {
  Step step = load_step(table, "");
  step.provides = {{common::kStart, table.oid}, {common::kRows, table.oid}};
  const auto route = routers_.find(table.oid);
  if (route == routers_.end() || route->second == &table) {
    step.key = kRowsKey;
    add(table, group, step);
    return;
  }
  add(table, "rows of " + group, step);
  depend_on_tree({common::kRows, table.oid}, *route->second);
}

void StepWriter::write_sequence_states(const Table& table, const std::string& group) {
  for (const Sequence& sequence : table.sequences) {
    if (!sequence.readable) continue;
    const std::string target = sql::qualified(table.target_schema, sequence.target_name);
    Step step;
    step.key = " state of sequence " + sql::identifier(sequence.target_name);
    step.kind = "sequence";
    step.phase = Phase::finish;
    if (sequence.last_value) {
      step.statements = {set_sequence_state(target, *sequence.last_value, sequence.is_called)};
    } else {
      step.action = kSequenceAction;
      step.payload = to_json(SequencePayload{listed(sequence), target});
    }
    add(table, group, step);
  }
}

void StepWriter::write_finish(const Table& table, const std::string& group) {
  for (const Statistics& statistics : table.statistics) {
    Step step;
    step.key = " statistics " + sql::identifier(statistics.target_name);
    step.kind = "statistics";
    step.phase = Phase::finish;
    step.statements = create_statistics(table, statistics);
    step.provides = {{catalog::kStatisticExt, statistics.oid}};
    step.creates_kind = "STATISTICS";
    step.creates = statistics.target_name;
    add(table, group, step);
  }
  if (!table.labels.empty()) {
    Step labels;
    labels.key = " security labels";
    labels.kind = "security label";
    labels.phase = Phase::finish;
    labels.statements = table.labels;
    add(table, group, labels);
  }
  const bool waits = scattered_.contains(table.oid);
  for (const Trigger& trigger : table.triggers) {
    Step step;
    step.key = " trigger " + sql::identifier(trigger.name);
    step.kind = "trigger";
    step.phase = Phase::finish;
    step.statements = create_trigger(table, trigger);
    step.provides = {{catalog::kTrigger, trigger.oid}};
    if (trigger.constraint != 0) {
      step.provides.push_back({catalog::kConstraint, trigger.constraint});
    }
    add(table, waits ? "triggers of " + group : group, step);
    if (waits) wait_for_rows(table, step.provides.front());
  }
  Step settings;
  settings.key = " settings";
  settings.phase = Phase::finish;
  settings.statements = final_settings(table);
  settings.provides = {{kSettings, table.oid}};
  if (settings.statements.empty()) return;
  add(table, waits ? "settings of " + group : group, settings);
  if (waits) wait_for_rows(table, settings.provides.front());
}

// Groups of their own: they may need other tables of the clone.
void StepWriter::write_attachments(const Table& table) {
  for (const common::Attachment& item : table.attachments) {
    Step step;
    step.kind = item.kind.name;
    step.phase = Phase::finish;
    step.statements = common::create_attachment(item, target_label(table));
    step.provides = {item.id};
    add(table, common::attachment_key(item, target_label(table)), step);
  }
}

void StepWriter::depend_on_tree(ObjectId object, const Table& table) {
  for (const Table* part : tree_of(table, children_)) {
    context_.plan().depend(object, {catalog::kClass, part->oid});
    context_.plan().depend(object, {kEnd, part->oid});
    for (const Oid partition : part->foreign_partitions) {
      context_.plan().depend(object, {catalog::kClass, partition});
    }
  }
}

void StepWriter::find_routes() {
  for (const Table& table : set_.tables()) {
    std::vector<const Table*> path;
    if (table.partitioned && table.link != Link::partition) collect_leaves(table, nullptr, path);
  }
}

// `router`: the topmost table above that may spread its rows otherwise; `path`: all tables above.
void StepWriter::collect_leaves(const Table& table, const Table* router,
                                std::vector<const Table*>& path) {
  if (router == nullptr && table.rehashes) router = &table;
  path.push_back(&table);
  if (router != nullptr) routers_[table.oid] = router;
  if (!table.partitioned && router != nullptr) {
    for (const Table* above : path) scattered_[above->oid].push_back(table.oid);
  }
  const auto children = children_.find(table.oid);
  if (children != children_.end()) {
    for (const Table* child : children->second) collect_leaves(*child, router, path);
  }
  path.pop_back();
}

void StepWriter::wait_for_rows(const Table& table, ObjectId object) {
  // Every partition below the router may get rows of any other.
  const auto route = routers_.find(table.oid);
  const Oid top = route == routers_.end() ? table.oid : route->second->oid;
  for (const Oid leaf : scattered_.at(top)) context_.plan().depend(object, {common::kRows, leaf});
}

void StepWriter::write_dependencies() {
  // A sequence depends on the column that owns it, but is made before it; and a partition's index
  // on the one that it is part of.
  std::set<Oid> sequences;
  std::set<std::pair<Oid, Oid>> made_last;
  for (const Table& table : set_.tables()) {
    for (const Sequence& sequence : table.sequences) sequences.insert(sequence.oid);
    for (const Index& index : table.indexes) {
      if (!index.incomplete) continue;
      made_last.insert({catalog::kClass, index.oid});
      made_last.insert({catalog::kConstraint, index.constraint});
    }
  }
  std::vector<ObjectId> objects;
  for (const auto& [object, unused] : providers_) {
    if (object.first == catalog::kClass && sequences.contains(object.second)) continue;
    objects.push_back({object.first, object.second});
  }
  for (const Dependency& dependency : read_dependencies(context_.source(), objects)) {
    const ObjectId& from = dependency.dependent;
    const ObjectId& to = dependency.referenced;
    const auto provider = providers_.find({to.classid, to.objid});
    const auto own = providers_.find({from.classid, from.objid});
    if (own == providers_.end()) continue;
    if (provider != providers_.end() && provider->second == own->second) continue;
    if (made_last.contains({to.classid, to.objid})) continue;
    // The catalog has it the other way round.
    const auto taken_over = taken_over_.find(from.objid);
    if (from.classid == catalog::kClass && to.classid == catalog::kConstraint &&
        taken_over != taken_over_.end() && taken_over->second == to.objid) {
      context_.plan().depend(to, from);
      continue;
    }
    context_.plan().depend(from, to);
  }
}

}  // namespace pgclone::table
