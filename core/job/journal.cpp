#include "job/journal.hpp"

#include <boost/json.hpp>

#include "pgclone/plugin/routine.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

namespace json = boost::json;

// An object as to_regclass and its like read it; nothing for kinds without such a function.
std::pair<std::string, std::uint32_t> recorded_name(const plan::OwnedName& name) {
  const std::string qualified = sql::qualified(name.schema, name.name);
  const std::string& kind = name.kind;
  if (kind == "TYPE" || kind == "DOMAIN") return {qualified, catalog::kType};
  if (kind == "FUNCTION" || kind == "PROCEDURE" || kind == "AGGREGATE")
    return {qualified + (name.arguments == "(*)" ? "()" : name.arguments), catalog::kProc};
  if (kind == "TABLE" || kind == "FOREIGN TABLE" || kind == "VIEW" || kind == "MATERIALIZED VIEW" ||
      kind == "SEQUENCE" || kind == "INDEX")
    return {qualified, catalog::kClass};
  return {};
}

// The number of a task's row. The planning is 0.
std::uint32_t row_number(std::uint32_t task) {
  return task + 1;
}

std::string row_text(std::uint32_t task) {
  return std::to_string(row_number(task));
}

json::object row_of(std::uint32_t number, const plan::Task& task, TaskStatus status,
                    const std::string& staging) {
  json::array steps, names, classes;
  for (const auto& step : task.steps) {
    steps.emplace_back(step.key);
    const auto [name, classid] = step.key == staging_key(staging)
                                     ? std::pair(sql::identifier(staging), catalog::kNamespace)
                                     : recorded_name(step.creates);
    if (classid == 0) continue;
    names.emplace_back(name);
    classes.emplace_back(classid);
  }
  return {{"task_id", row_number(number)},
          {"key", task.key},
          {"kind", task.kind},
          {"label", task.label},
          {"status", to_text(status)},
          {"steps", std::move(steps)},
          {"object_names", std::move(names)},
          {"object_classes", std::move(classes)},
          {"cost", task.cost}};
}

json::object row_of(std::uint32_t number, const plan::SkippedObject& skipped) {
  return {{"task_id", row_number(number)},
          {"key", skipped.key},
          {"kind", skipped.kind},
          {"label", skipped.label},
          {"status", to_text(TaskStatus::skipped)},
          {"steps", json::array()},
          {"object_names", json::array()},
          {"object_classes", json::array()},
          {"cost", 0}};
}

// The OIDs that the objects of a task have now. From the catalog: to_regtype() refuses a shell, and
// to_regprocedure() types that the path doesn't show. The types of a routine's own schema may have
// been written without it, since they were printed for a schema of another name.
std::string object_oids() {
  return "ARRAY(SELECT CASE o.class WHEN 1259 THEN pg_catalog.to_regclass(o.name)::oid "
         "WHEN 2615 THEN pg_catalog.to_regnamespace(o.name)::oid "
         "WHEN 1247 THEN (SELECT t.oid FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n "
         "ON n.oid = t.typnamespace WHERE t.typname = (pg_catalog.parse_ident(o.name))[2] "
         "AND n.nspname = (pg_catalog.parse_ident(o.name))[1]) "
         "ELSE (SELECT p.oid FROM pg_catalog.pg_proc p "
         "JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace "
         "CROSS JOIN LATERAL (SELECT " +
         std::string(sql::kRoutineArguments) +
         " AS full, pg_catalog.substr(o.name, 6 + pg_catalog.length(n.nspname || p.proname "
         "|| pg_catalog.regexp_replace(n.nspname || p.proname, '[^\"]', '', 'g'))) AS wanted) t "
         "WHERE p.proname = (pg_catalog.parse_ident(o.name, false))[2] "
         "AND n.nspname = (pg_catalog.parse_ident(o.name, false))[1] AND t.wanted IN (t.full, "
         "pg_catalog.replace(t.full, pg_catalog.quote_ident(n.nspname) || '.', ''))) END "
         "FROM ROWS FROM (pg_catalog.unnest(object_names), pg_catalog.unnest(object_classes)) "
         "WITH ORDINALITY AS o(name, class, n) ORDER BY o.n)";
}

