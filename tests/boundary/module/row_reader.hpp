// A source of COPY rows that goes wrong where it is told to.
#pragma once

#include <string>
#include <string_view>

#include "counted.hpp"
#include "pgclone/plugin/session.hpp"
#include "session/latch_waiter.hpp"

namespace boundary {

// Rows "<n>\t<row n>" from 1 on, in pieces that end anywhere.
class RowReader final : public pgclone::CopyReader {
 public:
  // `mode`: "" for plain rows; "wait" waits for ever at the middle, "endless" never ends, "late"
  // fails where the end should be, "trailing" sends data behind the end mark, "narrow" has one
  // column; other words are thrown at the middle (throw_by_name).
  RowReader(long rows, std::string mode) : rows_(rows), mode_(std::move(mode)) {}

  std::span<const char> read() override {
    if (rest_.empty()) fill();
    const std::size_t size = std::min<std::size_t>(rest_.size(), 1000);
    const std::string_view piece = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return piece;
  }
  [[nodiscard]] std::uint64_t rows() const override { return static_cast<std::uint64_t>(rows_); }

 private:
  void fill() {
    buffer_.clear();
    for (int i = 0; i < 100 && (next_ <= rows_ || mode_ == "endless"); ++i) {
      if (next_ == rows_ / 2) go_wrong();
      buffer_ += std::to_string(next_);
      if (mode_ != "narrow") buffer_ += "\trow " + std::to_string(next_);
      buffer_ += '\n';
      ++next_;
    }
    if (buffer_.empty() && mode_ == "late") throw pgclone::Error("XX001", "the source failed last");
    if (buffer_.empty() && mode_ == "trailing") {
      buffer_ = "\\.\n" + std::string(200'000, 'x');
      mode_.clear();
    }
    rest_ = buffer_;
  }

  void go_wrong() {
    if (mode_ == "wait") {
      for (;;) waiter_.wait(-1, false, false, -1);
    }
    if (mode_ == "error" || mode_ == "exception" || mode_ == "int" || mode_ == "counted" ||
        mode_ == "bad_alloc" || mode_ == "cancel") {
      throw_by_name(mode_);
    }
  }

  long rows_;
  long next_ = 1;
  std::string mode_;
  std::string buffer_;
  std::string_view rest_;
  Counted counted_;
  pgclone::session::LatchWaiter waiter_;
};

}  // namespace boundary
