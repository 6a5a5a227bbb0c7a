// Rows in text form, in memory of our own: nothing of it depends on the server's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/session.hpp"

namespace pgclone::session {

class TextResult final : public Result {
 public:
  void reset(std::size_t columns, std::uint64_t affected) {
    text_.clear();
    cells_.clear();
    names_.clear();
    columns_ = columns;
    affected_ = affected;
  }
  // The next column.
  void add_name(const char* name) { names_.emplace_back(name); }
  // The next cell, row by row; null is NULL.
  void add(const char* value) {
    const std::string_view text = value == nullptr ? std::string_view() : value;
    cells_.push_back({text_.size(), text.size(), value == nullptr});
    text_ += text;
  }

  [[nodiscard]] std::size_t rows() const noexcept override {
    return columns_ == 0 ? 0 : cells_.size() / columns_;
  }
  [[nodiscard]] std::size_t columns() const noexcept override { return columns_; }
  [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const override {
    return cells_.at(row * columns_ + column).null;
  }
  [[nodiscard]] std::string_view text(std::size_t row, std::size_t column) const override {
    const Cell& cell = cells_.at(row * columns_ + column);
    return std::string_view(text_).substr(cell.begin, cell.length);
  }
  [[nodiscard]] std::uint64_t affected() const noexcept override { return affected_; }
  [[nodiscard]] std::string_view name(std::size_t column) const override {
    return names_.at(column);
  }

 private:
  struct Cell {
    std::size_t begin;
    std::size_t length;
    bool null;
  };
  std::string text_;
  std::vector<Cell> cells_;
  std::vector<std::string> names_;
  std::size_t columns_ = 0;
  std::uint64_t affected_ = 0;
};

}  // namespace pgclone::session
