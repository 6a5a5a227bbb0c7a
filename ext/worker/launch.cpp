#include "worker/launch.hpp"

#include <cstring>

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "session/backend_session.hpp"
#include "session/journal_session.hpp"
#include "shmem/startup.hpp"
#include "worker/order.hpp"
#include "worker/segment.hpp"

#include "shmem/slots.hpp"

#include "server.hpp"

namespace pgclone::worker {

namespace {

// A slot that goes back unless the job has begun.
class ClaimedSlot {
 public:
  explicit ClaimedSlot(shmem::SlotRef ref) : ref_(ref) {}
  ~ClaimedSlot() {
    if (!kept_) guard::server_call_noexcept([this] { give_back(); });
  }
  ClaimedSlot(const ClaimedSlot&) = delete;
  ClaimedSlot& operator=(const ClaimedSlot&) = delete;

  [[nodiscard]] shmem::SlotRef ref() const { return ref_; }
  // From now on a worker may come for it.
  void started(BackgroundWorkerHandle* worker) { worker_ = worker; }
  void keep() { kept_ = true; }

 private:
  // In this order: a worker that still comes finds its slot gone, and leaves.
  void give_back() {
    shmem::abandon(ref_);
    if (worker_ != nullptr) TerminateBackgroundWorker(worker_);
  }

