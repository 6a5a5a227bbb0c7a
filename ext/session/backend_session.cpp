#include "session/backend_session.hpp"

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"
#include "session/backend_copy.hpp"

#include "server.hpp"

namespace pgclone::session {

BackendSession::~BackendSession() {
  rollback();
}

namespace {

// The server refuses to change the role in the context of a security-definer function, by whatever
// statement, function or clause, also in its parallel workers. The end of a transaction runs code
// as well (deferred triggers), so the context is there from its begin to its very end.
void set_role_kept(bool kept) {
  Oid user = InvalidOid;
  int context = 0;
  GetUserIdAndSecContext(&user, &context);
  SetUserIdAndSecContext(user, kept ? context | SECURITY_LOCAL_USERID_CHANGE
                                    : context & ~SECURITY_LOCAL_USERID_CHANGE);
}

}  // namespace

// Runs the work in the open transaction, or in one of its own.
template <typename Work>
void BackendSession::in_some_transaction(Work&& work) {
  if (failed_) {
    throw Error("25P02", "current transaction is aborted, commands ignored until it is rolled back")
        .with_origin(Origin::target);
  }
  const bool own = mode_ == Mode::own_transactions && !open_;
  if (own) begin(TransactionMode::read_write);
  try {
    work();
    if (own) commit();
  } catch (Error& error) {
    failed_ = true;
    if (own) rollback();
    if (keeps_role_ && error.sqlstate() == sqlstate::kInsufficientPrivilege && error.hint().empty())
      error.with_hint(
          "If it is about a change of role: a job of a role that may not log in can't make one. "
          "Submit it as a role with LOGIN.");
    throw;
  } catch (...) {
    failed_ = true;
    if (own) rollback();
    throw;
  }
}

void BackendSession::run(std::string_view sql, std::span<const Param> params, Statements allowed,
                         TextResult& result, Prepared* prepared) {
  in_some_transaction([&] { run_spi(sql, params, allowed, result, prepared); });
}

void BackendSession::execute(std::string_view sql, std::span<const Param> params) {
  run(sql, params, Statements::any, result_);
}

const Result& BackendSession::query(std::string_view sql, std::span<const Param> params) {
  run(sql, params, Statements::one, result_);
  return result_;
}

CopyReader& BackendSession::copy_out(std::string_view) {
  throw Error(sqlstate::kFeatureNotSupported, "the target session cannot copy out of the server")
      .with_detail("It works inside a backend, where COPY TO STDOUT has no client.")
      .with_hint("Read from the source session.")
      .with_origin(Origin::target);
}

std::uint64_t BackendSession::copy_in(const CopyTarget& target, CopyReader& reader) {
  std::uint64_t rows = 0;
  in_some_transaction([&] {
    CopyTarget legal = target;
    legal.freeze = target.freeze && supports(Capability::copy_freeze);
    rows = copy_from(legal, reader);
  });
  return rows;
}

void BackendSession::begin(TransactionMode mode) {
  if (mode_ == Mode::caller_transaction) return;
  if (open_) {
    throw Error("25001", "there is already a transaction in progress").with_origin(Origin::target);
  }
  open_ = true;
  failed_ = false;
  try {
    guard::server_call([mode, kept = keeps_role_] {
      SetCurrentStatementStartTimestamp();
      StartTransactionCommand();
      if (kept) set_role_kept(true);
      // Whatever default_transaction_isolation says: what we do is made for these levels.
      XactIsoLevel = mode == TransactionMode::repeatable_read_read_only ? XACT_REPEATABLE_READ
                                                                        : XACT_READ_COMMITTED;
      if (mode != TransactionMode::read_write) XactReadOnly = true;
    });
  } catch (...) {
    rollback();
    throw;
  }
}

void BackendSession::commit() {
  if (mode_ == Mode::caller_transaction) return;
  if (!open_ || failed_) {
    throw Error(failed_ ? "25P02" : "25P01", failed_ ? "cannot commit an aborted transaction"
                                                     : "there is no transaction in progress")
        .with_origin(Origin::target);
  }
  try {
    // Deferred constraints and triggers run here.
    guard::server_call([kept = keeps_role_] {
      CommitTransactionCommand();
      if (kept) set_role_kept(false);
    });
  } catch (...) {
    failed_ = true;
    throw;
  }
  open_ = false;
  // As a client's backend does between statements: autovacuum learns of the new rows.
  guard::server_call([] { pgstat_report_stat(false); });
}

void BackendSession::rollback() noexcept {
  if (mode_ == Mode::caller_transaction || !open_) return;
  // With the savepoints that are open.
  guard::server_call_noexcept([] { AbortOutOfAnyTransaction(); });
  owners_.clear();
  open_ = false;
  failed_ = false;
}

// What was current before a subtransaction is its caller's, as for the server's own procedural
// languages; server_call() sees to the memory context.
void BackendSession::savepoint() {
  if (failed_ || !in_transaction())
    throw Error(failed_ ? "25P02" : "25P01", "there is no transaction to go on with")
        .with_origin(Origin::target);
  owners_.push_back(CurrentResourceOwner);
  try {
    guard::server_call([] { BeginInternalSubTransaction(nullptr); });
  } catch (...) {
    owners_.pop_back();
    failed_ = true;
    throw;
  }
}

void BackendSession::forget_savepoint() {
  guard::server_call([owner = owners_.back()] {
    ReleaseCurrentSubTransaction();
    CurrentResourceOwner = owner;
  });
  owners_.pop_back();
}

void BackendSession::back_to_savepoint() noexcept {
  const bool done = guard::server_call_noexcept([owner = owners_.back()] {
    RollbackAndReleaseCurrentSubTransaction();
    CurrentResourceOwner = owner;
  });
  owners_.pop_back();
  failed_ = !done;
}

bool BackendSession::in_transaction() const noexcept {
  return mode_ == Mode::caller_transaction || open_;
}

int BackendSession::server_version() const noexcept {
  return PG_VERSION_NUM;
}

bool BackendSession::supports(Capability capability) const noexcept {
  switch (capability) {
    case Capability::transactional_ddl:
      return true;
    case Capability::own_transactions:
    case Capability::copy_freeze:
      // Somebody else's transaction may hold snapshots that frozen rows would cheat.
      return mode_ == Mode::own_transactions;
  }
  return false;
}

// Not by SET TRANSACTION, which can't be taken back once a transaction has a snapshot. What ends
// the transaction, or the caller's subtransaction, sets it as it was, too.
bool let_write(bool write) {
  const bool could = !XactReadOnly;
  XactReadOnly = !write;
  return could;
}

}  // namespace pgclone::session
