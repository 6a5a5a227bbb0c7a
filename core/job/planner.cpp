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
  return {sql::identifier(spec.schema) + ", " + plain,
          sql::identifier(target_schema) + ", " + plain};
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

std::string schema_group(std::string_view schema) {
  return "schema " + sql::identifier(schema);
}

// A schema clone makes its schema itself; a table is staged in one that the host makes.
void add_staging_schema(plan::Builder& builder, std::string_view schema) {
  const std::string name = sql::identifier(schema);
  const std::string create = "CREATE SCHEMA IF NOT EXISTS " + name;
  const std::string_view statements[] = {create};
  const std::string group = schema_group(schema);
  StepSpec step;
  step.group = step.key = group;
  step.kind = "schema";
  step.label = name;
  step.statements = statements;
  builder.set_strategy("");
  builder.add(step);
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
  if (staged && !spec.table.empty()) add_staging_schema(builder, target_schema);
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

void leave_out_done(PlannedJob& job, const std::unordered_set<std::string>& done) {
  for (auto& task : job.plan.tasks) {
    const auto is_done = [&](const plan::Step& step) { return done.contains(step.key); };
    const bool all =
        !task.is_milestone() && std::all_of(task.steps.begin(), task.steps.end(), is_done);
    job.done.push_back(all);
    if (!all) std::erase_if(task.steps, is_done);
  }
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

PlannedJob plan_job(const PlanInput& input) {
  const JobSpec& spec = input.spec;
  const bool same_database = refuse_clone_onto_itself(input);
  PlannedJob job;
  std::string schema = spec.schema;
  plan::Builder builder = collect(input, schema, same_database);
  const auto strategy = [&]() -> const ConflictStrategy& {
    return input.ports.plugins.conflict(input.options.text("conflict"));
  };
  const auto resolved =
      conflict::resolve(builder, {input.ports.target, input.options, strategy, input.done});
  if (!resolved.replaced.empty() || input.staged) {
    schema = job.staging = input.staging_name;
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
  leave_out_done(job, input.done);
  return job;
}

}  // namespace pgclone::job
