#include "job/planner.hpp"

#include <algorithm>
#include <functional>
#include <iterator>

#include "conflict/staging.hpp"
#include "job/hidden_objects.hpp"
#include "job/plan_check.hpp"
#include "job/plan_session.hpp"
#include "job/search_paths.hpp"
#include "job/settings.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "plan/builder.hpp"

namespace pgclone::job {
namespace {

std::string goal_of(const PlanInput& input) {
  if (!input.options.given("target_schema")) return input.spec.schema;
  std::string goal(input.options.text("target_schema"));
  if (goal.empty())
    throw Error(sqlstate::kInvalidParameterValue, "option \"target_schema\" is empty")
        .with_detail("It is the name of the schema that the clone goes to.")
        .with_hint("Leave the option out to clone into a schema of the same name.");
  return goal;
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

bool refuse_clone_onto_itself(const PlanInput& input, std::string_view goal) {
  if (database_identity(input.source.keeper()) != database_identity(input.ports.target))
    return false;
  const JobSpec& spec = input.spec;
  const bool same_name = spec.target_table.empty() || spec.target_table == spec.table;
  if (spec.schema == goal && (spec.table.empty() || same_name))
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
  const std::string key = staging_key(schema);
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

// After the swap nothing is in the way any more: what has the names is the clone.
bool is_swapped(const Earlier& earlier) {
  return earlier.steps.contains(std::string(conflict::kSwapGroup));
}

// Whether the clone was begun in a schema beside, which is still the one that was made for it.
bool is_staged(const Earlier& earlier) {
  return !earlier.staging.empty() &&
         (is_swapped(earlier) || earlier.steps.contains(staging_key(earlier.staging)));
}

// Objects that pg_catalog hides are made under the source's name, where the text that names them
// means them, as long as that name is free; ALTER SCHEMA … RENAME takes them along. A job that is
// resumed has begun so.
bool must_be_renamed_at_end(const PlanInput& input, const std::string& goal) {
  const JobSpec& spec = input.spec;
  if (spec.schema == goal || !spec.table.empty() || is_staged(input.earlier) ||
      input.options.boolean("data_only"))
    return false;
  if (input.earlier.steps.contains(staging_key(spec.schema))) return true;
  Session& target = input.ports.target;
  if (schema_exists(target, spec.schema) || schema_exists(target, goal)) return false;
  return has_hidden_objects(input.source.keeper(), spec);
}

Place place_of(const PlanInput& input) {
  const std::string goal = goal_of(input);
  if (!must_be_renamed_at_end(input, goal)) return {goal, goal};
  const std::string schema = sql::identifier(input.spec.schema);
  input.reporter.report(
      Severity::notice, "schema " + schema + " becomes " + sql::identifier(goal) + " at the end",
      "It has objects that bear the names of built-in ones; until all is there, the clone is "
      "schema " +
          schema + " on the target.",
      {});
  return {input.spec.schema, goal, true};
}

plan::Builder collect(const PlanInput& input, const Place& place, bool same_database,
                      const conflict::Names& existing, SearchPaths& paths) {
  const JobSpec& spec = input.spec;
  paths = search_paths(spec, place, input.source.keeper(), input.ports.target);
  input.source.set_search_path(paths.source);
  prepare_target(input.ports.target, paths.target);

  plan::Builder builder;
  const std::string_view relation = spec.table;
  CloneRequest request;
  request.source_schema = spec.schema;
  if (!spec.table.empty()) request.relations = {&relation, 1};
  request.target_schema = place.schema;
  request.final_schema = place.goal;
  request.target_relation = spec.target_table;
  request.include_data = spec.include_data && !input.options.boolean("schema_only");
  request.schema_will_exist = place.staged();
  if (place.schema != place.goal) add_staging_schema(builder, place.schema);
  PlanSession session(input, builder, same_database, existing);
  session.plan_with(spec.strategy, request);
  if (input.ports.statements != nullptr)
    check_plan(builder.steps, {.reader = *input.ports.statements,
                               .waiter = input.ports.waiter,
                               .schema = place.schema,
                               .into_existing = input.options.boolean("data_only")});
  if (place.renamed_at_end) conflict::add_rename(builder, place.schema, place.goal);
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
void redo_what_needs(PlannedJob& job, std::uint32_t task, std::vector<bool>& redone) {
  std::vector<std::uint32_t> work{task};
  while (!work.empty()) {
    const std::uint32_t next = work.back();
    work.pop_back();
    if (redone[next]) continue;
    redone[next] = true;
    job.done[next] = false;
    for (const auto dependent : job.plan.tasks[next].required_by) work.push_back(dependent);
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

// What was finished stays, also where the source has more of it by now: a new index of a finished
// table is all that is left of its task.
void drop_finished_steps(PlannedJob& job, const std::vector<bool>& redone,
                         const std::function<bool(const plan::Step&)>& is_done) {
  for (std::size_t i = 0; i < job.plan.tasks.size(); ++i)
    if (!job.done[i] && !redone[i]) std::erase_if(job.plan.tasks[i].steps, is_done);
}

void remember_rest(PlannedJob& job, const std::unordered_set<std::string>& done) {
  std::unordered_set<std::string_view> told;
  for (const auto& task : job.plan.tasks)
    for (const auto& step : task.steps)
      if (step.whole.empty() || done.contains(step.whole)) told.insert(step.key);
  for (const auto& key : done)
    if (!told.contains(key)) job.remembered.push_back(key);
}

void mark_done(PlannedJob& job, const Earlier& earlier) {
  const auto& done = earlier.steps;
  const auto is_done = [&](const plan::Step& step) {
    return done.contains(step.whole.empty() ? step.key : step.whole);
  };
  const auto is_lost = [&](const plan::Step& step) {
    return !done.contains(step.key) && earlier.lost.contains(step.key);
  };
  for (const auto& task : job.plan.tasks)
    job.done.push_back(!task.is_milestone() && std::ranges::all_of(task.steps, is_done));
  std::vector<bool> redone(job.plan.tasks.size(), false);
  for (std::uint32_t i = 0; i < job.plan.tasks.size(); ++i)
    if (!job.done[i] && std::ranges::any_of(job.plan.tasks[i].steps, is_lost))
      redo_what_needs(job, i, redone);
  drop_finished_steps(job, redone, is_done);
  take_back_halves(job, done);
  remember_rest(job, done);
}

void add_up(PlannedJob& job) {
  for (const auto& task : job.plan.tasks) {
    job.bytes_total += task.cost;
    if (plan::counts_as_table(task)) ++job.tables_total;
  }
}

}  // namespace

std::string staging_key(std::string_view schema) {
  return "staging " + schema_group(schema);
}

PlannedJob plan_job(const PlanInput& input) {
  Session& target = input.ports.target;
  const std::vector<std::string> printed = print_as_source(target);
  const bool same_database = refuse_clone_onto_itself(input, goal_of(input));
  Place place = place_of(input);
  PlannedJob job;
  conflict::Names existing;
  plan::Builder builder = collect(input, place, same_database, existing, job.paths);
  conflict::Resolved resolved;
  const bool swapped = is_swapped(input.earlier);
  const bool staged = is_staged(input.earlier);
  const std::unordered_set<std::string> nothing;
  const auto resolve = [&](const std::unordered_set<std::string>& done) {
    resolved =
        conflict::resolve(builder, {target, input.options, input.ports.plugins, done, existing});
    if (resolved.existing.empty()) return;
    existing = std::move(resolved.existing);
    builder = collect(input, place, same_database, existing, job.paths);
    resolved =
        conflict::resolve(builder, {target, input.options, input.ports.plugins, done, existing});
  };
  if (!swapped) resolve(input.earlier.steps);
  // Something came into the way since: what is finished is rebuilt beside, and replaced like it.
  if (!resolved.replaced.empty() && !staged && !input.earlier.steps.empty()) resolve(nothing);
  if (!resolved.replaced.empty() || staged) {
    job.staging = staged ? input.earlier.staging : free_schema_name(target, input.staging_name);
    place = {job.staging, place.goal};
    builder = collect(input, place, same_database, {}, job.paths);
    conflict::add_swap(builder, place.schema, place.goal, resolved.replaced, input.options);
  }
  for (const auto& notice : resolved.notices)
    input.reporter.report(Severity::notice, notice, {}, {});
  for (const auto& moved : resolved.moved_along)
    input.reporter.report(Severity::warning,
                          "what the target had given to objects that are renamed stays with them",
                          moved, "Give it to the new ones, where they need it.");
  job.skipped = std::move(resolved.skipped);
  std::ranges::move(builder.skipped, std::back_inserter(job.skipped));
  job.goal = place.goal;
  job.plan = plan::compile(std::move(builder.steps), builder.dependencies);
  order_ends(job.plan, place.schema);
  add_up(job);
  // Whoever dropped the schema dropped what was done in it; the staging schema goes with the swap.
  const bool gone = !schema_exists(target, place.schema) && !swapped;
  Earlier earlier = gone ? Earlier{} : input.earlier;
  if (swapped) earlier.steps.insert(staging_key(place.schema));
  mark_done(job, earlier);
  print_as_before(target, printed);
  return job;
}

}  // namespace pgclone::job
