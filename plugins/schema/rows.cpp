#include "rows.hpp"

#include <charconv>

namespace pgclone::schema {

std::uint32_t Row::oid(std::size_t column) const {
  const std::string digits = text(column);
  std::uint32_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::vector<Row> read(Session& session, std::string_view sql, std::span<const Param> params) {
  const Result& result = session.query(sql, params);
  std::vector<Row> rows;
  rows.reserve(result.rows());
  for (std::size_t row = 0; row < result.rows(); ++row) {
    std::vector<std::optional<std::string>> cells(result.columns());
    for (std::size_t column = 0; column < cells.size(); ++column) {
      if (!result.is_null(row, column)) cells[column] = std::string(result.text(row, column));
    }
    rows.emplace_back(std::move(cells));
  }
  return rows;
}

}  // namespace pgclone::schema
