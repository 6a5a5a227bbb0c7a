// What a server prints, read as what it has to be. A source may send anything where a number
// belongs, and a number that was never read as one must not get into a statement.
#pragma once

#include <cstdint>
#include <limits>
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

}  // namespace pgclone
