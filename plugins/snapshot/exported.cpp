#include "exported.hpp"

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::snapshot {
namespace {

Error lost_snapshot(std::string_view snapshot, const Error& cause) {
  return Error(cause.sqlstate(), "the source's snapshot \"" + std::string(snapshot) +
                                     "\" could not be adopted by another connection")
      .with_detail("The source says: " + cause.message() +
                   (cause.detail().empty() ? "" : " (" + cause.detail() + ")"))
      .with_hint(
          "A snapshot ends with the connection that exported it. Look in the source's log for what "
          "ended that one: idle_session_timeout, tcp_keepalives_idle, a connection pooler, or an "
          "administrator. A clone with {\"consistent\": false} needs no snapshot.")
      .with_origin(cause.origin());
}

}  // namespace

std::string_view Exported::acquire(Session& keeper) {
  keeper.begin(TransactionMode::repeatable_read_read_only);
  try {
    id_ = keeper.query("SELECT pg_catalog.pg_export_snapshot()").text(0, 0);
  } catch (...) {
    keeper.rollback();
    throw;
  }
  return id_;
}

void Exported::adopt(Session& session, std::string_view snapshot) {
  session.begin(TransactionMode::repeatable_read_read_only);
  try {
    // Must come before any statement that takes a snapshot of its own.
    session.execute("SET TRANSACTION SNAPSHOT " + sql::literal(snapshot));
  } catch (const Error& error) {
    session.rollback();
    if (error.is_cancel() || error.is_connection_loss()) throw;
    throw lost_snapshot(snapshot, error);
  } catch (...) {
    session.rollback();
    throw;
  }
}

void Exported::release(Session& keeper) noexcept {
  keeper.rollback();
}

}  // namespace pgclone::snapshot
