// pgclone.cancel(), wait() and clear_jobs().
#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "guard/entry.hpp"
#include "guard/report.hpp"
#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "shmem/startup.hpp"

#include "api/owner_query.hpp"
#include "api/visible_jobs.hpp"
#include "worker/coordinator.hpp"

#include "server.hpp"

#include "api/arguments.hpp"

namespace pgclone::api {

namespace {

Error already_ended(std::int32_t job_id, job::Status status) {
  return Error(sqlstate::kObjectNotInPrerequisiteState,
               "clone job " + std::to_string(job_id) + " has ended already")
      .with_detail("Its status is " + std::string(job::to_text(status)) + ".")
      .with_hint("Only a job that is pending or running can be cancelled.");
}

// Microseconds; a month counts as 30 days, as everywhere in the server.
std::int64_t length_of(const Interval& interval) {
  constexpr std::int64_t kMaxDays = 365L * 1000;
  const std::int64_t days =
      static_cast<std::int64_t>(interval.month) * DAYS_PER_MONTH + interval.day;
  if (days > kMaxDays) return kMaxDays * USECS_PER_DAY;
  return std::min(days * USECS_PER_DAY + std::min(interval.time, kMaxDays * USECS_PER_DAY),
                  kMaxDays * USECS_PER_DAY);
}

TimestampTz deadline_argument(FunctionCallInfo fcinfo, int index) {
  if (PG_ARGISNULL(index)) return DT_NOEND;
  const std::int64_t length = length_of(*PG_GETARG_INTERVAL_P(index));
  if (length >= 0) return guard::server_call([] { return GetCurrentTimestamp(); }) + length;
  throw Error(sqlstate::kInvalidParameterValue, "timeout must not be negative")
      .with_detail("The given interval lies in the past.")
      .with_hint("Leave it out to wait without limit, or write '0' to look only.");
}

// Numbers of the jobs in the journal that the caller owns.
std::vector<std::string> own_journal_jobs(Session& journal, const Caller& caller) {
  const Param parameters[] = {caller.role_text, caller.is_superuser ? "t" : "f"};
  const Result& rows = journal.query(
      "SELECT j.job_id FROM pgclone.job j WHERE $2::boolean OR j.owner_oid = $1::oid", parameters);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < rows.rows(); ++at) out.emplace_back(rows.text(at, 0));
  return out;
}

// Frees the slots of the caller's finished jobs. Returns the numbers of those, and of the jobs that
// must stay: the ones that run and the ones that these resume.
struct SlotSweep {
  std::vector<std::string> cleared;
  std::vector<std::string> needed;
};

SlotSweep sweep_slots(const Caller& caller) {
  SlotSweep sweep;
  if (!shmem::available()) return sweep;
  shmem::SlotView* views = nullptr;
  const int count = guard::server_call([&views] { return shmem::list(&views); });
  for (int i = 0; i < count; ++i) {
    const shmem::SlotView& view = views[i];
    const std::string id = std::to_string(view.identity.job_id);
    if (!job::is_final(view.status)) {
      sweep.needed.push_back(id);
      sweep.needed.push_back(std::to_string(view.identity.resumed_from));
    } else if ((caller.is_superuser || view.identity.owner == caller.role) &&
               guard::server_call([&view] { return shmem::clear(view.ref); })) {
      sweep.cleared.push_back(id);
    }
  }
  guard::server_call([views] { pfree(views); });
  return sweep;
}

}  // namespace

PGCLONE_FUNCTION(pgclone_cancel) {
  const std::int32_t job_id = PG_GETARG_INT32(0);
  const VisibleJob job = require_job(job_id);
  const bool asked = job.slot && !job::is_final(job.progress.status) &&
                     guard::server_call([ref = *job.slot] { return shmem::request_cancel(ref); });
  if (!asked) throw already_ended(job_id, require_job(job_id).progress.status);
  return BoolGetDatum(true);
}

