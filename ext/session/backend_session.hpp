// A Session that is this very backend: SPI for statements, COPY FROM with a callback for rows. No
// connection, no login, the current user's rights.
#pragma once

#include <vector>

#include "pgclone/plugin/session.hpp"
#include "session/spi.hpp"
#include "session/text_result.hpp"

struct ResourceOwnerData;  // the server's

namespace pgclone::session {

// Main thread of a backend that is connected to a database. After an error in a transaction only
// rollback() is allowed; another call is refused with 25P02.
class BackendSession final : public Session {
 public:
  enum class Mode : unsigned char {
    // A SQL function in somebody's transaction: begin(), commit() and rollback() leave it alone,
    // and an error must leave the function, so that the server rolls back.
    caller_transaction,
    // A background worker. A statement outside begin() … commit() is a transaction of its own.
    own_transactions,
  };

  explicit BackendSession(Mode mode) noexcept : mode_(mode) {}
  // Rolls back what is open.
  ~BackendSession();
  BackendSession(const BackendSession&) = delete;
  BackendSession& operator=(const BackendSession&) = delete;

  void execute(std::string_view sql, std::span<const Param> params = {}) override;
  const Result& query(std::string_view sql, std::span<const Param> params = {}) override;
  // Not supported: 0A000.
  CopyReader& copy_out(std::string_view sql) override;
  // One at a time in a process (55000 otherwise): the server's callback has no argument of ours.
  // Reads to the reader's end, so a source that fails last makes the copy fail.
  std::uint64_t copy_in(const CopyTarget& target, CopyReader& reader) override;

  void begin(TransactionMode mode) override;
  void commit() override;
  void rollback() noexcept override;
  void savepoint() override;
  void forget_savepoint() override;
  void back_to_savepoint() noexcept override;
  [[nodiscard]] bool in_transaction() const noexcept override;
  [[nodiscard]] int server_version() const noexcept override;
  // From now on, code that runs in our transactions can't change the role: neither RESET ROLE nor
  // SET SESSION AUTHORIZATION gets it the rights of the role that has logged in.
  void keep_role() noexcept { keeps_role_ = true; }
  [[nodiscard]] bool supports(Capability capability) const noexcept override;

  // execute() and query() for a session that shares our transaction.
  void run(std::string_view sql, std::span<const Param> params, Statements allowed,
           TextResult& result, Prepared* prepared = nullptr);

 private:
  template <typename Work>
  void in_some_transaction(Work&& work);

  Mode mode_;
  bool open_ = false;
  bool keeps_role_ = false;
  // The transaction waits for its rollback.
  bool failed_ = false;
  // Of the resource owners that were current before each open savepoint.
  std::vector<ResourceOwnerData*> owners_;
  TextResult result_;
};

// Whether statements of this transaction may change anything (job::Ports::let_write).
bool let_write(bool write);

}  // namespace pgclone::session
