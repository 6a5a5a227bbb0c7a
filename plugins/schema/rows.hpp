// The rows of a query, kept: a session's own result ends with its next call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/session.hpp"

namespace pgclone::schema {

class Row {
 public:
  explicit Row(std::vector<std::optional<std::string>> cells) : cells_(std::move(cells)) {}

  [[nodiscard]] bool is_null(std::size_t column) const { return !cells_.at(column).has_value(); }
  // Empty for NULL.
  [[nodiscard]] std::string text(std::size_t column) const {
    return cells_.at(column).value_or(std::string());
  }
  [[nodiscard]] bool boolean(std::size_t column) const { return text(column) == "t"; }
  // 0 for NULL.
  [[nodiscard]] std::uint32_t oid(std::size_t column) const;

 private:
  std::vector<std::optional<std::string>> cells_;
};

// Runs the query. Throws what the session throws.
std::vector<Row> read(Session& session, std::string_view sql, std::span<const Param> params = {});

}  // namespace pgclone::schema
