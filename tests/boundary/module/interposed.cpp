// Calls of the page writer to the server, which the linker sends here first: so a test can stop a
// load right before one of them.
#include <sys/stat.h>

#include <string>

#include "guard/entry.hpp"
#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"

#include "server.hpp"

#include "guard/datum.hpp"

using namespace pgclone::guard;

namespace {

struct Interposed {
  const char* name;
  int calls = 0;  // since the session began
  int stop_at = 0;
  char file[MAXPGPATH] = "";  // the stop lasts as long as it exists
};

Interposed extend_lock{.name = "LockRelationForExtension"};
Interposed log_pages{.name = "log_newpages"};
Interposed extend{.name = "smgrextend"};
Interposed log_range{.name = "log_newpage_range"};

Interposed& by_name(const std::string& name) {
  for (Interposed* call : {&extend_lock, &log_pages, &extend, &log_range})
    if (name == call->name) return *call;
  throw pgclone::Error("22023", "no such call: " + name);
}

// Seen in pg_stat_activity by the call's name as the application's. No interrupts, as in the calls.
void pass(Interposed& call) {
  if (++call.calls != call.stop_at) return;
  pgstat_report_appname(call.name);
  struct stat found;
  while (stat(call.file, &found) == 0) {
    WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 10, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
  }
  pgstat_report_appname("");
}

}  // namespace

// b_pause(call, n, file): the n-th such call from now on waits until the file is gone.
PGCLONE_FUNCTION(b_pause) {
  Interposed& call = by_name(*text_argument(fcinfo, 0));
  const std::string file = *text_argument(fcinfo, 2);
  if (file.size() >= sizeof call.file) throw pgclone::Error("22023", "too long: " + file);
  file.copy(call.file, file.size());
  call.file[file.size()] = '\0';
  call.stop_at = call.calls + PG_GETARG_INT32(1);
  return Datum{0};
}

PGCLONE_FUNCTION(b_calls) {
  return Int32GetDatum(by_name(*text_argument(fcinfo, 0)).calls);
}

// The linker's names for what comes first, and for what was meant.
extern "C" {
void __real_LockRelationForExtension(Relation, LOCKMODE);
void __wrap_LockRelationForExtension(Relation, LOCKMODE);
void __real_log_newpages(RelFileNode*, ForkNumber, int, BlockNumber*, char**, bool);
void __wrap_log_newpages(RelFileNode*, ForkNumber, int, BlockNumber*, char**, bool);
void __real_smgrextend(SMgrRelation, ForkNumber, BlockNumber, char*, bool);
void __wrap_smgrextend(SMgrRelation, ForkNumber, BlockNumber, char*, bool);
void __real_log_newpage_range(Relation, ForkNumber, BlockNumber, BlockNumber, bool);
void __wrap_log_newpage_range(Relation, ForkNumber, BlockNumber, BlockNumber, bool);
}

void __wrap_LockRelationForExtension(Relation relation, LOCKMODE mode) {
  pass(extend_lock);
  __real_LockRelationForExtension(relation, mode);
}

void __wrap_log_newpages(RelFileNode* node, ForkNumber fork, int count, BlockNumber* numbers,
                         char** pages, bool standard) {
  pass(log_pages);
  __real_log_newpages(node, fork, count, numbers, pages, standard);
}

void __wrap_smgrextend(SMgrRelation file, ForkNumber fork, BlockNumber block, char* page,
                       bool skip_fsync) {
  pass(extend);
  __real_smgrextend(file, fork, block, page, skip_fsync);
}

void __wrap_log_newpage_range(Relation relation, ForkNumber fork, BlockNumber first,
                              BlockNumber end, bool standard) {
  pass(log_range);
  __real_log_newpage_range(relation, fork, first, end, standard);
}