  shmem::SlotRef ref_;
  BackgroundWorkerHandle* worker_ = nullptr;
  bool kept_ = false;
};

bool can_login(Oid role) {
  HeapTuple const tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
  if (!HeapTupleIsValid(tuple)) return false;
  const bool allowed =
      static_cast<Form_pg_authid>(static_cast<void*>(GETSTRUCT(tuple)))->rolcanlogin;
  ReleaseSysCache(tuple);
  return allowed;
}

// The role as which the coordinator connects; InvalidOid when there is none.
//
// After SET ROLE to a role without LOGIN it is the session's user, who then does the same SET ROLE
// and stays in that role (BackendSession::keep_role()). A SECURITY DEFINER function's caller has
// not become its owner by SET ROLE, so there this way is closed.
Oid choose_login_role() {
  Oid user = InvalidOid;
  int context = 0;
  GetUserIdAndSecContext(&user, &context);
  if (can_login(user)) return user;
  const Oid session_user = GetSessionUserId();
  const bool by_set_role = context == 0 && GetOuterUserId() == user;
  if (!by_set_role || !can_login(session_user) || !is_member_of_role(session_user, user)) {
    return InvalidOid;
  }
  return session_user;
}

Oid login_role() {
  const Oid role = guard::server_call([] { return choose_login_role(); });
  if (role != InvalidOid) return role;
  const std::string name = guard::server_call([] { return GetUserNameFromId(GetUserId(), false); });
  throw Error(sqlstate::kInsufficientPrivilege,
              "a background job cannot run as role " + sql::identifier(name))
      .with_detail("The role may not log in, and a job connects to the database as its owner.")
      .with_hint("Submit the job as a role with LOGIN, or use the synchronous function.");
}

// nextval() alone logs 32 numbers at once, which a crash skips; setval() logs the one that it sets.
// Both are safe from rollback. The lock is let go at once, since the caller's transaction may be
// long; it doesn't conflict with that of a nextval(). The sequence begins anew with the extension;
// jobs of one that was dropped may still run.
std::int32_t next_job_id() {
  session::BackendSession session(session::BackendSession::Mode::caller_transaction);
  session::JournalSession journal(session, session::extension_owner());
  const auto sequence = journal.query("SELECT 'pgclone.job_id_seq'::regclass::oid").oid(0, 0);
  for (;;) {
    guard::server_call([sequence] { LockRelationOid(sequence, ShareUpdateExclusiveLock); });
    const auto id = static_cast<std::int32_t>(
        journal
            .query("SELECT pg_catalog.setval('pgclone.job_id_seq'::regclass, "
                   "pg_catalog.nextval('pgclone.job_id_seq'::regclass))")
            .integer(0, 0));
    guard::server_call([sequence] { UnlockRelationOid(sequence, ShareUpdateExclusiveLock); });
    shmem::SlotView other;
    if (!guard::server_call([id, out = &other] { return shmem::find(id, out); })) return id;
  }
}

template <size_t size>
void put_name(char (&field)[size], const std::string& name) {
  shmem::clip(field, size, name.data(), name.size());
}

shmem::SlotIdentity identify(const Order& order, Oid login, dsm_handle segment) {
  shmem::SlotIdentity identity{};
  identity.database = MyDatabaseId;
  identity.extension = guard::server_call([] { return get_extension_oid("pgclone", false); });
  identity.job_id = order.job_id;
  identity.owner = guard::server_call([] { return GetUserId(); });
  identity.login_role = login;
  identity.resumed_from = order.resumed_from.value_or(0);
  identity.segment = segment;
  put_name(identity.strategy, order.spec.strategy);
  put_name(identity.schema_name, order.spec.schema);
  put_name(identity.table_name, order.spec.table);
  return identity;
}

shmem::SlotRef claim_slot(const shmem::SlotIdentity& identity) {
  const shmem::Claim claim = guard::server_call([&identity] { return shmem::claim(identity); });
  switch (claim.outcome) {
    case shmem::Claimed::yes:
      break;
    case shmem::Claimed::all_busy:
      throw Error(sqlstate::kConfigurationLimitExceeded, "too many clone jobs are running")
          .with_detail("All slots that pgclone.max_jobs allows are taken by jobs that run.")
          .with_hint(
              "Wait for one to end (pgclone.wait), or raise pgclone.max_jobs and restart the "
              "server.");
    case shmem::Claimed::already_resumed:
      throw Error(sqlstate::kObjectNotInPrerequisiteState,
                  "job " + std::to_string(identity.resumed_from) + " was resumed already")
          .with_detail("Job " + std::to_string(claim.other_job) + " goes on with it.")
          .with_hint("If that one ends without success, resume it instead.");
  }
  return claim.ref;
}

BackgroundWorkerHandle* start_worker(const Order& order, shmem::SlotRef ref) {
  BackgroundWorker worker{};
  snprintf(worker.bgw_name, BGW_MAXLEN, "pgclone coordinator: job %d", order.job_id);
  snprintf(worker.bgw_type, BGW_MAXLEN, "pgclone coordinator");
  snprintf(worker.bgw_library_name, BGW_MAXLEN, "$libdir/pgclone");
  snprintf(worker.bgw_function_name, BGW_MAXLEN, "pgclone_coordinator_main");
  worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
  worker.bgw_restart_time = BGW_NEVER_RESTART;
  worker.bgw_main_arg = Int32GetDatum(ref.index);
  worker.bgw_notify_pid = MyProcPid;
  memcpy(worker.bgw_extra, &ref.generation, sizeof ref.generation);
  BackgroundWorkerHandle* handle = nullptr;
  const bool registered = guard::server_call(
      [&worker, &handle] { return RegisterDynamicBackgroundWorker(&worker, &handle); });
  if (registered) return handle;
  throw Error("53000", "could not start a background worker for the clone job")
      .with_detail("All background worker slots of the server are in use.")
      .with_hint("Raise max_worker_processes and restart the server, or try again later.");
}

enum class Start { attached, failed, died };

// The coordinator sets our latch when it has attached or failed, the postmaster when it is gone.
Start wait_for_coordinator(shmem::SlotRef ref, BackgroundWorkerHandle* worker,
                           shmem::SlotView* view) {
  for (;;) {
    // Asked before the slot: what the worker wrote before its end is then seen below.
    pid_t pid = 0;
    const bool gone = GetBackgroundWorkerPid(worker, &pid) == BGWH_STOPPED;
    if (!shmem::read(ref, view)) return Start::died;
    if (view->attached) return Start::attached;
    if (job::is_final(view->status)) return Start::failed;
    if (gone) return Start::died;
    WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH, -1, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
  }
}

void expect_start(shmem::SlotRef ref, BackgroundWorkerHandle* worker) {
  shmem::SlotView view;
  switch (guard::server_call([&] { return wait_for_coordinator(ref, worker, &view); })) {
    case Start::attached:
      return;
    case Start::failed:
      throw Error(view.error.sqlstate,
                  std::string("could not start the clone job: ") + view.error.message)
          .with_detail(view.error.detail)
          .with_hint(view.error.hint);
    case Start::died:
      throw Error("53000", "could not start the clone job")
          .with_detail("Its background worker ended before it had begun.")
          .with_hint("The server's log tells why.");
  }
}

}  // namespace

void require_preload() {
  if (shmem::available()) return;
  throw Error(sqlstate::kObjectNotInPrerequisiteState,
              "background jobs need pgclone to be loaded when the server starts")
      .with_detail("The library is not in shared_preload_libraries.")
      .with_hint(
          "Add the line \"shared_preload_libraries = 'pgclone'\" to postgresql.conf (after a comma "
          "if others are listed there) and restart the server; pgclone.table() and "
          "pgclone.schema() work without.");
}

std::int32_t launch(const job::JobSpec& spec, const ResolvedSource& source,
                    std::optional<std::int32_t> resumed_from) {
  require_preload();
  Order order;
  order.job_id = next_job_id();
  order.resumed_from = resumed_from;
  order.spec = spec;
  order.conninfo = source.conninfo.text();
  order.source_label = source.label;
  order.source_has_secret = source.needs_secret;
  order.require_password = source.require_password;
  const Oid login = login_role();
  const OrderSegment segment(serialize(order));
  ClaimedSlot slot(claim_slot(identify(order, login, segment.handle())));
  BackgroundWorkerHandle* const worker = start_worker(order, slot.ref());
  slot.started(worker);
  expect_start(slot.ref(), worker);
  slot.keep();
  return order.job_id;
}

}  // namespace pgclone::worker
