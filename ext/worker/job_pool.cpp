#include <algorithm>
#include <csignal>
#include <cstring>
#include <string>

#include "guard/server_call.hpp"
#include "plan/queue.hpp"
#include "shmem/startup.hpp"

#include "server.hpp"

#include "worker/job_pool.hpp"

namespace pgclone::worker {

namespace {

// The workers of this process, for its end: however the coordinator goes, its workers go first, so
// that nobody works on a job that has its verdict. Handles live in TopMemoryContext.
constexpr int kRemembered = 1024;  // the largest value of option "parallel"
BackgroundWorkerHandle* remembered[kRemembered];
int remembered_count = 0;

// How long workers get to end by themselves, in milliseconds: more than a cancel request takes.
constexpr int64 kTimeToUnwind = 900;

void end_workers(int, Datum) {
  for (int i = 0; i < remembered_count; ++i) TerminateBackgroundWorker(remembered[i]);
  for (int i = 0; i < remembered_count; ++i) WaitForBackgroundWorkerShutdown(remembered[i]);
  remembered_count = 0;
}

void remember(BackgroundWorkerHandle* handle) {
  static bool registered = false;
  if (!registered) before_shmem_exit(end_workers, 0);
  registered = true;
  if (remembered_count < kRemembered) remembered[remembered_count++] = handle;
}

BackgroundWorkerHandle* register_worker(const BackgroundWorker& description) {
  BackgroundWorker worker = description;
  MemoryContext const before = MemoryContextSwitchTo(TopMemoryContext);
  BackgroundWorkerHandle* handle = nullptr;
  const bool registered = RegisterDynamicBackgroundWorker(&worker, &handle);
  MemoryContextSwitchTo(before);
  if (!registered) return nullptr;
  remember(handle);
  return handle;
}

}  // namespace

JobPool::~JobPool() {
  stop();
  if (segment_ == nullptr) return;
  guard::server_call_noexcept([this] {
    explicit_bzero(at(header_, header_->order), header_->order_size);
    dsm_detach(segment_);
  });
}

void* JobPool::share(std::size_t size, std::string_view brief) {
  const std::string order = serialize(order_);
  const Size order_at = MAXALIGN(sizeof(PoolHeader));
  const Size brief_at = order_at + MAXALIGN(order.size());
  const Size queue_at = brief_at + MAXALIGN(brief.size());
  segment_ = guard::server_call([total = queue_at + size] { return create_segment(total); });
  header_ = static_cast<PoolHeader*>(
      guard::server_call([this] { return dsm_segment_address(segment_); }));
  LWLockInitialize(&header_->lock, shmem::header().lock->tranche);
  header_->coordinator = MyLatch;
  header_->job = job_;
  header_->order = order_at;
  header_->order_size = order.size();
  header_->brief = brief_at;
  header_->brief_size = brief.size();
  header_->queue = queue_at;
  memcpy(at(header_, order_at), order.data(), order.size());
  memcpy(at(header_, brief_at), brief.data(), brief.size());
  lock_ = PoolLock(header_);
  return at(header_, queue_at);
}

bool JobPool::start_one(unsigned number) {
  BackgroundWorker worker{};
  snprintf(worker.bgw_name, BGW_MAXLEN, "pgclone worker %u: job %d", number, order_.job_id);
  snprintf(worker.bgw_type, BGW_MAXLEN, "pgclone worker");
  snprintf(worker.bgw_library_name, BGW_MAXLEN, "$libdir/pgclone");
  snprintf(worker.bgw_function_name, BGW_MAXLEN, "pgclone_pool_worker_main");
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = BGW_NEVER_RESTART;
  worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(segment_));
  worker.bgw_notify_pid = MyProcPid;
  memcpy(worker.bgw_extra, &number, sizeof number);
  workers_.reserve(workers_.size() + 1);
  BackgroundWorkerHandle* const handle =
      guard::server_call([&worker] { return register_worker(worker); });
  if (handle == nullptr) return false;
  workers_.push_back({number, handle});
  return true;
}

unsigned JobPool::start(unsigned workers) {
  unsigned started = 0;
  while (started < workers && start_one(started + 1)) ++started;
  return started;
}

void JobPool::wait(int timeout_ms) {
  waiter_.wait(-1, false, false, timeout_ms);
}

std::vector<unsigned> JobPool::take_ended() {
  std::vector<unsigned> ended;
  std::erase_if(workers_, [&ended](const Worker& worker) {
    pid_t pid = 0;
    if (GetBackgroundWorkerPid(worker.handle, &pid) != BGWH_STOPPED) return false;
    ended.push_back(worker.number);
    return true;
  });
  return ended;
}

unsigned JobPool::alive() const {
  return static_cast<unsigned>(workers_.size());
}

// A worker that is cancelled unwinds: an old source learns that its statement is wanted no longer.
// One that is terminated just ends.
void JobPool::cancel_workers() {
  const TimestampTz deadline = GetCurrentTimestamp() + kTimeToUnwind * INT64CONST(1000);
  for (const Worker& worker : workers_) {
    pid_t pid = 0;
    if (GetBackgroundWorkerPid(worker.handle, &pid) == BGWH_STARTED) kill(pid, SIGINT);
  }
  for (const Worker& worker : workers_) {
    pid_t pid = 0;
    while (GetBackgroundWorkerPid(worker.handle, &pid) == BGWH_STARTED) {
      const long left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
      if (left <= 0) return;
      WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left, PG_WAIT_EXTENSION);
      ResetLatch(MyLatch);
      CHECK_FOR_INTERRUPTS();
    }
  }
}

void JobPool::stop() noexcept {
  if (workers_.empty()) return;
  guard::server_call_noexcept([this] {
    cancel_workers();
    for (const Worker& worker : workers_) TerminateBackgroundWorker(worker.handle);
    for (const Worker& worker : workers_) WaitForBackgroundWorkerShutdown(worker.handle);
  });
  workers_.clear();
}

}  // namespace pgclone::worker
