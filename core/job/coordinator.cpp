#include "job/coordinator.hpp"

#include <algorithm>
#include <string>
#include <thread>

#include "conflict/staging.hpp"
#include "job/pool.hpp"
#include "job/pool_worker.hpp"
#include "job/settings.hpp"
#include "job/task_loop.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

std::uint64_t tasks_to_run(const PlannedJob& job) {
  std::uint64_t tasks = 0;
  for (std::size_t i = 0; i < job.plan.tasks.size(); ++i)
    if (!job.plan.tasks[i].is_milestone() && !job.done[i]) ++tasks;
  return tasks;
}

}  // namespace

JobResult Coordinator::run() {
  in_transaction(ports_.target, [&] { journal_.open(identity_, spec_); });
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
  if (ports_.ignore_stops != nullptr) ports_.ignore_stops();
  ports_.monitor.set_phase("finishing");
  ports_.monitor.set_current("", "");
  if (ports_.pool != nullptr) ports_.pool->stop();
  if (source_) source_->release();
  try {
    if (queue_) take_outcome();
    if (result_.status != Status::completed) give_up_staging();
    record_verdict();
  } catch (const Error& error) {
    // Such as when the extension was dropped under the job.
    ports_.reporter.report(Severity::warning, error.message(), error.detail(), error.hint());
    remember(error);
    result_.recorded = false;
  }
  return result_;
}

void Coordinator::connect() {
  ports_.monitor.set_phase("connecting");
  options_ = validate(spec_, ports_.plugins);
  source_ = std::make_unique<SourceLink>(ports_, snapshot_strategy(*options_), false);
  ports_.monitor.set_snapshot(source_->snapshot_id());
  const std::string effective = options_->effective();
  in_transaction(ports_.target, [&] { journal_.set_options(effective, source_->snapshot_id()); });
}

void Coordinator::plan() {
  ports_.monitor.set_phase("planning");
  in_transaction(ports_.target, [&] {
    const Earlier earlier = journal_.earlier();
    job_ = plan_job({spec_, *options_, ports_, *source_, notices_,
                     "pgclone_staging_" + std::to_string(identity_.id), earlier});
    journal_.write_plan(job_);
    write_notices(TaskStatus::completed);
  });
}

// As many as the machine of the target has processors, unless the user knows better.
std::uint32_t Coordinator::builds_at_once() {
  std::int64_t most = 0;
  in_transaction(ports_.target, [&] { most = setting(ports_.target, "pgclone.max_builds", 0); });
  // Unknown to the operating system: no reason to wait.
  const unsigned processors = std::thread::hardware_concurrency();
  if (most == 0) return processors > 0 ? processors : UINT32_MAX;
  return static_cast<std::uint32_t>(most);
}

// In memory of our own, or in memory that the pool's workers share.
void Coordinator::fill_queue() {
  if (ports_.pool == nullptr || options_->integer("parallel") <= 1) {
    own_queue_ = std::make_unique<plan::LocalQueue>(job_.plan, job_.done);
    queue_ = &own_queue_->queue();
    return;
  }
  const WorkerBrief brief{identity_.id, spec_, source_->snapshot_id(), job_.paths};
  void* const memory = ports_.pool->share(plan::TaskQueue::size_for(job_.plan), brief.to_text());
  plan::TaskQueue::create(memory, job_.plan, job_.done, builds_at_once());
  queue_ = &shared_queue_.emplace(memory, ports_.pool->lock());
}

void Coordinator::publish_totals() {
  std::uint64_t tasks = 0;
  for (const auto& task : job_.plan.tasks) tasks += task.is_milestone() ? 0 : 1;
  ports_.monitor.set_totals({tasks, job_.tables_total, job_.bytes_total});
  for (std::size_t i = 0; i < job_.plan.tasks.size(); ++i)
    if (job_.done[i]) {
      ports_.monitor.add_work(static_cast<std::int64_t>(job_.plan.tasks[i].cost));
      ports_.monitor.task_ended(plan::counts_as_table(job_.plan.tasks[i]));
    }
}

void Coordinator::work() {
  fill_queue();
  publish_totals();
  ports_.monitor.set_phase("copying");
  release_source_when_idle();
  const auto wanted = static_cast<unsigned>(std::min<std::uint64_t>(
      static_cast<std::uint64_t>(options_->integer("parallel")), tasks_to_run(job_)));
  if (ports_.pool != nullptr && wanted > 1) work_with_pool(wanted);
  work_alone();  // everything, or what a pool without living workers has left
}

void Coordinator::work_alone() {
  TaskLoop loop(ports_, *source_, *options_, journal_, *queue_, job_.paths.running,
                TaskLoop::Place::in_coordinator);
  while (const auto task = queue_->claim()) {
    loop.run(*task);
    release_source_when_idle();
  }
}

