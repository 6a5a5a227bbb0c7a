// Statements as the extension's owner, inside the transaction of a BackendSession.
#pragma once

#include "pgclone/plugin/session.hpp"
#include "session/backend_session.hpp"
#include "session/text_result.hpp"

namespace pgclone::session {

// For the journal only: its statements qualify every name and hold no text of users.
class JournalSession final : public Session {
 public:
  // `owner` is the role's OID; both sessions share transaction and failure, and `shared` outlives
  // this one.
  JournalSession(BackendSession& shared, unsigned owner) noexcept
      : shared_(shared), owner_(owner) {}

  void execute(std::string_view sql, std::span<const Param> params = {}) override;
  const Result& query(std::string_view sql, std::span<const Param> params = {}) override;
  // Neither is supported: 0A000.
  CopyReader& copy_out(std::string_view sql) override;
  std::uint64_t copy_in(const CopyTarget& target, CopyReader& reader) override;

  void begin(TransactionMode mode) override { shared_.begin(mode); }
  void commit() override { shared_.commit(); }
  void rollback() noexcept override { shared_.rollback(); }
  void savepoint() override { shared_.savepoint(); }
  void forget_savepoint() override { shared_.forget_savepoint(); }
  void back_to_savepoint() noexcept override { shared_.back_to_savepoint(); }
  [[nodiscard]] bool in_transaction() const noexcept override { return shared_.in_transaction(); }
  [[nodiscard]] int server_version() const noexcept override { return shared_.server_version(); }
  [[nodiscard]] bool supports(Capability capability) const noexcept override {
    return shared_.supports(capability);
  }

 private:
  BackendSession& shared_;
  unsigned owner_;
  TextResult result_;
  Prepared prepared_;
};

// The OID of the role that owns the extension "pgclone". Needs a transaction; throws 42704 when it
// is not installed in this database.
unsigned extension_owner();

}  // namespace pgclone::session
