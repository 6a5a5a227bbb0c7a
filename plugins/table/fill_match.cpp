// Where rows go: each table of the source to the target's of its name. Partitions go straight to
// partitions where both trees are the same, else all rows of a tree go through the target's root.
#include <algorithm>

#include "fill_plan.hpp"
#include "row.hpp"

namespace pgclone::table {

std::vector<const Table*> FillPlan::tree_of(const Table& top) const {
  std::vector<const Table*> tree{&top};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto below = children_.find(tree[i]->oid);
    if (!tree[i]->partitioned || below == children_.end()) continue;
    tree.insert(tree.end(), below->second.begin(), below->second.end());
  }
  return tree;
}

// By the options, or since they are foreign tables. Their twins on the target are left alone.
void FillPlan::find_left_out() {
  std::vector<Oid> partitioned;
  for (const Table& table : set_.tables())
    if (table.partitioned) partitioned.push_back(table.oid);
  if (partitioned.empty()) return;
  const std::string oids = oid_array(partitioned);
  const Param params[] = {oids};
  const Result& result = context_.source().query(R"sql(
SELECT c.oid, n.nspname, c.relname
FROM pg_catalog.pg_inherits i
JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE i.inhparent = ANY($1::pg_catalog.oid[]))sql",
                                                 params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    if (set_.find(row.oid()) != nullptr) continue;
    const std::string schema = row.text();
    const CloneRequest& request = context_.request();
    left_out_.emplace(schema == request.source_schema ? std::string(request.target_schema) : schema,
                      row.text());
  }
}

bool FillPlan::is_left_out(const TargetRelation& relation) const {
  return left_out_.contains({relation.schema, relation.name});
}

void FillPlan::match() {
  find_left_out();
  std::set<RelationName> names;
  for (const Table& table : set_.tables()) {
    names.emplace(table.target_schema, table.target_name);
    for (const Parent& parent : table.parents)
      if (set_.find(parent.oid) != nullptr) children_[parent.oid].push_back(&table);
  }
  target_ = read_target(context_.target(), names);
  for (const Table& table : set_.tables()) {
    const bool below =
        table.is_partition && std::ranges::any_of(table.parents, [&](const Parent& parent) {
          return set_.find(parent.oid) != nullptr;
        });
    if (below) continue;
    const TargetRelation* into = target_.find(table.target_schema, table.target_name);
    if (into == nullptr) {
      problems_.emplace_back(sqlstate::kUndefinedTable,
                             "table " + target_label(table) + " does not exist");
    } else {
      match_tree(table, *into);
    }
  }
  number_loads();
}

void FillPlan::match_tree(const Table& top, const TargetRelation& into) {
  check_kind(top, into);
  const std::vector<const Table*> tree = tree_of(top);
  std::vector<const Table*> leaves;
  for (const Table* table : tree)
    if (!table->partitioned) leaves.push_back(table);
  if (leaves.empty()) return;
  if (!top.partitioned || !same_partitions(tree, into)) {
    add_load(into, leaves, nullptr);
    return;
  }
  for (const Table* leaf : leaves)
    add_load(*target_.find(leaf->target_schema, leaf->target_name), {leaf}, &into);
}

// By name, bound, key and parent; and none besides, which could claim a default partition's rows,
// but for those that are left out on purpose.
bool FillPlan::same_partitions(const std::vector<const Table*>& tree,
                               const TargetRelation& into) const {
  if (into.kind != 'p') return false;
  std::vector<const TargetRelation*> twins{&into};
  for (std::size_t i = 0; i < twins.size(); ++i)
    for (const TargetRelation* below : target_.below(*twins[i]))
      if (!is_left_out(*below)) twins.push_back(below);
  if (twins.size() != tree.size()) return false;
  return std::ranges::all_of(tree, [&](const Table* table) {
    const TargetRelation* twin = target_.find(table->target_schema, table->target_name);
    if (twin == nullptr || table->rehashes || table->partition_key != twin->key ||
        twin->kind != (table->partitioned ? 'p' : 'r')) {
      return false;
    }
    if (table == tree.front()) return true;
    const Table* parent = set_.find(table->parents.front().oid);
    const TargetRelation* above =
        parent == nullptr ? nullptr : target_.find(parent->target_schema, parent->target_name);
    return above != nullptr && twin->parent == above->oid && twin->bound == table->partition_bound;
  });
}

void FillPlan::add_load(const TargetRelation& into, std::vector<const Table*> sources,
                        const TargetRelation* tree) {
  Load load;
  load.into = &into;
  load.sources = std::move(sources);
  load.around = target_.tree(into);
  load.tree = tree;
  for (const TargetRelation* relation : load.around) {
    if (relation != &into && is_left_out(*relation))
      problems_.emplace_back("42809", "table " + relation->label() +
                                          ", which is left out, would get rows of " +
                                          source_label(*load.sources.front()) +
                                          ", whose partitions are others on the target");
    if (relation->kind == 'p') continue;
    load.holds.push_back(relation);
    if (relation != &into) check_kind(*load.sources.front(), *relation);
  }
  loads_.push_back(std::move(load));
}

void FillPlan::number_loads() {
  load_by_relation_.clear();
  load_by_table_.clear();
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    Load& load = loads_[i];
    load.leader = i;
    for (const Table* table : load.sources) load_by_table_[table->oid] = i;
    for (const TargetRelation* held : load.holds) {
      const auto [other, fresh] = load_by_relation_.emplace(held->oid, i);
      if (fresh || other->second == i) continue;
      problems_.emplace_back("42809", "table " + held->label() + " would get rows of " +
                                          source_label(*loads_[other->second].sources.front()) +
                                          " and of " + source_label(*load.sources.front()));
    }
  }
}

}  // namespace pgclone::table
