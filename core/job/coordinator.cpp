#include "job/coordinator.hpp"

#include <algorithm>
#include <string>

#include "conflict/staging.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

class Alone final : public plan::QueueLock {
 public:
  void lock() noexcept override {}
  void unlock() noexcept override {}
};
Alone alone;  // no state: nothing to destroy

bool reads_source(const plan::Task& task) {
  return std::any_of(task.steps.begin(), task.steps.end(), [](const plan::Step& step) {
    return !step.action.empty() && !step.strategy.empty();
  });
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

template <typename Work>
void Coordinator::in_transaction(Work&& work) {
  ports_.target.begin(TransactionMode::read_write);
  try {
    work();
    ports_.target.commit();
  } catch (...) {
    ports_.target.rollback();
    throw;
  }
}

JobResult Coordinator::run() {
  in_transaction([&] { journal_.open(identity_, spec_); });
  try {
    connect();
    plan();
    work();
  } catch (const Error& error) {
    remember(error);
  } catch (const std::bad_alloc&) {
    remember(Error(sqlstate::kOutOfMemory, "out of memory in the clone's coordinator"));
  } catch (const std::exception& error) {
    remember(Error(sqlstate::kInternalError, error.what()));
  }
  ports_.monitor.set_phase("finishing");
  ports_.monitor.set_current("", "");
  runner_.reset();
  if (source_) source_->release();
  if (result_.status != Status::completed) give_up_staging();
  record_verdict();
  return result_;
}

void Coordinator::connect() {
  ports_.monitor.set_phase("connecting");
  options_ = validate(spec_, ports_.plugins);
  auto& snapshot = ports_.plugins.snapshot(options_->boolean("consistent") ? "exported" : "none");
  source_ = std::make_unique<SourceLink>(ports_, snapshot, false);
  ports_.monitor.set_snapshot(source_->snapshot_id());
  const std::string effective = options_->effective();
  in_transaction([&] { journal_.set_options(effective, source_->snapshot_id()); });
}

void Coordinator::plan() {
  ports_.monitor.set_phase("planning");
  in_transaction([&] {
    Journal::Earlier earlier;
    if (identity_.resumed_from) earlier = journal_.earlier(*identity_.resumed_from);
    const bool staged = !earlier.staging.empty();
    job_ = plan_job({spec_, *options_, ports_, *source_,
                     staged ? earlier.staging : "pgclone_staging_" + std::to_string(identity_.id),
                     earlier.steps, staged});
    journal_.write_plan(job_);
  });
  memory_ = std::make_unique<std::uint64_t[]>(plan::TaskQueue::size_for(job_.plan) / 8 + 1);
  plan::TaskQueue::create(memory_.get(), job_.plan, job_.done);
  queue_ = std::make_unique<plan::TaskQueue>(memory_.get(), alone);
  runner_ = std::make_unique<TaskRunner>(ports_, *source_, *options_);
  std::uint64_t tasks = 0;
  for (std::size_t i = 0; i < job_.plan.tasks.size(); ++i) {
    const plan::Task& task = job_.plan.tasks[i];
    if (task.is_milestone()) continue;
    ++tasks;
    if (!job_.done[i] && reads_source(task)) ++tasks_reading_;
  }
  ports_.monitor.set_totals({tasks, job_.tables_total, job_.bytes_total});
  for (std::size_t i = 0; i < job_.plan.tasks.size(); ++i)
    if (job_.done[i]) {
      ports_.monitor.add_work(static_cast<std::int64_t>(job_.plan.tasks[i].cost));
      ports_.monitor.task_ended(counts_as_table(job_.plan.tasks[i]));
    }
}

void Coordinator::work() {
  ports_.monitor.set_phase("copying");
  release_source_when_idle();
  while (const auto task = queue_->claim()) run_task(*task);
}

void Coordinator::run_task(std::uint32_t task) {
  const std::vector<plan::Step> steps = queue_->steps(task);
  const bool reads = reads_source(job_.plan.tasks[task]);
  TaskReport report;
  while (!attempt(task, steps, report)) {
    ++report.retries;
    ports_.monitor.count_retry();
    ports_.waiter.wait(-1, false, false, pause_ms(report.retries));
  }
  if (reads) --tasks_reading_;
  release_source_when_idle();
}

// True when the task has its verdict, false to try again. A cancel is nobody's to keep.
bool Coordinator::attempt(std::uint32_t task, const std::vector<plan::Step>& steps,
                          TaskReport& report) {
  const std::uint64_t retries = report.retries;
  try {
    in_transaction([&] {
      prepare_target(ports_.target, job_.paths);
      runner_->run(steps);
      report = runner_->report_of_run();
      report.retries = retries;
      journal_.task_completed(task, report);
    });
    queue_->end(task, TaskStatus::completed);
    ports_.monitor.task_ended(counts_as_table(job_.plan.tasks[task]));
    return true;
  } catch (const Error& error) {
    runner_->take_back();
    source_->drop_copier();
    report = runner_->report_of_run();
    report.retries = retries;
    if (error.is_cancel()) {
      in_transaction([&] { journal_.task_failed(task, error, report); });
      throw;
    }
    if (worth_retrying(error, retries)) return false;
    fail_task(task, error, report);
    return true;
  }
}

bool Coordinator::worth_retrying(const Error& error, std::uint64_t retries) const {
  if (retries >= static_cast<std::uint64_t>(options_->integer("retries"))) return false;
  if (lost_source(error)) return !source_->consistent() || source_->keeper_answers();
  // Class 40 is for transactions that were rolled back through no fault of their own.
  return error.sqlstate().starts_with("40");
}

void Coordinator::fail_task(std::uint32_t task, const Error& error, const TaskReport& report) {
  const auto dragged = queue_->end(task, TaskStatus::failed);
  in_transaction([&] {
    journal_.task_failed(task, error, report);
    journal_.dragged_along(dragged, task);
  });
  for (const auto number : dragged)
    if (reads_source(job_.plan.tasks[number])) --tasks_reading_;
  result_.failed_tasks += 1 + dragged.size();
  remember(error);
  ports_.reporter.report(Severity::warning, error.message(), error.detail(), error.hint());
  // Without the source, or with its snapshot gone, every other table would fail alike.
  if (options_->text("on_error") == "stop" || lost_source(error)) queue_->stop();
}

// The source is let go as soon as nothing will be read: its snapshot holds back vacuum there, its
// locks hold back DDL, and in one and the same database perhaps our own.
void Coordinator::release_source_when_idle() {
  if (tasks_reading_ == 0) source_->release();
}

void Coordinator::remember(const Error& error) {
  if (result_.error && !error.is_cancel()) return;
  result_.error = error;
  result_.status = error.is_cancel() ? Status::cancelled : Status::failed;
}

void Coordinator::give_up_staging() {
  if (job_.staging.empty()) return;
  try {
    in_transaction([&] {
      conflict::drop_staging(ports_.target, job_.staging);
      journal_.forget_staging();
    });
  } catch (const Error& error) {
    ports_.reporter.report(
        Severity::warning,
        "the staging schema " + sql::identifier(job_.staging) + " was left behind", error.message(),
        "Drop it, or resume the job.");
  }
}

void Coordinator::record_verdict() {
  in_transaction([&] {
    journal_.close(
        {result_.status, result_.error ? &*result_.error : nullptr, result_.failed_tasks});
  });
}

}  // namespace pgclone::job