std::string text(std::uint64_t number) {
  return std::to_string(number);
}

// One text of an error, NULL without one.
Param field(const Error* error, const std::string& (Error::*get)() const noexcept) {
  if (error == nullptr || (error->*get)().empty()) return std::nullopt;
  return std::string_view((error->*get)());
}

}  // namespace

void Journal::open(const JobIdentity& identity, const JobSpec& spec) {
  const std::string spec_json = spec.to_json();
  const std::string resumed = identity.resumed_from ? std::to_string(*identity.resumed_from) : "";
  const Param params[] = {job_,
                          std::string_view(identity.owner),
                          std::string_view(spec.strategy),
                          std::string_view(spec_json),
                          std::string_view(identity.source_label),
                          std::string_view(identity.source_has_secret ? "t" : "f"),
                          identity.resumed_from ? Param(resumed) : std::nullopt};
  session_.execute(
      "INSERT INTO pgclone.job (job_id, owner, strategy, spec, source, source_has_secret, status, "
      "phase, resumed_from) VALUES ($1::int, $2::name, $3::text, $4::jsonb, $5::text, $6::boolean, "
      "'running', 'connecting', $7::int)",
      params);
  if (identity.resumed_from) take_over(*identity.resumed_from);
}

// What was finished, and the staging schema, belong to the last of a chain: the others forget them.
void Journal::take_over(std::int32_t forerunner) {
  const std::string from = std::to_string(forerunner);
  const Param params[] = {job_, from};
  const Result& taken = session_.query(
      "UPDATE pgclone.job SET resumed_by = $1::int WHERE job_id = $2::int AND resumed_by IS NULL "
      "RETURNING job_id",
      params);
  if (taken.rows() == 0)
    throw Error(sqlstate::kObjectNotInPrerequisiteState,
                "clone job " + from + " cannot be resumed any more")
        .with_detail("Meanwhile it was cleared, or another job went on with it.")
        .with_hint("SELECT * FROM pgclone.jobs_view lists your jobs.");
  session_.execute(
      "INSERT INTO pgclone.inherited (job_id, step, object_names, object_classes, object_oids) "
      "SELECT $1::int, s, t.object_names, t.object_classes, t.object_oids "
      "FROM pgclone.task t, pg_catalog.unnest(t.steps) AS s "
      "WHERE t.job_id = $2::int AND t.status = 'completed'",
      params);
  session_.execute("UPDATE pgclone.inherited SET job_id = $1::int WHERE job_id = $2::int", params);
  session_.execute(
      "UPDATE pgclone.job j SET staging_schema = f.staging_schema FROM pgclone.job f "
      "WHERE j.job_id = $1::int AND f.job_id = $2::int",
      params);
  const Param old[] = {from};
  session_.execute("UPDATE pgclone.job SET staging_schema = NULL WHERE job_id = $1::int", old);
}

void Journal::set_options(std::string_view effective, std::string_view snapshot) {
  const Param params[] = {job_, effective, snapshot};
  session_.execute(
      "UPDATE pgclone.job SET options = $2::jsonb, snapshot_id = NULLIF($3::text, '') "
      "WHERE job_id = $1::int",
      params);
}

