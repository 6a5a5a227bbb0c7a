// A job's progress as users see it: percent, bar, times, JSON. Pure functions of plain figures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "job/status.hpp"
#include "pgclone/plugin/api.hpp"

namespace pgclone::job {

// An error as the journal keeps it; empty texts are absent.
struct ErrorText {
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
};

// What is known of a job or of one of its pool workers at one moment.
struct JobProgress {
  std::int32_t job_id = 0;
  std::optional<std::int32_t> parent_job_id;  // set for a pool worker
  Status status = Status::pending;
  std::string op_type;
  std::string schema_name;
  std::string table_name;
  std::string phase;
  std::string current;
  std::uint64_t tables_total = 0;
  std::uint64_t tables_completed = 0;
  std::uint64_t rows_copied = 0;
  std::uint64_t bytes_copied = 0;
  // Estimated; the unit of work_done.
  std::uint64_t bytes_total = 0;
  std::uint64_t work_done = 0;
  std::uint64_t failed_tasks = 0;
  std::uint64_t retries = 0;
  // Microseconds since 1970.
  std::int64_t start_time = 0;
  std::optional<std::int64_t> end_time;
  std::int64_t elapsed_ms = 0;
  // Since the work of which work_done counts began.
  std::int64_t work_ms = 0;
  std::optional<ErrorText> error;
  std::string owner;
  std::string database;
  std::string source;
  std::string snapshot;
  std::optional<std::int32_t> resumed_from;
  std::uint64_t warnings = 0;
};

// 0 … 100 with one decimal, rounded down. 100 only for a completed job: a plan's sizes are
// estimates, and a copy whose last byte has arrived is not yet committed.
PGCLONE_API double percent(const JobProgress& progress);
// The rest of a running job at the pace so far; nothing before there is a pace.
PGCLONE_API std::optional<std::int64_t> eta_ms(const JobProgress& progress);
// [████████████░░░░░░░░] 60.0% | 450000 rows | 00:08:30 elapsed
PGCLONE_API std::string progress_bar(const JobProgress& progress);
// hh:mm:ss; hours go on past 99.
PGCLONE_API std::string clock_text(std::int64_t milliseconds);
// 2026-01-31 23:59:59.123456+00, which every DateStyle reads.
PGCLONE_API std::string timestamp_text(std::int64_t unix_microseconds);
// The objects of pgclone.progress() and pgclone.jobs().
PGCLONE_API std::string to_json(const JobProgress& progress);
PGCLONE_API std::string to_json(const std::vector<JobProgress>& jobs);

}  // namespace pgclone::job
