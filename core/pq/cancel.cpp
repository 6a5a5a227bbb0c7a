#include "pq/cancel.hpp"

#include <poll.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pq/server_account.hpp"

namespace pgclone::pq {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// A pooler may give numbers of its own, so only a session that is ours by all that can be seen.
constexpr const char* kCancel =
    "SELECT pg_catalog.pg_cancel_backend(pid) FROM pg_catalog.pg_stat_activity"
    " WHERE pid OPERATOR(pg_catalog.=) $1::pg_catalog.int4"
    " AND usename OPERATOR(pg_catalog.=) current_user AND application_name"
    " OPERATOR(pg_catalog.=) pg_catalog.current_setting('application_name')";

class OtherSession {
 public:
  OtherSession(PGconn* like, Clock::time_point deadline) : deadline_(deadline) {
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfo(like),
                                                                               &PQconninfoFree);
    std::map<std::string, std::string> values;
    for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr;
         ++option) {
      if (option->val != nullptr) values[option->keyword] = option->val;
    }
    // The one server of several that we are connected to.
    values["host"] = PQhost(like);
    values["hostaddr"] = PQhostaddr(like);
    values["port"] = PQport(like);
    std::vector<const char*> keywords;
    std::vector<const char*> texts;
    for (const auto& [keyword, value] : values) {
      keywords.push_back(keyword.c_str());
      texts.push_back(value.c_str());
    }
    keywords.push_back(nullptr);
    texts.push_back(nullptr);
    // All that the environment had to say is among the options.
    const WithoutAccountEnvironment environment(true);
    connection_ = PQconnectStartParams(keywords.data(), texts.data(), 0);
  }
  ~OtherSession() { PQfinish(connection_); }
  OtherSession(const OtherSession&) = delete;
  OtherSession& operator=(const OtherSession&) = delete;

  bool connect() {
    if (connection_ == nullptr || PQstatus(connection_) == CONNECTION_BAD) return false;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status == PGRES_POLLING_READING || status == PGRES_POLLING_WRITING) {
      if (!wait(status == PGRES_POLLING_READING ? POLLIN : POLLOUT)) return false;
      status = PQconnectPoll(connection_);
    }
    return status == PGRES_POLLING_OK && PQsetnonblocking(connection_, 1) == 0;
  }

  void run(const char* sql, const char* parameter) {
    if (PQsendQueryParams(connection_, sql, 1, nullptr, &parameter, nullptr, nullptr, 0) != 1) {
      return;
    }
    for (int unsent = PQflush(connection_); unsent >= 0; unsent = PQflush(connection_)) {
      if (unsent == 0 && PQisBusy(connection_) == 0) return;
      if (!wait(unsent > 0 ? POLLIN | POLLOUT : POLLIN) || PQconsumeInput(connection_) != 1) return;
    }
  }

 private:
  // False at the deadline.
  bool wait(int events) {
    const auto left = std::chrono::ceil<milliseconds>(deadline_ - Clock::now());
    if (left <= milliseconds(0)) return false;
    pollfd polled{PQsocket(connection_), static_cast<short>(events), 0};
    return poll(&polled, 1, static_cast<int>(left.count())) != 0;
  }

  Clock::time_point deadline_;
  PGconn* connection_ = nullptr;
};

}  // namespace

void request_cancel(PGconn* connection, int backend_pid, milliseconds limit) noexcept {
  try {
    OtherSession session(connection, Clock::now() + limit);
    if (session.connect()) session.run(kCancel, std::to_string(backend_pid).c_str());
  } catch (const std::exception&) {
    // No memory: the server will notice by itself when it next sends.
  }
}

}  // namespace pgclone::pq
