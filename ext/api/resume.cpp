// pgclone.resume(): a new job that goes on with an earlier one.
#include <optional>
#include <string>

#include "guard/entry.hpp"
#include "guard/report.hpp"
#include "guc/settings.hpp"
#include "host/plugin_host.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "worker/launch.hpp"
#include "worker/source.hpp"

#include "api/owner_query.hpp"
#include "api/visible_jobs.hpp"

#include "server.hpp"

#include "api/arguments.hpp"

namespace pgclone::api {

namespace {

// What the journal keeps of a job's order.
struct Recorded {
  job::JobSpec spec;
  std::string source;
  bool source_has_secret = false;
  bool is_callers = false;
};

std::string name_of(std::int32_t job_id) {
  return "clone job " + std::to_string(job_id);
}

void refuse_unless_resumable(const VisibleJob& job) {
  const job::JobProgress& state = job.progress;
  if (!job::is_final(state.status)) {
    throw Error(sqlstate::kObjectNotInPrerequisiteState, name_of(state.job_id) + " has not ended")
        .with_detail("Its status is " + std::string(job::to_text(state.status)) + ".")
        .with_hint("Wait for it (pgclone.wait) or cancel it (pgclone.cancel) first.");
  }
  if (state.status == job::Status::completed) {
    throw Error(sqlstate::kObjectNotInPrerequisiteState, name_of(state.job_id) + " is completed")
        .with_detail("There is nothing left to do for it.")
        .with_hint("To clone again, submit a new job.");
  }
  if (!job.in_journal) {
    throw Error(sqlstate::kObjectNotInPrerequisiteState,
                name_of(state.job_id) + " left nothing to resume")
        .with_detail("It ended before it could write its journal.")
        .with_hint(state.resumed_from
                       ? "SELECT pgclone.resume(" + std::to_string(*state.resumed_from) + ");"
                       : "Submit it again.");
  }
}

void refuse_if_resumed(Session& journal, std::int32_t job_id, const std::string& id) {
  const Param parameters[] = {Param(id)};
  // The next one in the chain, and its last; none when those were cleared.
  const Result& rows = journal.query(
      "WITH RECURSIVE chain AS ("
      "SELECT job_id, resumed_by FROM pgclone.job WHERE job_id = $1::integer "
      "UNION SELECT j.job_id, j.resumed_by FROM chain c JOIN pgclone.job j ON j.job_id = "
      "c.resumed_by) "
      "SELECT f.resumed_by, (SELECT max(c.job_id) FROM chain c) "
      "FROM pgclone.job f WHERE f.job_id = $1::integer AND f.resumed_by IS NOT NULL",
      parameters);
  if (rows.rows() == 0) return;
  const std::string next(rows.text(0, 0));
  const std::string last(rows.text(0, 1));
  Error error(sqlstate::kObjectNotInPrerequisiteState, name_of(job_id) + " was resumed already");
  if (last == id)
    throw error.with_detail("Job " + next + " went on with it, and was cleared since.")
        .with_hint("Submit it again.");
  throw error.with_detail("Job " + next + " goes on with it.")
      .with_hint("If job " + last + " ends without success: SELECT pgclone.resume(" + last + ").");
}

Recorded recall(std::int32_t job_id) {
  const std::string id = std::to_string(job_id);
  OwnerQuery query;
  refuse_if_resumed(query.journal(), job_id, id);
  const Caller caller = current_caller();
  const Param parameters[] = {Param(id), Param(caller.role_text)};
  const Result& row = query.journal().query(
      "SELECT strategy, spec, source, source_has_secret,"
      " owner_oid IS NOT DISTINCT FROM $2::oid FROM pgclone.job WHERE job_id = $1::integer",
      parameters);
  if (row.rows() == 0) {
    throw Error(sqlstate::kUndefinedObject, name_of(job_id) + " does not exist")
        .with_detail("It was cleared a moment ago.")
        .with_hint("SELECT * FROM pgclone.jobs_view lists your jobs.");
  }
  return {job::JobSpec::from_json(row.text(0, 0), row.text(0, 1)), std::string(row.text(0, 2)),
          row.boolean(0, 3), row.boolean(0, 4)};
}

// He who resumes lends his rights to what another role has asked for.
void tell_whose(const VisibleJob& job) {
  guard::report(
      Severity::warning,
      name_of(job.progress.job_id) + " belongs to role " + sql::identifier(job.progress.owner),
      "What that role has asked for, and code of the source that it chose, run with your "
      "rights now; the new job is yours.",
      "If you don't trust it, cancel the new job and let that role resume its own.");
}

worker::ResolvedSource source_for(std::int32_t job_id, const Recorded& recorded,
                                  const std::optional<std::string>& given) {
  if (given) return worker::resolve_source(*given);
  if (!recorded.source_has_secret) return worker::resolve_source(recorded.source);
  throw Error(sqlstate::kInvalidParameterValue,
              name_of(job_id) + " needs its connection string again")
      .with_detail("It had a password, and passwords are never stored.")
      .with_hint("SELECT pgclone.resume(" + std::to_string(job_id) +
                 ", source_conninfo => '…'), or use a foreign server with a user mapping.");
}

}  // namespace

PGCLONE_FUNCTION(pgclone_resume) {
  if (PG_ARGISNULL(0)) throw missing_argument("job_id");
  worker::require_preload();
  const std::int32_t job_id = PG_GETARG_INT32(0);
  const std::optional<std::string> given = guard::text_argument(fcinfo, 1);
  const VisibleJob job = require_job(job_id);
  refuse_unless_resumable(job);
  const Recorded recorded = recall(job_id);
  host::PluginHost plugins(guc::plugin_config());
  job::validate(recorded.spec, plugins);
  const worker::ResolvedSource source = source_for(job_id, recorded, given);
  if (!recorded.is_callers) tell_whose(job);
  return Int32GetDatum(worker::launch(recorded.spec, source, job_id));
}

}  // namespace pgclone::api
