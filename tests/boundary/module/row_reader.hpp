// A source of COPY rows that goes wrong where it is told to.
#pragma once

#include <string>
#include <string_view>

#include "counted.hpp"
#include "pgclone/plugin/session.hpp"
#include "session/latch_waiter.hpp"

namespace boundary {

// Rows "<n>\t<row n>" from 1 on, in pieces that end anywhere; of an integer and a text in binary.
class RowReader final : public pgclone::CopyReader {
 public:
  // `mode`: "" for plain rows; "wait" waits for ever at the middle, "endless" never ends, "late"
  // fails where the end should be, "trailing" sends data behind the end mark, "narrow" has one
  // column; other words are thrown at the middle (throw_by_name).
  // Behind "binary " the rows are in that format.
  RowReader(long rows, std::string mode) : rows_(rows), mode_(std::move(mode)) {
    constexpr std::string_view kBinary = "binary ";
    if (!mode_.starts_with(kBinary)) return;
    mode_.erase(0, kBinary.size());
    binary_ = true;
    buffer_ = std::string("PGCOPY\n\377\r\n\0", 11) + std::string(8, '\0');
    rest_ = buffer_;
  }

  [[nodiscard]] pgclone::CopyFormat format() const {
    return binary_ ? pgclone::CopyFormat::binary : pgclone::CopyFormat::text;
  }

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
      binary_ ? add_binary_row() : add_text_row();
      ++next_;
    }
    if (buffer_.empty() && binary_ && !ended_) {
      add_number(-1, 2);
      ended_ = true;
      if (mode_ != "trailing") return void(rest_ = buffer_);
    }
    if (buffer_.empty() && mode_ == "late") throw pgclone::Error("XX001", "the source failed last");
    if (mode_ == "trailing" && next_ > rows_ && (ended_ || buffer_.empty())) {
      buffer_ += (binary_ ? "" : "\\.\n") + std::string(200'000, 'x');
      mode_.clear();
    }
    rest_ = buffer_;
  }

  void add_text_row() {
    buffer_ += std::to_string(next_);
    if (mode_ != "narrow") buffer_ += "\trow " + std::to_string(next_);
    buffer_ += '\n';
  }

  // In network order.
  void add_number(long value, int bytes) {
    while (bytes-- > 0) buffer_ += static_cast<char>(value >> (8 * bytes));
  }

  void add_binary_row() {
    const bool narrow = mode_ == "narrow";
    add_number(narrow ? 1 : 2, 2);
    add_number(4, 4);
    add_number(next_, 4);
    if (narrow) return;
    const std::string text = "row " + std::to_string(next_);
    add_number(static_cast<long>(text.size()), 4);
    buffer_ += text;
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
  bool binary_ = false;
  bool ended_ = false;
  std::string buffer_;
  std::string_view rest_;
  Counted counted_;
  pgclone::session::LatchWaiter waiter_;
};

// The bytes that it is given, in pieces of one size.
class BytesReader final : public pgclone::CopyReader {
 public:
  BytesReader(std::string_view bytes, std::size_t piece) : rest_(bytes), piece_(piece) {}

  std::span<const char> read() override {
    const std::string_view piece = rest_.substr(0, piece_);
    rest_.remove_prefix(piece.size());
    return piece;
  }
  [[nodiscard]] std::uint64_t rows() const override { return 0; }

 private:
  std::string_view rest_;
  std::size_t piece_;
};

}  // namespace boundary