void Journal::write_plan(const PlannedJob& planned) {
  json::array rows;
  std::uint32_t number = 0;
  for (; number < planned.plan.tasks.size(); ++number) {
    const plan::Task& task = planned.plan.tasks[number];
    if (!task.is_milestone())
      rows.push_back(row_of(number, task,
                            planned.done[number] ? TaskStatus::completed : TaskStatus::pending,
                            planned.staging));
  }
  for (const auto& skipped : planned.skipped) rows.push_back(row_of(number++, skipped));
  const std::string json_rows = json::serialize(rows);
  const Param task_params[] = {job_, json_rows};
  session_.execute(
      "INSERT INTO pgclone.task (job_id, task_id, key, kind, label, status, steps, object_names, "
      "object_classes, cost) "
      "SELECT $1::int, r.* FROM pg_catalog.jsonb_to_recordset($2::jsonb) AS r(task_id integer, "
      "key text, kind text, label text, status text, steps text[], object_names text[], "
      "object_classes oid[], cost bigint)",
      task_params);
  copy_proofs();
  const std::string kept = sql::text_array(planned.remembered);
  const Param kept_params[] = {job_, kept};
  session_.execute(
      "DELETE FROM pgclone.inherited i WHERE i.job_id = $1::int "
      "AND NOT EXISTS (SELECT FROM pg_catalog.unnest($2::text[]) AS k WHERE k = i.step)",
      kept_params);
  const std::string tables = text(planned.tables_total);
  const std::string bytes = text(planned.bytes_total);
  const Param params[] = {job_, tables, bytes, std::string_view(planned.staging)};
  session_.execute(
      "UPDATE pgclone.job SET phase = 'copying', tables_total = $2::bigint, "
      "bytes_total = $3::bigint, staging_schema = NULLIF($4::text, '') WHERE job_id = $1::int",
      params);
}

Error Journal::gone() const {
  return Error(sqlstate::kObjectNotInPrerequisiteState,
               "the journal of clone job " + job_ + " is gone")
      .with_detail(
          "While the job ran, the extension was dropped and created anew, or its rows were "
          "deleted.")
      .with_hint("What the job had finished by then is there; clone the rest with a new one.")
      .with_origin(Origin::target);
}

// Without its row a task's work would be committed and nobody would know.
void Journal::update(std::string_view sql, std::span<const Param> params) {
  if (session_.query(sql, params).affected() == 0) throw gone();
}

void Journal::tell(const JobSpec& spec, const std::vector<std::string>& notices,
                   TaskStatus planning) {
  const std::string label =
      spec.table.empty() ? sql::identifier(spec.schema) : sql::qualified(spec.schema, spec.table);
  const std::string texts = sql::text_array(notices);
  const Param params[] = {job_, label, to_text(planning), texts};
  session_.execute(
      "INSERT INTO pgclone.task (job_id, task_id, key, kind, label, status, steps, object_names, "
      "object_classes, cost, notices, start_time, end_time) "
      "SELECT $1::int, 0, 'plan', 'plan', $2::text, $3::text, '{}', '{}', '{}', 0, $4::text[], "
      "j.start_time, pg_catalog.clock_timestamp() FROM pgclone.job j WHERE j.job_id = $1::int "
      "ON CONFLICT (job_id, task_id) DO UPDATE "
      "SET notices = pgclone.task.notices || EXCLUDED.notices",
      params);
}

// Objects keep the OIDs that prove them: a name may have come to mean another one, or to be
// another.
void Journal::copy_proofs() {
  const Param params[] = {job_};
  session_.execute(
      "UPDATE pgclone.task t SET object_oids = n.oids FROM ("
      "SELECT d.task_id, pg_catalog.array_agg(k.oid ORDER BY o.n) AS oids FROM pgclone.task d "
      "CROSS JOIN ROWS FROM (pg_catalog.unnest(d.object_names), "
      "pg_catalog.unnest(d.object_classes)) WITH ORDINALITY AS o(name, class, n) "
      "LEFT JOIN (SELECT DISTINCT ON (p.name, p.class) p.name, p.class, p.oid "
      "FROM pgclone.inherited i CROSS JOIN ROWS FROM (pg_catalog.unnest(i.object_names), "
      "pg_catalog.unnest(i.object_classes), pg_catalog.unnest(i.object_oids)) "
      "AS p(name, class, oid) WHERE i.job_id = $1::int) k ON k.name = o.name AND k.class = o.class "
      "WHERE d.job_id = $1::int AND d.status = 'completed' GROUP BY d.task_id) n "
      "WHERE t.job_id = $1::int AND t.task_id = n.task_id",
      params);
}

