#include "rows.hpp"

#include "pgclone/plugin/error.hpp"

namespace pgclone::schema {

namespace {

Error unexpected(const std::string& what, std::size_t number, std::string_view of) {
  return Error(sqlstate::kProtocolViolation, what)
      .with_detail("It has " + std::to_string(number) + " " + std::string(of) + ".")
      .with_hint("It is no PostgreSQL server that can be trusted.");
}

}  // namespace

const std::optional<std::string>& Row::cell(std::size_t column) const {
  if (column < cells_.size()) return cells_[column];
  throw unexpected("a server's answer has no column " + std::to_string(column + 1), cells_.size(),
                   "columns");
}

std::vector<Row> read(Session& session, std::string_view sql, std::span<const Param> params) {
  const Result& result = session.query(sql, params);
  auto names = std::make_shared<Row::Names>();
  for (std::size_t column = 0; column < result.columns(); ++column)
    names->emplace_back(result.name(column));
  std::vector<Row> rows;
  rows.reserve(result.rows());
  for (std::size_t row = 0; row < result.rows(); ++row) {
    std::vector<std::optional<std::string>> cells(result.columns());
    for (std::size_t column = 0; column < cells.size(); ++column) {
      if (!result.is_null(row, column)) cells[column] = std::string(result.text(row, column));
    }
    rows.emplace_back(std::move(cells), row, names);
  }
  return rows;
}

Row read_one(Session& session, std::string_view sql, std::span<const Param> params) {
  std::vector<Row> rows = read(session, sql, params);
  if (rows.size() == 1) return std::move(rows.front());
  throw unexpected("a server's answer has not the one row that it should have", rows.size(),
                   "rows");
}

}  // namespace pgclone::schema
