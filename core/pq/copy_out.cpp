#include "pq/copy_out.hpp"

namespace pgclone::pq {

namespace {

// libpq hands over row by row; in pieces of this size the receiver's cost per row vanishes.
constexpr std::size_t kChunk = 128 * 1024;

}  // namespace

std::span<const char> CopyOut::read() {
  if (finished_) return {};
  if (connection_.handle() == nullptr) {
    throw connection_.peer().connection_lost("The connection was closed earlier.");
  }
  connection_.check();
  lent_.reset();
  buffer_.clear();
  // New input is taken only when no whole row is left in libpq's buffer, which so stays small.
  bool looked = false;
  for (;;) {
    if (held_ && place_row()) return ready_;
    char* row = nullptr;
    const int size = PQgetCopyData(connection_.handle(), &row, 1);
    if (size > 0) {
      held_.reset(row);
      held_size_ = static_cast<std::size_t>(size);
      ++rows_;  // a message is a row; the command tag has the last word
      looked = false;
    } else if (size == 0) {
      if (looked && !buffer_.empty()) return buffer_;
      receive(looked);
      looked = true;
    } else {
      finish();
      return buffer_;
    }
  }
}

bool CopyOut::place_row() {
  if (buffer_.size() + held_size_ <= kChunk) {
    buffer_.append(held_.get(), held_size_);
    held_.reset();
    return false;
  }
  if (buffer_.empty()) {
    lent_ = std::move(held_);
    ready_ = {lent_.get(), held_size_};
  } else {
    ready_ = buffer_;
  }
  return true;
}

void CopyOut::receive(bool may_wait) {
  if (broken_) {
    Error error = connection_.peer().connection_lost(PQerrorMessage(connection_.handle()));
    connection_.close();
    throw error;
  }
  if (may_wait) connection_.wait(true, false);
  // What arrived before the break is still to be looked at: maybe the server said why.
  broken_ = !connection_.consume();
}

void CopyOut::finish() {
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
