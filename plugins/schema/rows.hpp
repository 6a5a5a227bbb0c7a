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

  // All throw Error (08P01) where the answer has no such column.
  [[nodiscard]] bool is_null(std::size_t column) const { return !cell(column).has_value(); }
  // Empty for NULL.
  [[nodiscard]] std::string text(std::size_t column) const {
    return cell(column).value_or(std::string());
  }
  [[nodiscard]] bool boolean(std::size_t column) const { return text(column) == "t"; }
  // 0 for NULL.
  [[nodiscard]] std::uint32_t oid(std::size_t column) const;

 private:
  [[nodiscard]] const std::optional<std::string>& cell(std::size_t column) const;

  std::vector<std::optional<std::string>> cells_;
};

// Runs the query. Throws what the session throws.
std::vector<Row> read(Session& session, std::string_view sql, std::span<const Param> params = {});
// The same for a query that has one row, whatever there is. Throws Error (08P01) for any other
// number.
Row read_one(Session& session, std::string_view sql, std::span<const Param> params = {});

}  // namespace pgclone::schema
