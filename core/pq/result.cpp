#include "pgclone/plugin/numbers.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone {
namespace {

Cell cell(const Result& result, std::size_t row, std::size_t column) {
  const std::string_view text = result.text(row, column);
  const bool null = result.is_null(row, column);
  return {null ? std::nullopt : std::optional(text), row, column, result.name(column)};
}

}  // namespace

bool Result::boolean(std::size_t row, std::size_t column) const {
  return parse_boolean(cell(*this, row, column));
}

std::int64_t Result::integer(std::size_t row, std::size_t column, std::int64_t least,
                             std::int64_t most) const {
  return parse_integer(cell(*this, row, column), least, most);
}

std::uint64_t Result::count(std::size_t row, std::size_t column) const {
  return static_cast<std::uint64_t>(integer(row, column, 0));
}

std::uint32_t Result::oid(std::size_t row, std::size_t column) const {
  return parse_oid(cell(*this, row, column));
}

std::uint32_t Result::oid_or_none(std::size_t row, std::size_t column) const {
  return is_null(row, column) ? 0 : oid(row, column);
}

}  // namespace pgclone
