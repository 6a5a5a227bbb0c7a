#include "pq/connection.hpp"

#include <poll.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>
#include <vector>

#include "pq/cancel.hpp"
#include "pq/name_lookup.hpp"
#include "settings/pinned.hpp"

namespace pgclone::pq {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kRollbackLimit{500};
constexpr milliseconds kCancelLimit{700};
constexpr std::string_view kCharacterNotInRepertoire = "22021";
constexpr std::string_view kProgramLimitExceeded = "54000";

void ignore_notice(void*, const PGresult*) {}

// libpq gives such a result again and again, as long as nobody takes part in the copy: a server
// that answers anything with one would never be done.
bool is_copy(const PGresult* result) noexcept {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

// A wait may end early, and libpq's connect must not be polled before the socket is ready.
bool is_ready(int socket, bool read, bool write, milliseconds limit = milliseconds(0)) noexcept {
  const int events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
  pollfd polled{socket, static_cast<short>(events), 0};
  return poll(&polled, 1, static_cast<int>(limit.count())) > 0;
}

// libpq takes C strings: a zero byte would silently cut the text.
std::string c_text(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    throw Error(kCharacterNotInRepertoire, "a statement or parameter holds a zero byte")
        .with_detail("PostgreSQL's text can't hold one.")
        .with_hint("Remove the zero byte from the name or value.");
  }
  return std::string(text);
}

// 0 means no limit. libpq applies this setting only in its blocking calls, so we read it.
int connect_timeout(const ConnInfo& conninfo) {
  const std::string_view text = conninfo.get("connect_timeout");
  int seconds = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc() || end != text.data() + text.size()) {
    throw Error(sqlstate::kInvalidParameterValue, "invalid connect_timeout in connection string")
        .with_detail("It must be a whole number of seconds.")
        .with_hint("Write for example connect_timeout=10; 0 waits without limit.");
  }
  if (seconds <= 0) return 0;
  const std::string_view hosts = conninfo.get(conninfo.has("hostaddr") ? "hostaddr" : "host");
  return std::max(seconds, 2) * static_cast<int>(1 + std::ranges::count(hosts, ','));
}

}  // namespace

std::uint64_t affected_rows(const PGresult* result) noexcept {
  const std::string_view text = PQcmdTuples(const_cast<PGresult*>(result));
  std::uint64_t rows = 0;
  // libpq gives digits or nothing. More rows than there can be are not as many as came.
  const std::errc error = std::from_chars(text.data(), text.data() + text.size(), rows).ec;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return rows;
}

Connection::Connection(const ConnInfo& conninfo, bool is_source,
                       bool (*valid_text)(std::string_view), Waiter& waiter,
                       std::uint64_t most_of_answer)
    : peer_(conninfo, is_source, valid_text), waiter_(waiter), most_of_answer_(most_of_answer) {
  const int timeout = connect_timeout(conninfo);
  waiter_.reserve_descriptor();
  try {
    start(conninfo);
    await_connected(timeout);
  } catch (...) {
    if (connection_ == nullptr) {
      waiter_.release_descriptor();
    } else {
      close();
    }
    throw;
  }
  server_version_ = PQserverVersion(connection_);
  backend_pid_ = PQbackendPID(connection_);
  can_check_client_ = server_version_ >= settings::kChecksClient.since;
}

Connection::~Connection() {
  close();
}

void Connection::start(const ConnInfo& conninfo) {
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const auto& [keyword, value] : conninfo.values()) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  const QuickNameLookup names;
  connection_ = PQconnectStartParams(keywords.data(), values.data(), 0);
  if (connection_ == nullptr) throw Error(sqlstate::kOutOfMemory, "out of memory");
  if (PQstatus(connection_) == CONNECTION_BAD) {
    throw peer_.could_not_connect(PQerrorMessage(connection_));
  }
  PQsetNoticeReceiver(connection_, &ignore_notice, nullptr);
}