void Coordinator::work_with_pool(unsigned wanted) {
  const unsigned started = ports_.pool->start(wanted);
  if (started < wanted)
    notices_.report(
        Severity::warning,
        "job " + std::to_string(identity_.id) + " runs with " + std::to_string(started) + " of " +
            std::to_string(wanted) + " workers",
        "All other background worker slots of the server are in use.",
        "Raise max_worker_processes by " + std::to_string(wanted - started) + " or more.");
  // Until they are gone, not until the queue is empty: a worker writes the journal's verdict on its
  // last task after it has taken the task out of the queue.
  while (ports_.pool->alive() > 0) {
    ports_.pool->wait(ports_.keeper_ping_ms > 0 ? ports_.keeper_ping_ms : -1);
    take_back_from_ended_workers();
    release_source_when_idle();
    check_keeper();
  }
}

// A worker that was terminated leaves a task behind, rolled back; another one takes it.
void Coordinator::take_back_from_ended_workers() {
  for (const unsigned worker : ports_.pool->take_ended()) {
    const auto tasks = queue_->abandon(worker);
    if (tasks.empty()) continue;
    in_transaction(ports_.target, [&] { journal_.taken_back(tasks); });
    for (std::size_t n = tasks.size(); n > 0; --n) ports_.monitor.count_retry();
  }
}

// A connection that was dropped silently shows here, before an import fails without a cause.
void Coordinator::check_keeper() {
  if (ports_.keeper_ping_ms <= 0 || source_released_ || !source_->consistent()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ping_ < std::chrono::milliseconds(ports_.keeper_ping_ms)) return;
  last_ping_ = now;
  if (source_->snapshot_stands()) return;
  throw Error(sqlstate::kConnectionFailure, "the connection that kept the snapshot was lost")
      .with_detail("Without it no worker can read the rest of the source at the same moment.")
      .with_hint(
          "Look for timeouts on the source and in the network between, then SELECT "
          "pgclone.resume(" +
          std::to_string(identity_.id) +
          "); or clone with {\"consistent\": false}, which needs no snapshot.");
}

// The source is let go as soon as nothing will be read: its snapshot holds back vacuum there, its
// locks hold back DDL, and in one and the same database perhaps our own.
void Coordinator::release_source_when_idle() {
  if (source_released_ || queue_->reading() > 0) return;
  source_->release();
  source_released_ = true;
}

void Coordinator::remember(const Error& error) {
  if (result_.error && !error.is_cancel()) return;
  result_.error = error;
  result_.status = error.is_cancel() ? Status::cancelled : Status::failed;
}

// The verdict follows from the tasks'. The first error of a task is the job's, unless the job
// itself was stopped or broke.
void Coordinator::take_outcome() {
  in_transaction(ports_.target, [&] {
    auto outcome = journal_.outcome();
    result_.failed_tasks = outcome.failed;
    if (outcome.first_error && result_.status == Status::completed) {
      result_.status = Status::failed;
      result_.error = std::move(outcome.first_error);
    }
  });
  if (result_.status == Status::completed && !all_tasks_went_well())
    remember(Error(sqlstate::kInternalError, "the job ended before all of its tasks had")
                 .with_detail("A worker of its pool may have ended, or tasks wait for one another.")
                 .with_hint("SELECT pgclone.resume(" + std::to_string(identity_.id) +
                            ") goes on with what is left."));
}

bool Coordinator::all_tasks_went_well() const {
  for (std::uint32_t i = 0; i < queue_->size(); ++i)
    if (const auto status = queue_->status(i);
        status != TaskStatus::completed && status != TaskStatus::skipped)
      return false;
  return true;
}

// Only a schema that this job, or one before it, has made; after the swap it is gone.
bool Coordinator::has_staging() const {
  if (job_.staging.empty() || !queue_) return false;
  const auto is_completed = [&](const std::string& key) {
    for (std::uint32_t i = 0; i < job_.plan.tasks.size(); ++i)
      if (job_.plan.tasks[i].key == key) return queue_->status(i) == TaskStatus::completed;
    return false;
  };
  return is_completed(schema_group(job_.staging)) &&
         !is_completed(std::string(conflict::kSwapGroup));
}

void Coordinator::give_up_staging() {
  if (!has_staging()) return;
  try {
    in_transaction(ports_.target, [&] {
      conflict::drop_staging(ports_.target, job_.staging);
      journal_.forget_staging();
    });
  } catch (const Error& error) {
    notices_.report(Severity::warning,
                    "the staging schema " + sql::identifier(job_.staging) + " was left behind",
                    error.message(), "Drop it, or resume the job.");
  }
}

// What is of no task: of the planning, and of the job as a whole.
void Coordinator::write_notices(TaskStatus verdict) {
  const auto notices = notices_.take();
  if (!notices.empty()) journal_.tell(spec_, notices, verdict);
}

void Coordinator::record_verdict() {
  const bool planned = queue_ != nullptr;
  in_transaction(ports_.target, [&] {
    write_notices(planned                               ? TaskStatus::completed
                  : result_.status == Status::cancelled ? TaskStatus::cancelled
                                                        : TaskStatus::failed);
    journal_.close(
        {result_.status, result_.error ? &*result_.error : nullptr, result_.failed_tasks});
  });
}

}  // namespace pgclone::job
