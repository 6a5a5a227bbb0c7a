#include "job/task_loop.hpp"

#include <algorithm>
#include <chrono>

#include "job/settings.hpp"

namespace pgclone::job {
namespace {

// A task that took less than this is no loss. It and its row in the journal are lost together, so
// its commit needs no flush of its own: the next one that has it, at the latest the job's verdict,
// flushes all that was written before.
constexpr double kWorthAFlush = 1.0;

void spare_the_flush(Session& target, const TaskReport& report) {
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  if (now - report.started < kWorthAFlush) target.execute("SET LOCAL synchronous_commit = off");
}

bool lost_source(const Error& error) {
  return error.origin() == Origin::source && error.is_connection_loss();
}

// The pause before the nth new attempt: long enough for a server to come back, soon enough for
// nobody to notice a passing fault.
int pause_ms(std::uint64_t retry) {
  return static_cast<int>(std::min<std::uint64_t>(100U << std::min<std::uint64_t>(retry, 7), 5000));
}

}  // namespace

void TaskLoop::run(std::uint32_t task) {
  const std::vector<plan::Step> steps = queue_.steps(task);
  TaskReport report;
  while (!attempt(task, steps, report)) {
    ++report.retries;
    ports_.monitor.count_retry();
    ports_.waiter.wait(-1, false, false, pause_ms(report.retries));
  }
  ports_.monitor.set_current("", "");
  source_.end_moment();
}

// True when the task has its verdict, false to try again. A cancel is nobody's to keep.
bool TaskLoop::attempt(std::uint32_t task, const std::vector<plan::Step>& steps,
                       TaskReport& report) {
  const std::uint64_t retries = report.retries;
  try {
    in_transaction(ports_.target, [&] {
      prepare_target(ports_.target, path_);
      if (place_ == Place::in_pool) maintenance_.let_help(queue_.idle_of(workers_));
      runner_.run(steps);
      report = runner_.report_of_run();
      report.retries = retries;
      journal_.task_completed(task, report);
      spare_the_flush(ports_.target, report);
    });
    queue_.end(task, TaskStatus::completed);
    ports_.monitor.task_ended(queue_.is_table(task));
  } catch (const Error& error) {
    runner_.take_back();
    source_.drop_copier();
    report = runner_.report_of_run();
    report.retries = retries;
    if (error.is_cancel()) throw;
    if (place_ == Place::in_pool && error.origin() == Origin::source &&
        error.sqlstate() == sqlstate::kUnableToConnect)
      throw;
    if (worth_retrying(error, retries) || met_another_worker(steps, error, retries)) return false;
    fail(task, error, report);
  }
  return true;
}

bool TaskLoop::worth_retrying(const Error& error, std::uint64_t retries) const {
  if (retries >= static_cast<std::uint64_t>(options_.integer("retries"))) return false;
  if (lost_source(error)) return !source_.consistent() || source_.snapshot_stands();
  // Class 40 is for transactions that were rolled back through no fault of their own.
  return error.sqlstate().starts_with("40");
}

// Two workers that define objects may meet in a catalog's unique index: the commutator that one
// operator announces is made by another's statement. A task with rows has unique keys of its own.
bool TaskLoop::met_another_worker(const std::vector<plan::Step>& steps, const Error& error,
                                  std::uint64_t retries) const {
  if (place_ != Place::in_pool || error.sqlstate() != sqlstate::kUniqueViolation ||
      retries >= static_cast<std::uint64_t>(options_.integer("retries")))
    return false;
  return std::none_of(steps.begin(), steps.end(),
                      [](const plan::Step& step) { return step.phase == Phase::load; });
}

void TaskLoop::fail(std::uint32_t task, const Error& error, const TaskReport& report) {
  const auto dragged = queue_.end(task, TaskStatus::failed);
  // Without the source, or with its snapshot gone, every other table would fail alike.
  const bool snapshot_gone = source_.consistent() && !source_.snapshot_stands();
  if (options_.text("on_error") == "stop" || lost_source(error) || snapshot_gone) queue_.stop();
  in_transaction(ports_.target, [&] {
    journal_.task_failed(task, error, report);
    journal_.dragged_along(dragged, task);
  });
  ports_.reporter.report(Severity::warning, error.message(), error.detail(), error.hint());
}

}  // namespace pgclone::job
