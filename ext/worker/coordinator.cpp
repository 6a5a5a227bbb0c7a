#include "worker/coordinator.hpp"

#include <csignal>
#include <cstring>
#include <string>

#include "guard/entry.hpp"
#include "guard/report.hpp"
#include "guard/server_call.hpp"
#include "guc/settings.hpp"
#include "host/plugin_host.hpp"
#include "job/engine.hpp"
#include "pgclone/plugin/sql.hpp"
#include "session/backend_session.hpp"
#include "session/journal_session.hpp"
#include "session/latch_waiter.hpp"
#include "session/pinned_settings.hpp"
#include "session/statement_reader.hpp"
#include "session/valid_text.hpp"
#include "shmem/slot_monitor.hpp"
#include "worker/log_reporter.hpp"
#include "worker/order.hpp"
#include "worker/segment.hpp"
#include "worker/stop_signal.hpp"

#include "shmem/slots.hpp"
#include "worker/home.hpp"
#include "worker/job_pool.hpp"
#include "worker/slot_keeper.hpp"

#include "server.hpp"

namespace pgclone::worker {

namespace {

job::JobResult run_job(const Order& order, const Home& home, session::BackendSession& target,
                       shmem::SlotRef ref) {
  shmem::Slot& slot = shmem::slot_at(ref.index);
  session::JournalSession journal(target, home.journal_owner);
  const pq::ConnInfo source = pq::ConnInfo::parse(order.conninfo);
  const std::string name = "pgclone job " + std::to_string(order.job_id);
  session::LatchWaiter waiter(&stop_requested, &slot);
  session::ServerStatementReader statements;
  host::PluginHost plugins(guc::plugin_config());
  shmem::SlotMonitor monitor(slot);
  LogReporter reporter(name, source);
  JobPool pool(ref, order, waiter);
  job::Ports ports{.source = source,
                   .require_password = order.require_password,
                   .target_encoding = guard::server_call([] { return GetDatabaseEncodingName(); }),
                   .valid_text = &session::is_valid_text,
                   .waiter = waiter,
                   .target = target,
                   .journal = &journal,
                   .statements = &statements,
                   .plugins = plugins,
                   .monitor = monitor,
                   .reporter = reporter,
                   .pool = &pool,
                   .ignore_stops = &ignore_stops,
                   .let_write = &session::let_write,
                   .keeper_ping_ms = guc::keeper_ping_interval()};
  const job::JobIdentity identity{.id = order.job_id,
                                  .owner = home.owner_name,
                                  .source_label = order.source_label,
                                  .source_has_secret = order.source_has_secret,
                                  .resumed_from = order.resumed_from};
  job::JobResult result = job::run_background(identity, order.spec, ports);
  reporter.report(Severity::info, "ended: " + std::string(job::to_text(result.status)),
                  result.error ? result.error->message() : std::string(), {});
  return result;
}

void write_verdict(shmem::SlotRef ref, const job::JobResult& result) {
  shmem::SlotError error{};
  if (result.error) error = slot_error(*result.error);
  guard::server_call(
      [ref, status = result.status, verdict = result.error ? &error : nullptr,
       recorded = result.recorded] { shmem::finish(ref, status, verdict, recorded); });
}

// The verdict when even the journal could not be written.
job::JobResult result_without_journal(const Error& error) {
  guard::report(Severity::warning, error.message(), error.detail(), error.hint());
  return {
      .status = error.is_cancel() && was_stopped() ? job::Status::cancelled : job::Status::failed,
      .error = error,
      .recorded = false};
}

void run_coordinator(shmem::SlotRef ref) {
  shmem::SlotView view;
  const bool ours =
      guard::server_call([ref, out = &view] { return take_slot(ref) && shmem::read(ref, out); });
  if (!ours) return;
  const Order order = parse_order(take_order(view.identity.segment));
  session::BackendSession target(session::BackendSession::Mode::own_transactions);
  const Home home = connect(view.identity, target);
  show_activity("pgclone coordinator: job " + std::to_string(order.job_id));
  guard::server_call([ref] { shmem::attach(ref); });
  try {
    write_verdict(ref, run_job(order, home, target, ref));
  } catch (const Error& error) {
    target.rollback();
    write_verdict(ref, result_without_journal(error));
  }
}

}  // namespace

}  // namespace pgclone::worker

// The worker's entry. A job keeps the settings with which it began, so SIGHUP stays ignored.
extern "C" PGCLONE_API void pgclone_coordinator_main(Datum argument);

extern "C" void pgclone_coordinator_main(Datum argument) {
  pgclone::shmem::SlotRef ref{DatumGetInt32(argument), 0};
  memcpy(&ref.generation, MyBgworkerEntry->bgw_extra, sizeof ref.generation);
  pqsignal(SIGTERM, die);
  pgclone::worker::install_stop_handler();
  BackgroundWorkerUnblockSignals();
  pgclone::guard::cpp_entry([ref] { pgclone::worker::run_coordinator(ref); });
}
