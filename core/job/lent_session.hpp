// A session as strategies have it: its transactions are the host's.
#pragma once

#include <string_view>

#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

class LentSession final : public Session {
 public:
  // `side`: "source" or "target", for messages.
  explicit LentSession(std::string_view side) : side_(side) {}
  // Whichever session there is now; it outlives what the strategy does with it.
  Session& of(Session& session) {
    session_ = &session;
    return *this;
  }
  // After the strategy's code: throws Error if it called rollback(), which can't throw itself.
  void demand_open();

  void execute(std::string_view sql, std::span<const Param> params) override;
  const Result& query(std::string_view sql, std::span<const Param> params) override;
  CopyReader& copy_out(std::string_view sql) override;
  std::uint64_t copy_in(const CopyTarget& target, CopyReader& reader) override;
  void begin(TransactionMode mode) override;
  void commit() override;
  void rollback() noexcept override { rolled_back_ = true; }
  void savepoint() override;
  void forget_savepoint() override;
  void back_to_savepoint() noexcept override { rolled_back_ = true; }
  [[nodiscard]] bool in_transaction() const noexcept override { return session_->in_transaction(); }
  [[nodiscard]] int server_version() const noexcept override { return session_->server_version(); }
  [[nodiscard]] bool supports(Capability capability) const noexcept override {
    return session_->supports(capability);
  }

 private:
  [[noreturn]] void refuse(std::string_view what);
  // A statement may have ended the transaction, too.
  void demand_transaction(std::string_view sql);

  std::string_view side_;
  Session* session_ = nullptr;
  bool rolled_back_ = false;
};

}  // namespace pgclone::job