PGCLONE_FUNCTION(pgclone_wait) {
  if (PG_ARGISNULL(0)) throw missing_argument("job_id");
  const std::int32_t job_id = PG_GETARG_INT32(0);
  const TimestampTz deadline = deadline_argument(fcinfo, 1);
  VisibleJob job = require_job(job_id);
  if (job.slot && !job::is_final(job.progress.status)) {
    guard::server_call([ref = *job.slot, deadline] { return shmem::wait_for_end(ref, deadline); });
    job = require_job(job_id);
  }
  return guard::text_datum(job::to_text(job.progress.status));
}

namespace {

struct LeftStaging {
  std::string job;
  std::string schema;
  bool may_drop = false;
};

// What an interrupted job left for a resume is of no use without the job's record. A schema counts
// only under the OID that the record has: another one of that name is not ours.
std::vector<LeftStaging> left_staging(Session& journal, const Caller& caller,
                                      const std::string& jobs) {
  const Param parameters[] = {Param(jobs), caller.role_text};
  const Result& rows = journal.query(
      "SELECT j.job_id, pg_catalog.quote_ident(n.nspname), "
      "pg_catalog.pg_has_role($2::oid, n.nspowner, 'USAGE') FROM pgclone.job j "
      "JOIN pg_catalog.pg_namespace n ON n.nspname = j.staging_schema "
      "WHERE j.job_id = ANY ($1::integer[]) AND EXISTS ("
      "SELECT FROM (SELECT t.object_classes, t.object_oids FROM pgclone.task t "
      "WHERE t.job_id = j.job_id AND t.status = 'completed' "
      "UNION ALL SELECT i.object_classes, i.object_oids FROM pgclone.inherited i "
      "WHERE i.job_id = j.job_id) made "
      "WHERE made.object_classes = '{2615}' AND made.object_oids = ARRAY[n.oid]) ORDER BY 1",
      parameters);
  std::vector<LeftStaging> left;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    left.push_back(
        {std::string(rows.text(row, 0)), std::string(rows.text(row, 1)), rows.boolean(row, 2)});
  return left;
}

// With the caller's own rights.
void drop_left_staging(Session& caller_session, const std::vector<LeftStaging>& left) {
  for (const LeftStaging& staging : left) {
    const std::string what = "the staging schema " + staging.schema + " of job " + staging.job;
    const std::string drop = "DROP SCHEMA " + staging.schema + " CASCADE";
    if (!staging.may_drop) {
      guard::report(Severity::notice, what + " stays",
                    "It holds what an interrupted clone had finished, and you don't own it.",
                    drop + ";");
      continue;
    }
    {
      session::PinnedSettings quiet;
      quiet.set("client_min_messages", "warning");
      caller_session.execute(drop);
    }
    guard::report(Severity::notice, what + " was dropped",
                  "It held what an interrupted clone had finished.", {});
  }
}

}  // namespace

PGCLONE_FUNCTION(pgclone_clear_jobs) {
  const Caller caller = current_caller();
  OwnerQuery query;
  // The journal is read before the slots: a job that begins meanwhile isn't among these.
  std::vector<std::string> jobs = own_journal_jobs(query.journal(), caller);
  const SlotSweep sweep = sweep_slots(caller);
  std::erase_if(jobs, [&](const std::string& id) {
    return std::find(sweep.needed.begin(), sweep.needed.end(), id) != sweep.needed.end();
  });
  const std::string array = sql::text_array(jobs);
  const Param parameters[] = {Param(array)};
  drop_left_staging(query.caller(), left_staging(query.journal(), caller, array));
  query.journal().execute("DELETE FROM pgclone.job WHERE job_id = ANY ($1::integer[])", parameters);
  // Jobs that never came to write a row count, too.
  const auto unwritten = std::count_if(
      sweep.cleared.begin(), sweep.cleared.end(),
      [&](const std::string& id) { return std::find(jobs.begin(), jobs.end(), id) == jobs.end(); });
  return Int32GetDatum(static_cast<std::int32_t>(jobs.size()) +
                       static_cast<std::int32_t>(unwritten));
}

// The default of pgclone.job.owner_oid.
PGCLONE_FUNCTION(pgclone_current_job_owner) {
  const unsigned owner = worker::current_job_owner();
  fcinfo->isnull = owner == InvalidOid;
  return ObjectIdGetDatum(owner);
}

}  // namespace pgclone::api
