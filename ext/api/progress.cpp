// pgclone.progress(), jobs() and progress_detail(): one set of figures, three forms.
#include <string>
#include <vector>

#include "guard/entry.hpp"
#include "job/progress_format.hpp"

#include "api/visible_jobs.hpp"

#include "server.hpp"

#include "api/rows.hpp"
#include "guard/datum.hpp"

namespace pgclone::api {

namespace {

using job::JobProgress;

std::optional<std::string> text_or_null(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

template <typename Number>
std::optional<std::string> number_or_null(const std::optional<Number>& number) {
  if (!number) return std::nullopt;
  return std::to_string(*number);
}

std::string one_decimal(double value) {
  char buffer[32];
  snprintf(buffer, sizeof buffer, "%.1f", value);
  return buffer;
}

// In the order of the columns of pgclone.progress_detail().
TextRow to_row(const JobProgress& job) {
  const std::optional<std::int64_t> eta = job::eta_ms(job);
  // A worker's row has no number of its own: what is asked about a job is asked of its own row.
  return {job.parent_job_id ? std::nullopt : std::optional(std::to_string(job.job_id)),
          number_or_null(job.parent_job_id),
          std::string(job::to_text(job.status)),
          job.op_type,
          job.schema_name,
          text_or_null(job.table_name),
          job.phase,
          text_or_null(job.current),
          std::to_string(job.tables_total),
          std::to_string(job.tables_completed),
          std::to_string(job.rows_copied),
          std::to_string(job.bytes_copied),
          std::to_string(job.bytes_total),
          std::to_string(job.elapsed_ms),
          job::timestamp_text(job.start_time),
          job.end_time ? std::optional(job::timestamp_text(*job.end_time)) : std::nullopt,
          job.error ? std::optional(job.error->message) : std::nullopt,
          one_decimal(job::percent(job)),
          job::progress_bar(job),
          job::clock_text(job.elapsed_ms),
          eta ? std::optional(job::clock_text(*eta)) : std::nullopt,
          job.owner,
          job.database,
          text_or_null(job.source),
          text_or_null(job.snapshot),
          std::to_string(job.retries),
          number_or_null(job.resumed_from),
          std::to_string(job.warnings)};
}

}  // namespace

PGCLONE_FUNCTION(pgclone_progress) {
  return guard::text_datum(job::to_json(require_job(PG_GETARG_INT32(0)).progress));
}

PGCLONE_FUNCTION(pgclone_jobs) {
  std::vector<JobProgress> jobs;
  for (VisibleJob& job : visible_jobs()) jobs.push_back(std::move(job.progress));
  return guard::text_datum(job::to_json(jobs));
}

PGCLONE_FUNCTION(pgclone_progress_detail) {
  std::vector<TextRow> rows;
  for (const VisibleJob& job : visible_jobs()) {
    rows.push_back(to_row(job.progress));
    for (const JobProgress& worker : visible_workers(job)) rows.push_back(to_row(worker));
  }
  return return_rows(fcinfo, rows);
}

}  // namespace pgclone::api
