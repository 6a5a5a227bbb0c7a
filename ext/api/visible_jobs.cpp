#include "api/visible_jobs.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"
#include "shmem/startup.hpp"

#include "api/owner_query.hpp"

#include "server.hpp"

#include "shmem/pool_workers.hpp"

namespace pgclone::api {

namespace {

constexpr std::int64_t kEpochShift =
    static_cast<std::int64_t>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;

constexpr std::string_view kJobsSql =
    "SELECT j.job_id,"
    " coalesce((SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = j.owner_oid), j.owner),"
    " j.strategy, j.spec->>'schema', j.spec->>'table', j.source, j.status, j.phase, j.snapshot_id,"
    " j.resumed_from,"
    " (extract(epoch FROM j.start_time) * 1000000)::bigint,"
    " (extract(epoch FROM j.end_time) * 1000000)::bigint,"
    " CASE WHEN j.end_time IS NULL THEN (SELECT (extract(epoch FROM"
    "   max(coalesce(t.end_time, t.start_time))) * 1000000)::bigint"
    "   FROM pgclone.task t WHERE t.job_id = j.job_id) END,"
    " j.tables_total, j.tables_completed, j.bytes_total, j.rows_copied, j.bytes_copied, j.retries,"
    " j.failed_tasks, j.error_sqlstate, j.error_message, j.error_detail, j.error_hint,"
    " CASE WHEN j.end_time IS NULL THEN (SELECT count(*)"
    "   FROM pgclone.task t CROSS JOIN LATERAL pg_catalog.unnest(t.notices) AS n"
    "   WHERE t.job_id = j.job_id AND n LIKE 'WARNING:%') ELSE j.warnings END"
    " FROM pgclone.job j"
    " WHERE ($1::integer IS NULL OR j.job_id = $1::integer)"
    " AND ($3::boolean OR pg_catalog.pg_has_role($2::oid, j.owner_oid, 'MEMBER'))"
    " ORDER BY j.job_id";

std::int64_t unix_microseconds(TimestampTz time) {
  return time + kEpochShift;
}

std::uint64_t count(const Result& row, std::size_t at, std::size_t column) {
  return static_cast<std::uint64_t>(row.integer(at, column));
}

job::Status parse_status(std::string_view text) {
  for (const job::Status status : {job::Status::pending, job::Status::running,
                                   job::Status::completed, job::Status::cancelled}) {
    if (job::to_text(status) == text) return status;
  }
  return job::Status::failed;
}

// A journal row; `last_seen` is when an interrupted job was last known to work.
VisibleJob from_journal(const Result& row, std::size_t at, std::int64_t now) {
  VisibleJob out;
  out.in_journal = true;
  job::JobProgress& job = out.progress;
  job.job_id = static_cast<std::int32_t>(row.integer(at, 0));
  job.owner = row.text(at, 1);
  job.op_type = row.text(at, 2);
  job.schema_name = row.text(at, 3);
  job.table_name = row.text(at, 4);
  job.source = row.text(at, 5);
  job.status = parse_status(row.text(at, 6));
  job.phase = row.text(at, 7);
  job.snapshot = row.text(at, 8);
  if (!row.is_null(at, 9)) job.resumed_from = static_cast<std::int32_t>(row.integer(at, 9));
  job.start_time = row.integer(at, 10);
  if (!row.is_null(at, 11)) job.end_time = row.integer(at, 11);
  const std::int64_t last_seen = row.is_null(at, 12) ? job.start_time : row.integer(at, 12);
  const bool ended = job::is_final(job.status);
  job.elapsed_ms = (job.end_time.value_or(ended ? now : last_seen) - job.start_time) / 1000;
  job.tables_total = count(row, at, 13);
  job.tables_completed = count(row, at, 14);
  job.bytes_total = count(row, at, 15);
  job.rows_copied = count(row, at, 16);
  job.bytes_copied = count(row, at, 17);
  job.work_done = job.bytes_copied;
  job.retries = count(row, at, 18);
  job.failed_tasks = count(row, at, 19);
  if (!row.is_null(at, 20)) {
    job.error = job::ErrorText{std::string(row.text(at, 20)), std::string(row.text(at, 21)),
                               std::string(row.text(at, 22)), std::string(row.text(at, 23))};
  }
  job.warnings = count(row, at, 24);
  return out;
}

std::map<std::int32_t, VisibleJob> read_journal(std::optional<std::int32_t> only,
                                                std::int64_t now) {
  const Caller caller = current_caller();
  const std::string id = only ? std::to_string(*only) : std::string();
  OwnerQuery query;
  const Param parameters[] = {only ? Param(id) : Param(), caller.role_text,
                              caller.is_superuser ? "t" : "f"};
  const Result& rows = query.journal().query(kJobsSql, parameters);
  std::map<std::int32_t, VisibleJob> jobs;
  for (std::size_t at = 0; at < rows.rows(); ++at) {
    VisibleJob job = from_journal(rows, at, now);
    jobs.emplace(job.progress.job_id, std::move(job));
  }
  return jobs;
}

std::string role_name(Oid role) {
  const char* const name = guard::server_call([role] { return GetUserNameFromId(role, true); });
  return name == nullptr ? std::string() : std::string(name);
}

void add_identity(job::JobProgress& job, const shmem::SlotView& slot) {
  job.job_id = slot.identity.job_id;
  job.owner = role_name(slot.identity.owner);
  job.op_type = slot.identity.strategy;
  job.schema_name = slot.identity.schema_name;
  job.table_name = slot.identity.table_name;
  if (slot.identity.resumed_from != 0) job.resumed_from = slot.identity.resumed_from;
}

void add_figures(job::JobProgress& job, const shmem::SlotView& slot, std::int64_t now) {
  job.status = slot.status;
  job.phase = slot.texts.phase;
  job.current = slot.texts.current;
  job.snapshot = slot.texts.snapshot;
  job.start_time = unix_microseconds(slot.start_time);
  if (job::is_final(slot.status)) job.end_time = unix_microseconds(slot.end_time);
  job.elapsed_ms = (job.end_time.value_or(now) - job.start_time) / 1000;
  if (slot.work_since != 0) job.work_ms = (now - unix_microseconds(slot.work_since)) / 1000;
  job.tables_total = slot.tables_total;
  job.tables_completed = slot.tables_done;
  job.bytes_total = slot.bytes_total;
  job.work_done = slot.work;
  job.rows_copied = slot.rows;
  job.bytes_copied = slot.bytes;
  job.retries = slot.retries;
  if (slot.error.message[0] != '\0') {
    job.error =
        job::ErrorText{slot.error.sqlstate, slot.error.message, slot.error.detail, slot.error.hint};
  }
}

// The journal's verdict is the last word; before it, and when this transaction's snapshot is too
// old to see it, the slot knows better.
void merge(VisibleJob& job, const shmem::SlotView& slot, std::int64_t now) {
  job.slot = slot.ref;
  if (!job.in_journal) add_identity(job.progress, slot);
  if (job.in_journal && job::is_final(job.progress.status)) {
    job.progress.work_done = slot.work;
  } else {
    add_figures(job.progress, slot, now);
  }
}

void mark_interrupted(job::JobProgress& job) {
  job.status = job::Status::failed;
  job.error = job::ErrorText{
      std::string(sqlstate::kAdminShutdown),
      "interrupted: the server or the job's worker stopped before the job had ended",
      "What it had finished by then is complete and recorded.",
      "SELECT pgclone.resume(" + std::to_string(job.job_id) + ") goes on where it ended."};
}

std::vector<shmem::SlotView> read_slots(std::optional<std::int32_t> only) {
  std::vector<shmem::SlotView> out;
  if (!shmem::available()) return out;
  shmem::SlotView* views = nullptr;
  const int count = guard::server_call([&views] { return shmem::list(&views); });
  for (int i = 0; i < count; ++i) {
    const shmem::SlotIdentity& identity = views[i].identity;
    if ((!only || identity.job_id == *only) && may_see(identity.owner)) out.push_back(views[i]);
  }
  guard::server_call([views] { pfree(views); });
  return out;
}

}  // namespace

Caller current_caller() {
  Caller caller;
  caller.role = guard::server_call([] { return GetUserId(); });
  caller.is_superuser = guard::server_call([] { return superuser(); });
  caller.role_text = std::to_string(caller.role);
  return caller;
}

bool may_see(Oid owner) {
  return guard::server_call([owner] { return is_member_of_role(GetUserId(), owner); });
}

std::vector<VisibleJob> visible_jobs(std::optional<std::int32_t> only) {
  const std::int64_t now =
      unix_microseconds(guard::server_call([] { return GetCurrentTimestamp(); }));
  // Slots first: a job that ends meanwhile has its verdict in the journal that is read next.
  const std::vector<shmem::SlotView> slots = read_slots(only);
  std::map<std::int32_t, VisibleJob> jobs = read_journal(only, now);
  for (const shmem::SlotView& slot : slots) merge(jobs[slot.identity.job_id], slot, now);
  const std::string database = guard::server_call([] { return get_database_name(MyDatabaseId); });
  std::vector<VisibleJob> out;
  for (auto& [id, job] : jobs) {
    shmem::SlotView late;
    if (!job.slot && !job::is_final(job.progress.status)) {
      // Perhaps it began between the two looks.
      const bool began = shmem::available() && guard::server_call([number = id, view = &late] {
                           return shmem::find(number, view);
                         });
      if (began) {
        merge(job, late, now);
      } else {
        mark_interrupted(job.progress);
      }
    }
    job.progress.database = database;
    out.push_back(std::move(job));
  }
  return out;
}

std::vector<job::JobProgress> visible_workers(const VisibleJob& job) {
  std::vector<job::JobProgress> out;
  if (!job.slot || job.progress.status != job::Status::running) return out;
  const std::int64_t now =
      unix_microseconds(guard::server_call([] { return GetCurrentTimestamp(); }));
  shmem::PoolWorkerView* views = nullptr;
  const int count =
      guard::server_call([&views, slot = *job.slot] { return shmem::list_workers(slot, &views); });
  std::sort(views, views + count, [](const auto& a, const auto& b) { return a.number < b.number; });
  for (int i = 0; i < count; ++i) {
    job::JobProgress& worker = out.emplace_back();
    worker.parent_job_id = job.progress.job_id;
    worker.status = job::Status::running;
    worker.op_type = "table";
    worker.schema_name = job.progress.schema_name;
    worker.phase = views[i].current_kind;
    worker.current = views[i].current;
    worker.tables_completed = views[i].tables_done;
    worker.rows_copied = views[i].rows;
    worker.bytes_copied = views[i].bytes;
    worker.start_time = unix_microseconds(views[i].start_time);
    worker.elapsed_ms = (now - worker.start_time) / 1000;
    worker.owner = job.progress.owner;
    worker.database = job.progress.database;
    worker.snapshot = job.progress.snapshot;
  }
  guard::server_call([views] { pfree(views); });
  return out;
}

VisibleJob require_job(std::int32_t job_id) {
  std::vector<VisibleJob> jobs = visible_jobs(job_id);
  if (!jobs.empty()) return std::move(jobs.front());
  throw Error(sqlstate::kUndefinedObject, "clone job " + std::to_string(job_id) + " does not exist")
      .with_detail("There is no job of this number in this database that you may see.")
      .with_hint("SELECT * FROM pgclone.jobs_view lists your jobs.");
}

}  // namespace pgclone::api