void Journal::task_completed(std::uint32_t task, const TaskReport& report) {
  end_task(task, TaskStatus::completed, nullptr, report);
}

void Journal::task_failed(std::uint32_t task, const Error& error, const TaskReport& report) {
  end_task(task, error.is_cancel() ? TaskStatus::cancelled : TaskStatus::failed, &error, report);
}

void Journal::end_task(std::uint32_t task, TaskStatus status, const Error* error,
                       const TaskReport& report) {
  const std::string number = row_text(task);
  const std::string rows = text(report.rows);
  const std::string bytes = text(report.bytes);
  const std::string retries = text(report.retries);
  const std::string notices = sql::text_array(report.notices);
  const std::string started = std::to_string(report.started);
  const Param params[] = {job_,
                          number,
                          to_text(status),
                          rows,
                          bytes,
                          retries,
                          notices,
                          field(error, &Error::sqlstate),
                          field(error, &Error::message),
                          field(error, &Error::detail),
                          field(error, &Error::hint),
                          field(error, &Error::context),
                          started};
  update(
      "UPDATE pgclone.task SET status = $3::text, rows_copied = $4::bigint, "
      "bytes_copied = $5::bigint, retries = retries + $6::int, notices = notices || $7::text[], "
      "error_sqlstate = $8::text, error_message = $9::text, error_detail = $10::text, "
      "error_hint = $11::text, error_context = $12::text, "
      "start_time = pg_catalog.to_timestamp($13::float8), "
      "end_time = pg_catalog.clock_timestamp(), object_oids = " +
          (status == TaskStatus::completed ? object_oids() : "NULL") +
          " WHERE job_id = $1::int AND task_id = $2::int",
      params);
}

void Journal::taken_back(const std::vector<std::uint32_t>& tasks) {
  std::vector<std::string> numbers;
  for (const auto task : tasks) numbers.push_back(row_text(task));
  const std::string array = sql::text_array(numbers);
  const Param params[] = {job_, array};
  update(
      "UPDATE pgclone.task SET retries = retries + 1 "
      "WHERE job_id = $1::int AND task_id = ANY ($2::int[])",
      params);
}

void Journal::dragged_along(const std::vector<std::uint32_t>& tasks, std::uint32_t cause) {
  if (tasks.empty()) return;
  std::vector<std::string> numbers;
  for (const auto task : tasks) numbers.push_back(row_text(task));
  const std::string array = sql::text_array(numbers);
  const std::string number = row_text(cause);
  const Param params[] = {job_, array, number};
  session_.execute(
      "UPDATE pgclone.task t SET status = 'failed', end_time = pg_catalog.clock_timestamp(), "
      "error_sqlstate = '55000', error_message = 'not tried, because it needs ' || c.kind || ' ' "
      "|| c.label || ', which failed', error_hint = 'See the error of that task.' "
      "FROM pgclone.task c WHERE t.job_id = $1::int AND t.task_id = ANY ($2::int[]) "
      "AND c.job_id = $1::int AND c.task_id = $3::int",
      params);
}

