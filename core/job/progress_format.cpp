#include "job/progress_format.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace pgclone::job {

namespace {

constexpr int kCells = 20;

std::string one_decimal(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.1f", value);
  return buffer;
}

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

boost::json::value text_or_null(std::string_view text) {
  if (text.empty()) return nullptr;
  return boost::json::value(text);
}

template <typename Number>
boost::json::value number_or_null(const std::optional<Number>& number) {
  if (!number) return nullptr;
  return boost::json::value(*number);
}

boost::json::value error_value(const std::optional<ErrorText>& error) {
  if (!error) return nullptr;
  return boost::json::object{{"sqlstate", error->sqlstate},
                             {"message", error->message},
                             {"detail", text_or_null(error->detail)},
                             {"hint", text_or_null(error->hint)}};
}

boost::json::object to_object(const JobProgress& progress) {
  boost::json::object out;
  out["job_id"] = progress.job_id;
  out["status"] = to_text(progress.status);
  out["op_type"] = progress.op_type;
  out["schema_name"] = progress.schema_name;
  out["table_name"] = text_or_null(progress.table_name);
  out["phase"] = progress.phase;
  out["tables_completed"] = progress.tables_completed;
  out["tables_total"] = progress.tables_total;
  out["rows_copied"] = progress.rows_copied;
  out["bytes_copied"] = progress.bytes_copied;
  out["bytes_total"] = progress.bytes_total;
  out["current_table"] = text_or_null(progress.current);
  out["elapsed_ms"] = progress.elapsed_ms;
  out["eta_ms"] = number_or_null(eta_ms(progress));
  out["start_time"] = timestamp_text(progress.start_time);
  out["end_time"] = progress.end_time ? boost::json::value(timestamp_text(*progress.end_time))
                                      : boost::json::value(nullptr);
  out["retries"] = progress.retries;
  out["failed_tasks"] = progress.failed_tasks;
  out["owner"] = progress.owner;
  out["database"] = progress.database;
  out["source"] = text_or_null(progress.source);
  out["snapshot_id"] = text_or_null(progress.snapshot);
  out["resumed_from"] = number_or_null(progress.resumed_from);
  out["error"] = error_value(progress.error);
  return out;
}

}  // namespace

double percent(const JobProgress& progress) {
  if (progress.status == Status::completed) return 100.0;
  // A clone without rows has no bytes to count.
  const double done = progress.bytes_total > 0
                          ? ratio(progress.work_done, progress.bytes_total)
                          : ratio(progress.tables_completed, progress.tables_total);
  return std::clamp(std::floor(done * 1000.0 + 1e-9) / 10.0, 0.0, 99.9);
}

std::optional<std::int64_t> eta_ms(const JobProgress& progress) {
  if (progress.status != Status::running || progress.work_done == 0 || progress.work_ms <= 0) {
    return std::nullopt;
  }
  if (progress.work_done >= progress.bytes_total) return 0;
  const auto left = static_cast<double>(progress.bytes_total - progress.work_done);
  return static_cast<std::int64_t>(left / static_cast<double>(progress.work_done) *
                                   static_cast<double>(progress.work_ms));
}

std::string clock_text(std::int64_t milliseconds) {
  const std::int64_t seconds = std::max<std::int64_t>(milliseconds, 0) / 1000;
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%02lld:%02d:%02d", static_cast<long long>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return buffer;
}

std::string progress_bar(const JobProgress& progress) {
  const double done = percent(progress);
  const int full = static_cast<int>(done / 100.0 * kCells + 1e-9);
  std::string bar = "[";
  for (int cell = 0; cell < kCells; ++cell) bar += cell < full ? "█" : "░";
  return bar + "] " + one_decimal(done) + "% | " + std::to_string(progress.rows_copied) +
         " rows | " + clock_text(progress.elapsed_ms) + " elapsed";
}

std::string timestamp_text(std::int64_t unix_microseconds) {
  namespace chrono = std::chrono;
  const chrono::sys_time<chrono::microseconds> moment{chrono::microseconds(unix_microseconds)};
  const auto day = chrono::floor<chrono::days>(moment);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss time(moment - day);
  char buffer[80];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u %02d:%02d:%02d.%06d+00",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()),
                static_cast<int>(time.subseconds().count()));
  return buffer;
}

// Boost.JSON writes 60.0 as 6E1, so the one fraction is put in as text.
std::string to_json(const JobProgress& progress) {
  std::string text = boost::json::serialize(to_object(progress));
  text.pop_back();
  return text + ",\"pct_complete\":" + one_decimal(percent(progress)) + "}";
}

std::string to_json(const std::vector<JobProgress>& jobs) {
  std::string out = "[";
  for (const JobProgress& progress : jobs) {
    if (out.size() > 1) out += ',';
    out += to_json(progress);
  }
  return out + "]";
}

}  // namespace pgclone::job
