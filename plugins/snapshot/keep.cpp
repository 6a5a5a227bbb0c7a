#include "keep.hpp"

namespace pgclone::snapshot {

void lift_timeouts(Session& session) {
  constexpr int kTransactionTimeoutSince = 170000;
  session.execute("SET LOCAL idle_in_transaction_session_timeout = 0");
  session.execute("SET LOCAL statement_timeout = 0");
  if (session.server_version() >= kTransactionTimeoutSince) {
    session.execute("SET LOCAL transaction_timeout = 0");
  }
}

void begin_patient(Session& session, TransactionMode mode) {
  session.begin(mode);
  try {
    lift_timeouts(session);
  } catch (...) {
    session.rollback();
    throw;
  }
}

}  // namespace pgclone::snapshot
