#include "job/planner.hpp"

#include <algorithm>

#include "conflict/staging.hpp"
#include "job/plan_session.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "plan/builder.hpp"

namespace pgclone::job {
namespace {

// A whole schema under another name: the server prints and resolves its own references without the
// schema. Everything else: fully qualified, the safest (docs/architecture.md, "Names").
SearchPaths paths_for(const JobSpec& spec, std::string_view target_schema) {
  const std::string plain = "pg_catalog, pg_temp";
  if (!spec.table.empty() || spec.schema == target_schema) return {plain, plain};
  // pg_catalog comes first, or an operator of the schema could capture our own catalog queries and
  // run its owner's code as the role that clones.
  return {"pg_catalog, " + sql::identifier(spec.schema) + ", pg_temp",
          "pg_catalog, " + sql::identifier(target_schema) + ", pg_temp"};
}

// Equal on both sides only when a job clones within one database. The start time tells a server
// from its promoted standby, which shares everything else.
std::string database_identity(Session& session) {
  const Result& row = session.query(
      "SELECT c.system_identifier::text || ':' || d.oid::text || ':' || "
      "EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time())::text "
      "FROM pg_catalog.pg_control_system() c, pg_catalog.pg_database d "
      "WHERE d.datname = pg_catalog.current_database()");
  return std::string(row.text(0, 0));
}

bool refuse_clone_onto_itself(const PlanInput& input) {
  if (database_identity(input.source.keeper()) != database_identity(input.ports.target))
    return false;
  const JobSpec& spec = input.spec;
  const bool same_name = spec.target_table.empty() || spec.target_table == spec.table;
  if (spec.table.empty() || same_name)
    throw Error(sqlstate::kInvalidParameterValue,
                (spec.table.empty() ? "schema " + sql::identifier(spec.schema)
                                    : "table " + sql::qualified(spec.schema, spec.table)) +
                    " cannot be cloned onto itself")
        .with_detail("The source is the very database that the clone would be written to.")
        .with_hint("Give another target name, or another source.");
  return true;
}

// A plain CREATE SCHEMA: a schema of that name that somebody else has made is not ours to fill.
void add_staging_schema(plan::Builder& builder, std::string_view schema) {
  const std::string name = sql::identifier(schema);
  const std::string create = "CREATE SCHEMA " + name;
  const std::string_view statements[] = {create};
  const std::string group = schema_group(schema);
  const std::string key = "staging " + group;
  StepSpec step;
  step.group = group;
  step.key = key;
  step.kind = "schema";
  step.label = name;
  step.statements = statements;
  builder.set_strategy("");
  builder.add(step);
}

bool schema_exists(Session& target, std::string_view schema) {
  const Param params[] = {schema};
  return target
             .query("SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = $1::text", params)
             .integer(0, 0) > 0;
}

std::string free_schema_name(Session& target, const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; schema_exists(target, name); ++i) name = wanted + "_" + std::to_string(i);
  return name;
}

// In renamed mode an object of the schema that pg_catalog hides would be printed with the old
// schema's name, and so mean the old object.
void refuse_hidden_objects(Session& source, std::string_view schema) {
  const Param params[] = {schema};
  const Result& rows = source.query(
      "SELECT x.kind || ' ' || x.name FROM pg_catalog.pg_namespace n, LATERAL ("
      "SELECT 'relation' AS kind, c.relname::text AS name FROM pg_catalog.pg_class c "
      "JOIN pg_catalog.pg_class h ON h.relname = c.relname AND h.relnamespace = 11 "
      "WHERE c.relnamespace = n.oid "
      "UNION SELECT 'type', t.typname::text FROM pg_catalog.pg_type t "
      "JOIN pg_catalog.pg_type h ON h.typname = t.typname AND h.typnamespace = 11 "
      "WHERE t.typnamespace = n.oid "
      "UNION SELECT 'function', p.oid::pg_catalog.regprocedure::text FROM pg_catalog.pg_proc p "
      "JOIN pg_catalog.pg_proc h ON h.proname = p.proname AND h.pronamespace = 11 "
      "AND h.proargtypes = p.proargtypes WHERE p.pronamespace = n.oid "
      "UNION SELECT 'operator', o.oid::pg_catalog.regoperator::text FROM pg_catalog.pg_operator o "
      "JOIN pg_catalog.pg_operator h ON h.oprname = o.oprname AND h.oprnamespace = 11 "
      "AND h.oprleft = o.oprleft AND h.oprright = o.oprright WHERE o.oprnamespace = n.oid"
      ") x WHERE n.nspname = $1::text ORDER BY 1",
      params);
  if (rows.rows() == 0) return;
  std::string list;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    list += (list.empty() ? "" : "\n") + std::string(rows.text(row, 0));
  throw Error(sqlstate::kFeatureNotSupported,
              "schema " + sql::identifier(schema) +
                  " has objects that bear the names of built-in ones, and so can only be cloned "
                  "under its own name, with nothing to replace")
      .with_detail(list)
      .with_hint("Rename them on the source, or clone into a database without the schema.");
}

plan::Builder collect(const PlanInput& input, std::string_view target_schema, bool same_database) {
  const JobSpec& spec = input.spec;
  const bool staged = target_schema != spec.schema;
  const SearchPaths paths = paths_for(spec, target_schema);
  input.source.set_search_path(paths.source);
  prepare_target(input.ports.target, paths);

  plan::Builder builder;
  const std::string_view relation = spec.table;
  CloneRequest request;
  request.source_schema = spec.schema;
  if (!spec.table.empty()) request.relations = {&relation, 1};
  request.target_schema = target_schema;
  request.target_relation = spec.target_table;
  request.include_data = spec.include_data;
  request.schema_will_exist = staged;
  if (staged) add_staging_schema(builder, target_schema);
  if (staged && spec.table.empty()) refuse_hidden_objects(input.source.keeper(), spec.schema);
  PlanSession session(input, builder, same_database);
  session.plan_with(spec.strategy, request);
  return builder;
}

// The schema comes before everything, the swap after everything.
void order_ends(plan::Plan& plan, std::string_view target_schema) {
  const auto number_of = [&](std::string_view key) {
    for (std::uint32_t i = 0; i < plan.tasks.size(); ++i)
      for (const auto& step : plan.tasks[i].steps)
        if (step.group == key) return i;
    return static_cast<std::uint32_t>(plan.tasks.size());
  };
  const auto require = [&](std::uint32_t before, std::uint32_t after) {
    auto& list = plan.tasks[before].required_by;
    if (before != after && std::find(list.begin(), list.end(), after) == list.end())
      list.push_back(after);
  };
  const std::uint32_t schema = number_of(schema_group(target_schema));
  const std::uint32_t swap = number_of(conflict::kSwapGroup);
  const auto none = static_cast<std::uint32_t>(plan.tasks.size());
  for (std::uint32_t i = 0; i < none; ++i) {
    if (plan.tasks[i].is_milestone()) continue;
    if (schema != none && i != swap) require(schema, i);
    if (swap != none) require(i, swap);
  }
}

// What must be done again takes along what needs it: a table that was dropped since has lost its
// foreign keys, too.
void redo_what_needs(PlannedJob& job, std::uint32_t task) {
  std::vector<std::uint32_t> work{task};
  while (!work.empty()) {
    const std::uint32_t next = work.back();
    work.pop_back();
    for (const auto dependent : job.plan.tasks[next].required_by)
      if (job.done[dependent]) {
        job.done[dependent] = false;
        work.push_back(dependent);
      }
  }
}

[[noreturn]] void refuse_half_loaded(const plan::Step& step) {
  throw Error(sqlstate::kObjectNotInPrerequisiteState,
              step.kind + " " + step.label + " cannot be resumed")
      .with_detail(
          "The job that is resumed had put a part of its rows among rows that were there before.")
      .with_hint("Remove them, and clone the table with {\"split_bytes\": 0}.");
}

// What was done as a part of something that was not finished is taken back first.
void take_back_halves(PlannedJob& job, const std::unordered_set<std::string>& done) {
  std::unordered_set<std::string> taken_back;
  std::vector<const plan::Step*> halves;
  for (auto& task : job.plan.tasks)
    for (auto& step : task.steps) {
      if (step.whole.empty() || done.contains(step.whole) || !done.contains(step.key)) continue;
      halves.push_back(&step);
      if (step.again.empty()) continue;
      taken_back.insert(step.whole);
      step.statements.insert(step.statements.begin(), step.again.begin(), step.again.end());
    }
  for (const auto* step : halves)
    if (!taken_back.contains(step->whole)) refuse_half_loaded(*step);
}

void mark_done(PlannedJob& job, const std::unordered_set<std::string>& done) {
  const auto is_done = [&](const plan::Step& step) {
    return done.contains(step.whole.empty() ? step.key : step.whole);
  };
  for (const auto& task : job.plan.tasks) {
    job.done.push_back(!task.is_milestone() && std::ranges::all_of(task.steps, is_done));
  }
  for (std::uint32_t i = 0; i < job.plan.tasks.size(); ++i)
    if (!job.done[i] && !job.plan.tasks[i].is_milestone()) redo_what_needs(job, i);
  take_back_halves(job, done);
}

void add_up(PlannedJob& job) {
  for (const auto& task : job.plan.tasks) {
    job.bytes_total += task.cost;
    if (plan::counts_as_table(task)) ++job.tables_total;
  }
}

}  // namespace

