// The reading end of COPY … TO STDOUT over libpq.
#pragma once

#include <memory>

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
  // More input from the socket; waits only when `may_wait`.
  void receive(bool may_wait);
  void finish();

  Connection& connection_;
  std::unique_ptr<char[]> buffer_;
  std::uint64_t rows_ = 0;
  bool broken_ = false;
  bool finished_ = false;
};

}  // namespace pgclone::pq
