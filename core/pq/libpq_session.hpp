// A Session over a libpq connection: the source always, in tests also the target.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pgclone/plugin/session.hpp"
#include "pq/conninfo.hpp"
#include "pq/waiter.hpp"

namespace pgclone::pq {

struct ConnectOptions {
  std::string application_name = "pgclone";
  // The target's server encoding, so that rows arrive in it.
  std::string client_encoding = "UTF8";
  // Whether bytes are a text in that encoding; null: nobody looks. A server sends what it likes.
  bool (*valid_text)(std::string_view text) = nullptr;
  // Refuse unless the connection string has a password and the server asked for it (the rule of
  // dblink and postgres_fdw for callers who are not superusers), SQLSTATE 2F003; and use nothing of
  // the account that this process runs as (server_account.hpp).
  bool require_password = false;
  // Each transaction has what a source's needs (settings/pinned.hpp), and leaves nothing in the
  // server's session, which may be a pooler's; false in tests that use the session as a target.
  bool is_source = true;
  // What an answer may take of memory while it arrives.
  std::uint64_t most_memory = std::uint64_t{1} << 30;
};

class PGCLONE_API LibpqSession final : public Session {
 public:
  // Non-blocking connect through the waiter; connect_timeout of the conninfo is honoured.
  // The waiter must outlive the session.
  static std::unique_ptr<LibpqSession> connect(const ConnInfo& conninfo,
                                               const ConnectOptions& options, Waiter& waiter);
  ~LibpqSession();
  LibpqSession(const LibpqSession&) = delete;
  LibpqSession& operator=(const LibpqSession&) = delete;

  void execute(std::string_view sql, std::span<const Param> params = {}) override;
  const Result& query(std::string_view sql, std::span<const Param> params = {}) override;
  CopyReader& copy_out(std::string_view sql) override;
  std::uint64_t copy_in(const CopyTarget& target, CopyReader& reader) override;
  void begin(TransactionMode mode) override;
  void commit() override;
  void rollback() noexcept override;
  void savepoint() override;
  void forget_savepoint() override;
  void back_to_savepoint() noexcept override;
  [[nodiscard]] bool in_transaction() const noexcept override;
  [[nodiscard]] int server_version() const noexcept override;
  [[nodiscard]] bool supports(Capability capability) const noexcept override;

  // A round trip that has to end within this time: else the connection is closed, and an error of
  // a lost connection thrown.
  void ping(std::chrono::milliseconds limit);
  // Process ID of the server's backend.
  [[nodiscard]] int backend_pid() const noexcept;
  // The connection is usable (as far as we know without a round trip).
  [[nodiscard]] bool alive() const noexcept;

 private:
  struct Impl;
  explicit LibpqSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgclone::pq
