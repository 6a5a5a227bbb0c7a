#include "pq/copy_out.hpp"

namespace pgclone::pq {

namespace {

// A piece this large makes what the receiver pays per piece vanish.
constexpr int kChunk = 128 * 1024;

}  // namespace

std::span<const char> CopyOut::read() {
  if (finished_) return {};
  if (connection_.handle() == nullptr) {
    throw connection_.peer().connection_lost("The connection was closed earlier.");
  }
  connection_.check();
  connection_.expect_row();
  if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(kChunk);
  int filled = 0;
  const auto piece = [&] {
    return std::span<const char>(buffer_.get(), static_cast<std::size_t>(filled));
  };
  // New input is taken only when no whole row is left in libpq's buffer, which so stays small.
  bool looked = false;
  for (;;) {
    // Unlike PQgetCopyData(), this makes no copy of the row, which may be a gigabyte: it hands over
    // as much of it as there is room for.
    const int got = PQgetlineAsync(connection_.handle(), buffer_.get() + filled, kChunk - filled);
    if (got > 0) {
      filled += got;
      if (filled == kChunk) return piece();
      ++rows_;  // this was a row's end; one that is the piece's end is missed until the last word
      looked = false;
    } else if (got == 0) {
      if (looked && filled > 0) return piece();
      receive(looked);
      looked = true;
    } else {
      finish();
      return piece();
    }
  }
}

void CopyOut::receive(bool may_wait) {
  if (broken_) {
    Error error = connection_.peer().connection_lost(PQerrorMessage(connection_.handle()));
    connection_.close();
    throw error;
  }
  if (may_wait) connection_.wait(true, false);
  // What arrived before the break is still to be looked at: maybe the server said why.
  broken_ = !connection_.consume(Connection::kMostOfCopy);
}

void CopyOut::finish() {
  // Only this ends libpq's copy state.
  char* row = nullptr;
  PQgetCopyData(connection_.handle(), &row, 1);
  PQfreemem(row);
  // "No more rows" is not yet a success: only the final result tells.
  const ResultPtr result = connection_.finish();
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
    throw connection_.peer()
        .error(sqlstate::kProtocolViolation, "a COPY ended without a verdict")
        .with_detail("The final result of " + connection_.peer().name() + " is not a completion.")
        .with_hint("See the log of that server.");
  }
  rows_ = affected_rows(result.get());
  finished_ = true;
}

}  // namespace pgclone::pq
