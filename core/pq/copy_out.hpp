// The reading end of COPY … TO STDOUT over libpq.
#pragma once

#include <memory>
#include <string>

#include "pgclone/plugin/session.hpp"
#include "pq/connection.hpp"

namespace pgclone::pq {

class CopyOut final : public CopyReader {
 public:
  // The connection must be in copy-out state and outlive this.
  explicit CopyOut(Connection& connection) : connection_(connection) {}

  std::span<const char> read() override;
  [[nodiscard]] std::uint64_t rows() const override { return rows_; }

 private:
  struct FreeRow {
    void operator()(char* row) const noexcept { PQfreemem(row); }
  };
  using Row = std::unique_ptr<char, FreeRow>;

  // Moves the held row on: into the buffer, or by itself when it is big. True when there is
  // something to hand out now, in ready_.
  bool place_row();
  // More input from the socket; waits only when `may_wait`.
  void receive(bool may_wait);
  void finish();

  Connection& connection_;
  std::string buffer_;
  Row held_;  // fetched, not handed out yet
  Row lent_;  // handed out as it was
  std::size_t held_size_ = 0;
  std::span<const char> ready_;
  std::uint64_t rows_ = 0;
  bool broken_ = false;
  bool finished_ = false;
};

}  // namespace pgclone::pq
