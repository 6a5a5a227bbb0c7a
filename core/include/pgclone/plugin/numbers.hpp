// What a server prints, read as what it has to be. A source may send anything where a number
// belongs, and a number that was never read as one must not get into a statement.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "pgclone/plugin/api.hpp"

namespace pgclone {

// A whole number from `least` to `most`, and nothing around it. Throws Error (08P01) otherwise.
PGCLONE_API std::int64_t parse_integer(
    std::string_view text, std::int64_t least = std::numeric_limits<std::int64_t>::min(),
    std::int64_t most = std::numeric_limits<std::int64_t>::max());
PGCLONE_API std::uint32_t parse_oid(std::string_view text);
// t or f, and the long forms of both.
PGCLONE_API bool parse_boolean(std::string_view text);

// A value of an answer, and where it stands in it.
struct Cell {
  std::optional<std::string_view> text;  // nullopt is NULL, which is none of the following
  std::size_t row = 0;                   // both from 0
  std::size_t column = 0;
  std::string_view name;  // what the server calls the column
};

// The same, with an error that says where. Throws Error (08P01) for NULL as well.
PGCLONE_API std::int64_t parse_integer(
    const Cell& cell, std::int64_t least = std::numeric_limits<std::int64_t>::min(),
    std::int64_t most = std::numeric_limits<std::int64_t>::max());
PGCLONE_API std::uint32_t parse_oid(const Cell& cell);
PGCLONE_API bool parse_boolean(const Cell& cell);

}  // namespace pgclone
