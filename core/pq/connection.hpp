// A libpq connection that never blocks: every wait goes through the host's Waiter.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "pgclone/plugin/session.hpp"
#include "pq/conninfo.hpp"
#include "pq/heap_watch.hpp"
#include "pq/peer.hpp"
#include "pq/waiter.hpp"

namespace pgclone::pq {

struct ClearResult {
  void operator()(PGresult* result) const noexcept { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, ClearResult>;

class Connection {
 public:
  // Of a copy, a row is held in memory: of no more than a gigabyte, in a buffer that libpq doubles.
  static constexpr std::uint64_t kMostOfCopy = std::uint64_t{3} << 30;

  // Connects; throws could_not_connect. A connect_timeout counts per host, 0 means no limit.
  // `valid_text`: as in ConnectOptions. An answer, which is held in memory as a whole, may take
  // `most_of_answer` bytes.
  Connection(const ConnInfo& conninfo, bool is_source, bool (*valid_text)(std::string_view),
             Waiter& waiter, std::uint64_t most_of_answer);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const Peer& peer() const { return peer_; }
  // Null after close() and abandon().
  [[nodiscard]] PGconn* handle() const { return connection_; }
  [[nodiscard]] bool alive() const noexcept;
  [[nodiscard]] int server_version() const noexcept { return server_version_; }
  [[nodiscard]] int backend_pid() const noexcept { return backend_pid_; }
  // Whether the server can notice by itself that we are gone, which every transaction asks it to;
  // else abandon() asks it to cancel. False for old servers, and once one has said that it can't.
  [[nodiscard]] bool server_can_check_client() const { return can_check_client_; }
  void server_cannot_check_client() { can_check_client_ = false; }

  // Starts statements; throws when the connection is dead or busy.
  void send(std::string_view sql);
  void send(std::string_view sql, std::span<const Param> params);
  // The next result, null after the last one. Never throws for an error that the server reports.
  ResultPtr next_result();
  // Reads to the end and returns the last result; throws the first error, then idle.
  ResultPtr finish();
  // A round trip. An answer that takes longer closes the connection and throws connection_lost.
  void ping(std::chrono::milliseconds limit);
  // Reads to the end of a statement whose verdict is known already.
  void drain();
  // Reads what has arrived. False when the connection broke. Closes it and throws when the process
  // has grown by more than this since the statement was sent, or since expect_row().
  bool consume() { return consume(most_of_answer_); }
  bool consume(std::uint64_t most_memory);
  void expect_row() noexcept { heap_.restart(); }
  void flush();
  // Waits for the socket. When the waiter throws, the connection is abandoned.
  void wait(bool read, bool write);
  // Serves interrupts without waiting; abandons likewise.
  void check();

  // Ends the connection; what runs on the server ends soon after.
  void abandon() noexcept;
  void close() noexcept;
  // Ends whatever transaction there is: politely if the server answers within a short time (this
  // wait can't be interrupted, so it may not take long), else by closing.
  void rollback() noexcept;

 private:
  void start(const ConnInfo& conninfo);
  void await_connected(int timeout_seconds);
  void ready_to_send();
  void sent(int ok);
  bool rollback_within(std::chrono::milliseconds limit) noexcept;

  Peer peer_;
  Waiter& waiter_;
  PGconn* connection_ = nullptr;
  int server_version_ = 0;
  int backend_pid_ = 0;
  HeapWatch heap_;
  std::uint64_t most_of_answer_;
  bool can_check_client_ = false;
};

// The row count of a command tag; 0 when it has none.
std::uint64_t affected_rows(const PGresult* result) noexcept;

}  // namespace pgclone::pq
