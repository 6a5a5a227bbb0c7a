// What the guards must survive.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <new>
#include <stdexcept>
#include <string>

#include "counted.hpp"
#include "guard/entry.hpp"
#include "guard/report.hpp"
#include "guard/server_call.hpp"
#include "guard/server_error.hpp"
#include "pgclone/plugin/error.hpp"

#include "server.hpp"

#include "guard/datum.hpp"

PGCLONE_MODULE_MAGIC;

using pgclone::Error;
using namespace pgclone::guard;

namespace boundary {

void throw_by_name(std::string_view kind) {
  if (kind == "error") {
    throw Error("22012", "message 100% \xF0\x9F\x90\x98")
        .with_detail("detail %s")
        .with_hint("hint %n")
        .with_context("context %d");
  }
  if (kind == "long") throw Error("22023", std::string(100'000, 'x'));
  if (kind == "cancel") throw Error("57014", "canceling clone job on user's request");
  if (kind == "exception") throw std::runtime_error("a runtime error");
  if (kind == "bad_alloc") throw std::bad_alloc();
  if (kind == "int") throw 42;
  throw CountedException();
}

namespace {

struct ServerState {
  sigjmp_buf* exceptions = PG_exception_stack;
  ErrorContextCallback* contexts = error_context_stack;
  MemoryContext memory = CurrentMemoryContext;
  uint32 holdoff = InterruptHoldoffCount;
  uint32 cancel_holdoff = QueryCancelHoldoffCount;
  bool operator==(const ServerState&) const = default;
};

void disturb_the_server() {
  HOLD_INTERRUPTS();
  HOLD_CANCEL_INTERRUPTS();
  MemoryContextSwitchTo(TopMemoryContext);
}

}  // namespace
}  // namespace boundary

PGCLONE_FUNCTION(b_throw) {
  const boundary::Counted owner;
  boundary::throw_by_name(*text_argument(fcinfo, 0));
}

// How many counted objects live, and whether an exception is still "current".
PGCLONE_FUNCTION(b_leaks) {
  return text_datum("live=" + std::to_string(boundary::Counted::live) +
                    " current=" + (std::current_exception() ? "yes" : "no"));
}

PGCLONE_FUNCTION(b_reset_leaks) {
  boundary::Counted::live = 0;
  return Datum{0};
}

// The rule "leave the handler, then raise", broken.
extern "C" {
PGCLONE_API Datum b_raise_in_handler(FunctionCallInfo fcinfo);
PGCLONE_API const Pg_finfo_record* pg_finfo_b_raise_in_handler(void);
PG_FUNCTION_INFO_V1(b_raise_in_handler);
}
Datum b_raise_in_handler(FunctionCallInfo) {
  try {
    throw boundary::CountedException();
  } catch (...) {
    ereport(ERROR, (errmsg("raised inside a handler")));
  }
  return Datum{0};
}

// The rule "no owner between the guard and the server call", broken.
PGCLONE_FUNCTION(b_owner_below_guard) {
  server_call([] {
    const boundary::Counted owner;
    ereport(ERROR, (errmsg("raised below an owner")));
  });
  return Datum{0};
}

// The rule kept: owners above the guard.
PGCLONE_FUNCTION(b_owner_above_guard) {
  const boundary::Counted owner;
  server_call([] {
    ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION), errmsg("message"), errdetail("detail"),
                    errhint("hint"), errcontext("context"),
                    err_generic_string(PG_DIAG_SCHEMA_NAME, "schema"),
                    err_generic_string(PG_DIAG_TABLE_NAME, "table"),
                    err_generic_string(PG_DIAG_COLUMN_NAME, "column"),
                    err_generic_string(PG_DIAG_DATATYPE_NAME, "datatype"),
                    err_generic_string(PG_DIAG_CONSTRAINT_NAME, "constraint")));
  });
  return Datum{0};
}

// The same error seen as an exception: fields joined by '|'.
PGCLONE_FUNCTION(b_caught_fields) {
  try {
    server_call([] {
      ereport(ERROR, (errcode(ERRCODE_UNIQUE_VIOLATION), errmsg("message"), errdetail("detail"),
                      errhint("hint"), errcontext("context"), internalerrquery("SELECT bad"),
                      internalerrposition(8), err_generic_string(PG_DIAG_TABLE_NAME, "table")));
    });
  } catch (const ServerError& error) {
    return text_datum(error.sqlstate() + "|" + error.message() + "|" + error.detail() + "|" +
                      error.hint() + "|" + error.context() + "|" + error.names().table + "|" +
                      (error.origin() == pgclone::Origin::target ? "target" : "other"));
  }
  return text_datum("nothing was thrown");
}

// The guard puts back what the callable disturbed, after an error, a C++ exception and success.
PGCLONE_FUNCTION(b_restores) {
  HOLD_INTERRUPTS();
  const boundary::ServerState before;
  std::string differs;
  const auto compare = [&](const char* how) {
    if (!(boundary::ServerState() == before)) differs += std::string(how) + " ";
  };
  try {
    server_call([] {
      boundary::disturb_the_server();
      ereport(ERROR, (errmsg("disturbed")));
    });
  } catch (const Error&) {
    compare("error");
  }
  try {
    server_call([] {
      boundary::disturb_the_server();
      throw boundary::CountedException();
    });
  } catch (const boundary::CountedException&) {
    compare("exception");
  }
  server_call([] { boundary::disturb_the_server(); });
  compare("success");
  RESUME_INTERRUPTS();
  return text_datum(differs.empty() ? "restored" : differs);
}

PGCLONE_FUNCTION(b_cleanup_failure) {
  const bool done = server_call_noexcept([] { ereport(ERROR, (errmsg("clean-up failed here"))); });
  return text_datum(done ? "done" : "failed");
}

PGCLONE_FUNCTION(b_report) {
  report(pgclone::Severity::notice, "a notice 100%", "its detail", "its hint");
  report(pgclone::Severity::warning, "a warning");
  report(pgclone::Severity::debug, "a debug line");
  return Datum{0};
}

PGCLONE_FUNCTION(b_make_sqlstate) {
  const std::string sqlstate = *text_argument(fcinfo, 0);
  return text_datum(unpack_sql_state(make_sqlstate(sqlstate)));
}

PGCLONE_FUNCTION(b_resident_kb) {
  std::ifstream file("/proc/self/statm");
  long total = 0;
  long resident = 0;
  file >> total >> resident;
  return Int64GetDatum(resident * (sysconf(_SC_PAGESIZE) / 1024));
}

PGCLONE_FUNCTION(b_threads) {
  int threads = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/task")) {
    ++threads;
  }
  return Int32GetDatum(threads);
}

// A server error of level FATAL below owners: the process ends, nothing unwinds.
PGCLONE_FUNCTION(b_fatal) {
  const boundary::Counted owner;
  server_call([] { ereport(FATAL, (errmsg("fatal below an owner"))); });
  return Datum{0};
}