void prepare_target(Session& target, const SearchPaths& paths) {
  const Param params[] = {std::string_view(paths.target)};
  target.query(
      "SELECT pg_catalog.set_config('search_path', $1::text, true), "
      "pg_catalog.set_config('check_function_bodies', 'off', true), "
      "pg_catalog.set_config('xmloption', 'content', true)",
      params);
}

std::string schema_group(std::string_view schema) {
  return "schema " + sql::identifier(schema);
}

PlannedJob plan_job(const PlanInput& input) {
  const JobSpec& spec = input.spec;
  Session& target = input.ports.target;
  const bool same_database = refuse_clone_onto_itself(input);
  PlannedJob job;
  std::string schema = spec.schema;
  plan::Builder builder = collect(input, schema, same_database);
  const auto strategy = [&]() -> const ConflictStrategy& {
    return input.ports.plugins.conflict(input.options.text("conflict"));
  };
  conflict::Resolved resolved;
  // After the swap nothing is in the way any more: what has the names is the clone.
  const bool swapped = input.done.contains(std::string(conflict::kSwapGroup));
  if (!swapped)
    resolved = conflict::resolve(builder, {target, input.options, strategy, input.done});
  if (!resolved.replaced.empty() || input.staged) {
    schema = job.staging =
        input.staged ? input.staging_name : free_schema_name(target, input.staging_name);
    builder = collect(input, schema, same_database);
    conflict::add_swap(builder, schema, spec.schema, resolved.replaced);
  }
  for (const auto& notice : resolved.notices)
    input.ports.reporter.report(Severity::notice, notice, {}, {});
  job.skipped = resolved.skipped;
  job.paths = paths_for(spec, schema);
  job.plan = plan::compile(std::move(builder.steps), builder.dependencies);
  order_ends(job.plan, schema);
  add_up(job);
  // Whoever dropped the schema dropped what was done in it; the staging schema goes with the swap.
  const std::unordered_set<std::string> nothing;
  const bool gone = !schema_exists(target, schema) && !swapped;
  mark_done(job, gone ? nothing : input.done);
  return job;
}

}  // namespace pgclone::job
