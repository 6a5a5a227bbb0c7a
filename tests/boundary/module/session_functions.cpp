// The backend's session, its waiter and its settings.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "guard/entry.hpp"
#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"
#include "session/backend_session.hpp"
#include "session/journal_session.hpp"
#include "session/latch_waiter.hpp"
#include "session/pinned_settings.hpp"

#include "server.hpp"

#include "guard/datum.hpp"

using pgclone::Error;
using namespace pgclone::guard;
using namespace pgclone::session;

namespace {

std::string print(const pgclone::Result& result) {
  std::string out;
  for (std::size_t row = 0; row < result.rows(); ++row) {
    for (std::size_t column = 0; column < result.columns(); ++column) {
      if (column > 0) out += ',';
      out += result.is_null(row, column) ? "NULL" : std::string(result.text(row, column));
    }
    out += ';';
  }
  return out + "affected=" + std::to_string(result.affected());
}

bool always(void*) {
  return true;
}

}  // namespace

// Executes the first text, then queries the second with the third as its only parameter.
PGCLONE_FUNCTION(b_session) {
  BackendSession session(BackendSession::Mode::caller_transaction);
  if (const auto first = text_argument(fcinfo, 0)) session.execute(*first);
  const auto second = *text_argument(fcinfo, 1);
  const auto parameter = text_argument(fcinfo, 2);
  const std::array<pgclone::Param, 1> params{parameter ? pgclone::Param(*parameter)
                                                       : pgclone::Param()};
  const bool uses_parameter = second.find("$1") != std::string::npos;
  return text_datum(
      print(session.query(second, uses_parameter ? std::span<const pgclone::Param>(params)
                                                 : std::span<const pgclone::Param>())));
}

// Survives an error without a rollback and goes on: the session must refuse.
PGCLONE_FUNCTION(b_goes_on_after_error) {
  BackendSession session(BackendSession::Mode::caller_transaction);
  try {
    session.execute("SELECT 1/0");
  } catch (const Error&) {
    session.execute("SELECT 1");
  }
  return Datum{0};
}

// Runs a statement as another role, and tells who we are afterwards.
PGCLONE_FUNCTION(b_as_owner) {
  BackendSession session(BackendSession::Mode::caller_transaction);
  const std::string name = *text_argument(fcinfo, 0);
  const Oid role = server_call([&name] { return get_role_oid(name.c_str(), false); });
  JournalSession journal(session, role);
  const std::string as_owner = print(journal.query(*text_argument(fcinfo, 1)));
  return text_datum(as_owner + " then " + print(session.query("SELECT current_user")));
}

PGCLONE_FUNCTION(b_pinned) {
  BackendSession session(BackendSession::Mode::caller_transaction);
  PinnedSettings settings;
  settings.pin_target();
  set_local("search_path", "pg_temp");
  session.execute("SET LOCAL work_mem = '123kB'");
  return text_datum(print(session.query(*text_argument(fcinfo, 0))));
}

// Waits on the latch alone, for the given milliseconds (-1: for ever); or stops by its own check.
PGCLONE_FUNCTION(b_wait) {
  const bool stop = PG_GETARG_BOOL(1);
  LatchWaiter waiter(stop ? &always : nullptr);
  const int timeout_ms = PG_GETARG_INT32(0);
  do {
    waiter.wait(-1, false, false, timeout_ms);
  } while (timeout_ms < 0);
  return text_datum("waited");
}

// Waits on two sockets in turn that have the same number.
PGCLONE_FUNCTION(b_wait_reused_socket) {
  LatchWaiter waiter;
  waiter.reserve_descriptor();
  std::string heard;
  int wanted = -1;
  for (const char* word : {"first", "second", "third"}) {
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) != 0) throw Error("XX000", "socketpair");
    if (wanted >= 0 && pair[0] != wanted) throw Error("XX000", "the number was not used again");
    wanted = pair[0];
    // Writable at once; readable only after the other end wrote.
    waiter.wait(pair[0], true, true, -1);
    waiter.wait(pair[0], true, false, 1);
    if (write(pair[1], word, 3) != 3) throw Error("XX000", "write");
    waiter.wait(pair[0], true, false, -1);
    std::array<char, 3> got{};
    if (recv(pair[0], got.data(), got.size(), MSG_DONTWAIT) != 3) throw Error("XX000", "too early");
    heard += std::string(got.data(), got.size()) + " ";
    close(pair[0]);
    close(pair[1]);
  }
  waiter.release_descriptor();
  return text_datum(heard);
}

PGCLONE_FUNCTION(b_descriptors) {
  int open = 0;
  for (int fd = 0; fd < 1024; ++fd) {
    if (fcntl(fd, F_GETFD) != -1) ++open;
  }
  return Int32GetDatum(open);
}
