// What ties tables together, and so comes when their rows are there: foreign keys, and checks that
// call functions, which may read any other table.
//
// In a pool both take two tasks, as far as the server can do that. The first adds the constraint
// NOT VALID, which is done at once but locks writers out of two tables or of a tree; so these come
// one after another. The second validates it, under locks that let all other readers and
// validations of other tables be.
#include "catalog.hpp"
#include "common/moments.hpp"
#include "plan_steps.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// Of a smaller table the rows are checked sooner than another task is begun.
constexpr std::uint64_t kWorthATask = std::uint64_t{1} << 20;

// Foreign keys lock the referencing table first: two that go in opposite directions would deadlock.
// No table's lock can stand for all of them, since who references a table need not own it.
std::string one_after_another(const Table& table) {
  return "SELECT pg_catalog.pg_advisory_xact_lock(2606, n.oid::pg_catalog.int4)"
         " FROM pg_catalog.pg_namespace n WHERE n.nspname = " +
         sql::literal(table.target_schema);
}

}  // namespace

bool StepWriter::in_pool() const {
  return context_.target().supports(Capability::own_transactions) &&
         context_.options().integer("parallel") > 1;
}

// A job that resumes one in which it was only added has to validate it still, whatever the table's
// size is by now.
bool StepWriter::validates_apart(const Table& table, const std::string& group) const {
  return in_pool() && context_.request().include_data &&
         (table.size >= kWorthATask || context_.finished_before(group));
}

void StepWriter::write_validation(const Table& table, const std::string& group, Oid constraint,
                                  const std::string& name, Step step) {
  step.statements = {validate_constraint(table, name)};
  step.provides = {{common::kValidated, constraint}};
  // A validation takes about as long as the build of an index.
  step.effort = table.size / 4;
  add(table, "validation of " + group, step);
  context_.plan().depend({common::kValidated, constraint}, {catalog::kConstraint, constraint});
}

void StepWriter::write_late_checks(const Table& table) {
  for (const Check& check : table.checks) {
    if (!own_check(table, check)) continue;
    const std::string group = "check " + target_label(table) + " " + sql::identifier(check.name);
    Step step;
    step.kind = "constraint";
    step.phase = Phase::finish;
    const Step alike = step;
    const bool apart = in_pool() && context_.request().include_data && check.valid;
    step.after = in_pool() ? Milestone::copied : Milestone::loaded;
    if (in_pool()) step.statements.push_back(one_after_another(table));
    for (std::string& statement : add_check(table, check, check.valid && !apart)) {
      step.statements.push_back(std::move(statement));
    }
    step.provides = {{catalog::kConstraint, check.oid}};
    add(table, group, step);
    depend_on_tree(step.provides.front(), table);
    follow_children(table, check);
    if (!apart) continue;
    Step validation = alike;
    validation.after = Milestone::loaded;
    write_validation(table, group, check.oid, check.name, validation);
  }
}

// Such a key waits for its two tables alone, so that a worker may see to it while others still
// copy: no rows come to them through a partitioned table above, and nobody else locks them any
// more.
bool StepWriter::joins_lone_tables(const Table& table, const Table* referenced) const {
  const auto lone = [](const Table& one) {
    return !one.partitioned && one.link != Link::partition;
  };
  return in_pool() && lone(table) && (referenced == nullptr || lone(*referenced));
}

void StepWriter::write_foreign_keys(const Table& table) {
  for (const ForeignKey& key : table.foreign_keys) {
    const std::string group =
        "foreign key " + target_label(table) + " " + sql::identifier(key.name);
    Step step;
    step.kind = "foreign key";
    step.phase = Phase::finish;
    const Step alike = step;
    // Those of a partitioned table cannot be NOT VALID: all of it in one step, later.
    const bool apart = key.valid && !table.partitioned && validates_apart(table, group);
    const Table* const referenced = set_.find(key.referenced);
    if (!joins_lone_tables(table, referenced)) {
      step.after = table.partitioned ? Milestone::loaded : Milestone::copied;
    }
    if (in_pool()) step.statements.push_back(one_after_another(table));
    for (std::string& statement : add_foreign_key(table, key, key.valid && !apart)) {
      step.statements.push_back(std::move(statement));
    }
    step.provides = {{catalog::kConstraint, key.oid}};
    if (!apart) step.effort = table.size / 4;
    add(table, group, step);
    const ObjectId object = step.provides.front();
    depend_on_tree(object, table);
    if (referenced != nullptr)
      depend_on_tree(object, *referenced);
    else
      context_.plan().depend(object, {common::kRows, key.referenced});
    if (!apart) continue;
    Step validation = alike;
    if (step.after != Milestone::none) validation.after = Milestone::loaded;
    write_validation(table, group, key.oid, key.name, validation);
  }
}

// A check of a parent merges into the ones that its children declare themselves, not the other way
// round.
void StepWriter::follow_children(const Table& table, const Check& check) {
  for (const Table* child : tree_of(table, children_)) {
    if (child == &table) continue;
    for (const Check& own : child->checks) {
      if (own.name != check.name || !own_check(*child, own)) continue;
      context_.plan().depend({catalog::kConstraint, check.oid}, {catalog::kConstraint, own.oid});
    }
  }
}

}  // namespace pgclone::table