void Connection::await_connected(int timeout_seconds) {
  const auto limit = Clock::now() + std::chrono::seconds(timeout_seconds);
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
    int left = -1;
    if (timeout_seconds > 0) {
      left = static_cast<int>(std::chrono::ceil<milliseconds>(limit - Clock::now()).count());
      if (left <= 0) {
        throw peer_.could_not_connect("The server did not answer within " +
                                      std::to_string(timeout_seconds) + " s (connect_timeout).");
      }
    }
    const bool read = status == PGRES_POLLING_READING;
    const int socket = PQsocket(connection_);
    waiter_.wait(socket, read, !read, left);
    if (!is_ready(socket, read, !read)) continue;
    const QuickNameLookup names;  // of the next host
    status = PQconnectPoll(connection_);
  }
  if (status != PGRES_POLLING_OK || PQsetnonblocking(connection_, 1) != 0) {
    throw peer_.could_not_connect(PQerrorMessage(connection_));
  }
}

bool Connection::alive() const noexcept {
  return connection_ != nullptr && PQstatus(connection_) == CONNECTION_OK;
}

void Connection::close() noexcept {
  if (connection_ == nullptr) return;
  PQfinish(std::exchange(connection_, nullptr));
  waiter_.release_descriptor();
}

void Connection::abandon() noexcept {
  if (alive() && !server_can_check_client() && PQtransactionStatus(connection_) == PQTRANS_ACTIVE) {
    // Best effort: we close anyway, and an old server notices that when it next sends.
    request_cancel(connection_, backend_pid_, kCancelLimit);
  }
  close();
}

void Connection::wait(bool read, bool write) {
  try {
    waiter_.wait(PQsocket(connection_), read, write, -1);
  } catch (...) {
    abandon();
    throw;
  }
}

void Connection::check() {
  try {
    waiter_.check();
  } catch (...) {
    abandon();
    throw;
  }
}

bool Connection::consume(std::uint64_t most_memory) {
  const bool open = PQconsumeInput(connection_) == 1;
  if (heap_.growth() <= most_memory) return open;
  close();
  throw peer_.error(kProgramLimitExceeded, "the answer of " + peer_.name() + " is too large")
      .with_detail("It takes more than " + std::to_string(most_memory >> 20) +
                   " MB of memory, and has not ended.")
      .with_hint("See what answers there: no catalog of a PostgreSQL server is as large as that.");
}

void Connection::flush() {
  for (;;) {
    const int pending = PQflush(connection_);
    if (pending == 0) return;
    if (pending < 0) throw peer_.connection_lost(PQerrorMessage(connection_));
    wait(true, true);
    // The server may be unable to read because we don't; a broken connection shows in PQflush.
    if (is_ready(PQsocket(connection_), true, false)) consume();
  }
}

void Connection::ready_to_send() {
  heap_.restart();
  if (!alive()) throw peer_.connection_lost("The connection was closed earlier.");
  if (PQtransactionStatus(connection_) == PQTRANS_ACTIVE) {
    throw peer_
        .error(sqlstate::kObjectNotInPrerequisiteState,
               "a statement is still running on " + peer_.name())
        .with_detail("A COPY was started on this connection and not read to its end.")
        .with_hint("Read the copy to its end, or roll back.");
  }
}

void Connection::sent(int ok) {
  if (ok != 1) {
    if (!alive()) throw peer_.connection_lost(PQerrorMessage(connection_));
    throw peer_.error(sqlstate::kInternalError, "could not send a statement to " + peer_.name())
        .with_detail(PQerrorMessage(connection_))
        .with_hint("Use fewer or shorter parameters.");
  }
  flush();
}

void Connection::send(std::string_view sql) {
  ready_to_send();
  sent(PQsendQuery(connection_, c_text(sql).c_str()));
}

