// The rows of a query, kept: a session's own result ends with its next call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/numbers.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::schema {

class Row {
 public:
  using Names = std::vector<std::string>;

  // number: in its answer, from 0. names: those of the columns, as the server has them.
  Row(std::vector<std::optional<std::string>> cells, std::size_t number,
      std::shared_ptr<const Names> names)
      : cells_(std::move(cells)), number_(number), names_(std::move(names)) {}

  // All throw Error (08P01) where the answer has no such column.
  [[nodiscard]] bool is_null(std::size_t column) const { return !cell(column).has_value(); }
  // Empty for NULL.
  [[nodiscard]] std::string text(std::size_t column) const {
    return cell(column).value_or(std::string());
  }
  // And these where it is anything else, or NULL.
  [[nodiscard]] bool boolean(std::size_t column) const { return parse_boolean(place(column)); }
  [[nodiscard]] std::int64_t integer(std::size_t column) const {
    return parse_integer(place(column));
  }
  [[nodiscard]] std::uint64_t count(std::size_t column) const {
    return static_cast<std::uint64_t>(parse_integer(place(column), 0));
  }
  [[nodiscard]] std::uint32_t oid(std::size_t column) const { return parse_oid(place(column)); }
  // 0 for NULL.
  [[nodiscard]] std::uint32_t oid_or_none(std::size_t column) const {
    return is_null(column) ? 0 : oid(column);
  }

 private:
  [[nodiscard]] const std::optional<std::string>& cell(std::size_t column) const;
  [[nodiscard]] Cell place(std::size_t column) const {
    return {cell(column), number_, column, names_->at(column)};
  }

  std::vector<std::optional<std::string>> cells_;
  std::size_t number_;
  std::shared_ptr<const Names> names_;
};

// Runs the query. Throws what the session throws.
std::vector<Row> read(Session& session, std::string_view sql, std::span<const Param> params = {});
// The same for a query that has one row, whatever there is. Throws Error (08P01) for any other
// number.
Row read_one(Session& session, std::string_view sql, std::span<const Param> params = {});

}  // namespace pgclone::schema
