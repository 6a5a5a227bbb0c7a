// Option schemas: what a strategy declares, and whether a value fits.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgclone::options {

enum class Type : std::uint8_t { boolean, integer, string, names, json };

// One option of a schema.
struct Declaration {
  std::string name;
  Type type = Type::json;
  std::optional<boost::json::value> fallback;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> values;  // empty: any string
};

// Throws Error(XX000) when the schema itself is wrong: that is a plugin's mistake, not the user's.
std::vector<Declaration> parse_schema(std::string_view schema);

// Throws Error(22023) that names the option, what it must be, and what it is.
void check(const Declaration& declaration, const boost::json::value& value);

// "boolean", "integer", …, as schemas write it.
std::string_view type_name(Type type);

}  // namespace pgclone::options