void Connection::send(std::string_view sql, std::span<const Param> params) {
  ready_to_send();
  std::vector<std::string> texts;
  texts.reserve(params.size());
  std::vector<const char*> values;
  values.reserve(params.size());
  for (const Param& param : params) {
    values.push_back(param ? texts.emplace_back(c_text(*param)).c_str() : nullptr);
  }
  sent(PQsendQueryParams(connection_, c_text(sql).c_str(), static_cast<int>(values.size()), nullptr,
                         values.data(), nullptr, nullptr, 0));
}

ResultPtr Connection::next_result() {
  while (PQisBusy(connection_) != 0) {
    wait(true, false);
    // After a break PQgetResult doesn't block but tells it, or what the server said before.
    if (!consume()) break;
  }
  return ResultPtr(PQgetResult(connection_));
}

void Connection::drain() {
  while (const ResultPtr result = next_result())
    if (is_copy(result.get())) return abandon();
}

ResultPtr Connection::finish() {
  ResultPtr last;
  ResultPtr failed;
  while (ResultPtr result = next_result()) {
    switch (PQresultStatus(result.get())) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
      case PGRES_EMPTY_QUERY:
        last = std::move(result);
        break;
      case PGRES_COPY_IN:
      case PGRES_COPY_OUT:
      case PGRES_COPY_BOTH:
        abandon();
        throw peer_
            .error(sqlstate::kFeatureNotSupported, "a COPY can't be run as a plain statement")
            .with_detail("The connection to " + peer_.name() + " was closed.")
            .with_hint("Use copy_out() or copy_in().");
      default:
        if (!failed) failed = std::move(result);
    }
  }
  if (!failed) {
    if (last) return last;
    throw peer_.connection_lost(PQerrorMessage(connection_));
  }
  Error error = peer_.from_result(failed.get());
  if (error.is_connection_loss()) close();
  throw error;
}

void Connection::ping(milliseconds limit) {
  const auto deadline = Clock::now() + limit;
  ready_to_send();
  bool broken = PQsendQuery(connection_, "SELECT 1") != 1;
  for (bool pending = true; !broken && (pending || PQisBusy(connection_) != 0);) {
    const int unsent = PQflush(connection_);
    pending = unsent > 0;
    if (unsent == 0 && PQisBusy(connection_) == 0) break;
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds(0)) {
      // No cancel request: that would wait for the same silent network.
      close();
      throw peer_.connection_lost("It did not answer within " + std::to_string(limit.count()) +
                                  " ms.");
    }
    const int socket = PQsocket(connection_);
    try {
      waiter_.wait(socket, true, pending, static_cast<int>(left.count()));
    } catch (...) {
      close();
      throw;
    }
    if (is_ready(socket, true, false)) broken = !consume();
  }
  if (broken) {
    Error error = peer_.connection_lost(PQerrorMessage(connection_));
    close();
    throw error;
  }
  finish();
}

void Connection::rollback() noexcept {
  if (connection_ == nullptr) return;
  const PGTransactionStatusType status = PQtransactionStatus(connection_);
  if (status == PQTRANS_IDLE) return;
  // A statement that still runs would have to be waited for, of whatever length.
  if (status == PQTRANS_ACTIVE || !rollback_within(kRollbackLimit)) abandon();
}

bool Connection::rollback_within(milliseconds limit) noexcept {
  const auto deadline = Clock::now() + limit;
  if (!alive() || PQsendQuery(connection_, "ROLLBACK") != 1) return false;
  for (;;) {
    const bool pending = PQflush(connection_) == 1;
    while (PQisBusy(connection_) == 0) {
      const ResultPtr result(PQgetResult(connection_));
      if (!result) return PQtransactionStatus(connection_) == PQTRANS_IDLE;
      if (is_copy(result.get())) return false;
    }
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    if (left <= milliseconds(0)) return false;
    if (is_ready(PQsocket(connection_), true, pending, left) && !consume()) return false;
  }
}

}  // namespace pgclone::pq
