// Copies into a relation, in a SQL function and in a background worker.
#include <algorithm>
#include <string>
#include <vector>

#include "guard/entry.hpp"
#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"
#include "session/backend_copy.hpp"
#include "session/backend_session.hpp"

#include "row_reader.hpp"

#include "server.hpp"

#include "guard/datum.hpp"

using boundary::RowReader;
using pgclone::CopyTarget;
using pgclone::Error;
using namespace pgclone::guard;
using namespace pgclone::session;

namespace {

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    items.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return items;
}

}  // namespace

// b_copy(schema, relation, columns, rows, mode): see RowReader.
PGCLONE_FUNCTION(b_copy) {
  BackendSession session(BackendSession::Mode::caller_transaction);
  const std::string schema = *text_argument(fcinfo, 0);
  const std::string relation = *text_argument(fcinfo, 1);
  const std::string columns = *text_argument(fcinfo, 2);
  const std::vector<std::string_view> names = split(columns);
  RowReader reader(PG_GETARG_INT32(3), *text_argument(fcinfo, 4));
  const CopyTarget target{.schema = schema,
                          .relation = relation,
                          .columns = names,
                          .format = reader.format(),
                          .freeze = true};
  return Int64GetDatum(static_cast<int64>(session.copy_in(target, reader)));
}

namespace {

std::uint64_t copy_bytes(FunctionCallInfo fcinfo, bool freeze) {
  const std::string relation = *text_argument(fcinfo, 0);
  // Plain bytes: the cast from bytea keeps them.
  const std::string stream = *text_argument(fcinfo, 1);
  boundary::BytesReader reader(stream, static_cast<std::size_t>(PG_GETARG_INT32(2)));
  const CopyTarget target{.schema = "public",
                          .relation = relation,
                          .columns = {},
                          .format = pgclone::CopyFormat::binary,
                          .freeze = freeze};
  return copy_from(target, reader);
}

}  // namespace

// b_copy_bytes(relation, stream, piece): copies a binary stream, in pieces of so many bytes, into a
// relation of schema public.
PGCLONE_FUNCTION(b_copy_bytes) {
  return Int64GetDatum(static_cast<int64>(copy_bytes(fcinfo, false)));
}

// The same with frozen rows, as in a transaction of our own: where the relation is the caller's.
PGCLONE_FUNCTION(b_copy_frozen) {
  return Int64GetDatum(static_cast<int64>(copy_bytes(fcinfo, true)));
}

namespace {

// One line of what a background worker found.
void note(BackendSession& session, std::string_view line) {
  const pgclone::Param params[] = {line};
  session.execute("INSERT INTO public.worker_result (line) VALUES ($1)", params);
}

std::string outcome(const Error& error) {
  return error.sqlstate() + " " + error.message();
}

void run_worker() {
  BackendSession session(BackendSession::Mode::own_transactions);
  using pgclone::TransactionMode;
  const CopyTarget target{.schema = "public", .relation = "made", .columns = {}, .freeze = true};
  // Created and filled in one transaction: frozen.
  session.begin(TransactionMode::read_write);
  session.execute("CREATE TABLE public.made (id int CHECK (id <> 1501), name text)");
  RowReader good(1000, "");
  const auto rows = session.copy_in(target, good);
  session.commit();
  note(session, "copied " + std::to_string(rows));
  // An error in mid-copy, a rollback, and the same session goes on.
  session.begin(TransactionMode::read_write);
  try {
    RowReader bad(1000, "error");
    session.copy_in(target, bad);
  } catch (const Error& error) {
    const std::string first = outcome(error);
    std::string second;
    try {
      session.execute("SELECT 1");
    } catch (const Error& refused) {
      second = refused.sqlstate();
    }
    session.rollback();
    note(session, first + " then " + second);
  }
  // A statement outside a transaction is one of its own, and so is a failing one.
  try {
    session.execute("INSERT INTO public.made VALUES (7, 'seven'); SELECT 1/0");
  } catch (const Error& error) {
    note(session, outcome(error) + (session.in_transaction() ? " open" : " closed"));
  }
  // A deferred constraint fails at commit.
  session.begin(TransactionMode::read_write);
  session.execute(
      "CREATE TABLE public.d (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
      "INSERT INTO public.d VALUES (1), (1)");
  try {
    session.commit();
  } catch (const Error& error) {
    const bool open = session.in_transaction();
    session.rollback();
    note(session, error.sqlstate() + (open ? " open" : " closed"));
  }
  session.begin(TransactionMode::repeatable_read_read_only);
  try {
    RowReader refused(10, "");
    session.copy_in(target, refused);
  } catch (const Error& error) {
    session.rollback();
    note(session, outcome(error));
  }
  note(session, "end");
}

}  // namespace

extern "C" PGCLONE_API void b_worker_main(Datum database);
void b_worker_main(Datum database) {
  pqsignal(SIGTERM, die);
  BackgroundWorkerUnblockSignals();
  BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(database), InvalidOid, 0);
  cpp_entry([] { run_worker(); });
}

// Starts the worker and waits for its end; its result is in public.worker_result.
PGCLONE_FUNCTION(b_worker) {
  const std::string library = *text_argument(fcinfo, 0);
  server_call([&library] {
    BackgroundWorker worker;
    MemSet(&worker, 0, sizeof worker);
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = BGW_NEVER_RESTART;
    worker.bgw_notify_pid = MyProcPid;
    worker.bgw_main_arg = ObjectIdGetDatum(MyDatabaseId);
    if (library.size() >= BGW_MAXLEN) elog(ERROR, "library path too long for a worker");
    strcpy(worker.bgw_library_name, library.c_str());
    strcpy(worker.bgw_function_name, "b_worker_main");
    strcpy(worker.bgw_name, "pgclone boundary test");
    strcpy(worker.bgw_type, "pgclone boundary test");
    BackgroundWorkerHandle* handle = nullptr;
    if (!RegisterDynamicBackgroundWorker(&worker, &handle)) elog(ERROR, "no worker slot");
    if (WaitForBackgroundWorkerShutdown(handle) != BGWH_STOPPED) elog(ERROR, "postmaster died");
  });
  return Datum{0};
}
