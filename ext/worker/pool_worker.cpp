// A worker of a job's pool: a background worker that takes tasks from the coordinator's queue.
#include "job/pool_worker.hpp"

#include <cstring>
#include <string>

#include "guard/entry.hpp"
#include "guard/server_call.hpp"
#include "guc/settings.hpp"
#include "host/plugin_host.hpp"
#include "job/engine.hpp"
#include "session/backend_session.hpp"
#include "session/journal_session.hpp"
#include "session/latch_waiter.hpp"
#include "session/valid_text.hpp"
#include "shmem/worker_monitor.hpp"
#include "worker/log_reporter.hpp"
#include "worker/order.hpp"

#include "shmem/pool_workers.hpp"
#include "worker/home.hpp"

#include "server.hpp"

#include "worker/pool_segment.hpp"

namespace pgclone::worker {

namespace {

// A wake-up that got lost costs this much at most.
constexpr long kNapMs = 1000;

bool job_stopped(void* header) {
  return !shmem::may_go_on(static_cast<PoolHeader*>(header)->job);
}

class Member final : public job::PoolMember {
 public:
  Member(unsigned number, PoolHeader* header, session::LatchWaiter& waiter)
      : number_(number), header_(header), waiter_(waiter) {}

  [[nodiscard]] unsigned number() const override { return number_; }
  void listen() override {
    guard::server_call([this] { ConditionVariablePrepareToSleep(&changed()); });
  }
  void stop_listening() noexcept override { ConditionVariableCancelSleep(); }
  void wait_for_change() override {
    guard::server_call(
        [this] { ConditionVariableTimedSleep(&changed(), kNapMs, PG_WAIT_EXTENSION); });
    stop_listening();
    waiter_.check();
  }
  void announce_change() noexcept override {
    ConditionVariableBroadcast(&changed());
    SetLatch(header_->coordinator);
  }

 private:
  [[nodiscard]] ConditionVariable& changed() const {
    return shmem::slot_at(header_->job.index).queue_changed;
  }

  unsigned number_;
  PoolHeader* header_;
  session::LatchWaiter& waiter_;
};

void work(const Order& order, const Home& home, session::BackendSession& target, PoolHeader* header,
          shmem::PoolWorker& row) {
  session::JournalSession journal(target, home.journal_owner);
  const pq::ConnInfo source = pq::ConnInfo::parse(order.conninfo);
  session::LatchWaiter waiter(&job_stopped, header);
  host::PluginHost plugins(guc::plugin_config());
  shmem::WorkerMonitor monitor(shmem::slot_at(header->job.index), row);
  LogReporter reporter("pgclone job " + std::to_string(order.job_id), source);
  job::Ports ports{.source = source,
                   .require_password = order.require_password,
                   .target_encoding = guard::server_call([] { return GetDatabaseEncodingName(); }),
                   .valid_text = &session::is_valid_text,
                   .waiter = waiter,
                   .target = target,
                   .journal = &journal,
                   .plugins = plugins,
                   .monitor = monitor,
                   .reporter = reporter};
  const auto* const brief = static_cast<const char*>(at(header, header->brief));
  PoolLock lock(header);
  plan::TaskQueue queue(at(header, header->queue), lock);
  Member member(static_cast<unsigned>(row.number), header, waiter);
  job::run_pool_worker(job::WorkerBrief::from_text({brief, header->brief_size}), queue, member,
                       ports);
}

void run_pool_worker(dsm_handle handle, unsigned number) {
  dsm_segment* const segment = guard::server_call([handle] { return attach_segment(handle); });
  if (segment == nullptr) return;  // the job has ended before this worker came
  auto* const header = static_cast<PoolHeader*>(
      guard::server_call([segment] { return dsm_segment_address(segment); }));
  shmem::SlotView view;
  const bool live =
      guard::server_call([header, out = &view] { return shmem::read(header->job, out); });
  if (!live) return;
  const Order order =
      parse_order({static_cast<const char*>(at(header, header->order)), header->order_size});
  session::BackendSession target(session::BackendSession::Mode::own_transactions);
  const Home home = connect(view.identity, target);
  show_activity("pgclone worker " + std::to_string(number) + ": job " +
                std::to_string(order.job_id));
  shmem::PoolWorker* const row = guard::server_call(
      [header, number] { return shmem::enlist(header->job, static_cast<int>(number)); });
  try {
    work(order, home, target, header, *row);
  } catch (const Error& error) {
    target.rollback();
    // The coordinator writes the verdict of a job that was stopped.
    if (!error.is_cancel()) throw;
  }
}

}  // namespace

}  // namespace pgclone::worker

extern "C" PGCLONE_API void pgclone_pool_worker_main(Datum argument);

extern "C" void pgclone_pool_worker_main(Datum argument) {
  unsigned number = 0;
  memcpy(&number, MyBgworkerEntry->bgw_extra, sizeof number);
  const auto handle = DatumGetUInt32(argument);
  pqsignal(SIGTERM, die);
  pqsignal(SIGINT, StatementCancelHandler);
  BackgroundWorkerUnblockSignals();
  pgclone::guard::cpp_entry([=] { pgclone::worker::run_pool_worker(handle, number); });
}