void Journal::close(const Verdict& verdict) {
  const Param cancel_params[] = {job_};
  session_.execute(
      "UPDATE pgclone.task SET status = 'cancelled', end_time = pg_catalog.clock_timestamp() "
      "WHERE job_id = $1::int AND status IN ('pending', 'running')",
      cancel_params);
  const std::string failed = text(verdict.failed_tasks);
  const Param params[] = {job_,
                          to_text(verdict.status),
                          failed,
                          field(verdict.error, &Error::sqlstate),
                          field(verdict.error, &Error::message),
                          field(verdict.error, &Error::detail),
                          field(verdict.error, &Error::hint),
                          field(verdict.error, &Error::context)};
  update(
      "UPDATE pgclone.job j SET status = $2::text, phase = $2::text, "
      "end_time = pg_catalog.clock_timestamp(), failed_tasks = $3::bigint, "
      "error_sqlstate = $4::text, error_message = $5::text, error_detail = $6::text, "
      "error_hint = $7::text, error_context = $8::text, rows_copied = s.rows_copied, "
      "bytes_copied = s.bytes_copied, retries = s.retries, tables_completed = s.tables, "
      "warnings = s.warnings "
      "FROM (SELECT COALESCE(sum(t.rows_copied), 0) AS rows_copied, "
      "COALESCE(sum(t.bytes_copied), 0) AS bytes_copied, COALESCE(sum(t.retries), 0) AS retries, "
      "count(*) FILTER (WHERE t.kind = 'table' AND t.status = 'completed') AS tables, "
      "COALESCE(sum((SELECT count(*) FROM pg_catalog.unnest(t.notices) AS n "
      "WHERE n LIKE 'WARNING:%')), 0) AS warnings "
      "FROM pgclone.task t WHERE t.job_id = $1::int) s WHERE j.job_id = $1::int",
      params);
}

Journal::Outcome Journal::outcome() {
  Outcome outcome;
  const Param params[] = {job_};
  if (session_.query("SELECT 1 FROM pgclone.job WHERE job_id = $1::int", params).rows() == 0)
    throw gone();
  // Those that were dragged along end in the same transaction as their cause, a little later.
  const Result& rows = session_.query(
      "SELECT count(*) OVER (), error_sqlstate, error_message, error_detail, error_hint, "
      "error_context FROM pgclone.task WHERE job_id = $1::int AND status = 'failed' "
      "ORDER BY end_time, task_id LIMIT 1",
      params);
  if (rows.rows() == 0) return outcome;
  outcome.failed = rows.count(0, 0);
  outcome.first_error.emplace(rows.text(0, 1), std::string(rows.text(0, 2)));
  outcome.first_error->with_detail(std::string(rows.text(0, 3)))
      .with_hint(std::string(rows.text(0, 4)));
  if (!rows.is_null(0, 5)) outcome.first_error->with_context(rows.text(0, 5));
  return outcome;
}

void Journal::forget_staging() {
  const Param params[] = {job_};
  session_.execute(
      "UPDATE pgclone.task SET status = 'cancelled' "
      "WHERE job_id = $1::int AND status = 'completed' AND task_id > 0",
      params);
  session_.execute("DELETE FROM pgclone.inherited WHERE job_id = $1::int", params);
  session_.execute("UPDATE pgclone.job SET staging_schema = NULL WHERE job_id = $1::int", params);
}

Earlier Journal::earlier() {
  Earlier earlier;
  const Param params[] = {job_};
  // pg_describe_object() is NULL for an object that is no more.
  const Result& steps = session_.query(
      "SELECT i.step, NOT EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest(i.object_classes), "
      "pg_catalog.unnest(i.object_oids)) AS o(class, oid) "
      "WHERE o.oid IS NULL OR pg_catalog.pg_describe_object(o.class, o.oid, 0) IS NULL) "
      "FROM pgclone.inherited i WHERE i.job_id = $1::int",
      params);
  for (std::size_t row = 0; row < steps.rows(); ++row)
    (steps.boolean(row, 1) ? earlier.steps : earlier.lost).emplace(steps.text(row, 0));
  const Result& staging =
      session_.query("SELECT staging_schema FROM pgclone.job WHERE job_id = $1::int", params);
  if (staging.rows() == 1) earlier.staging = staging.text(0, 0);
  return earlier;
}

}  // namespace pgclone::job
