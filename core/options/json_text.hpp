// JSON text of the user, read strictly.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace pgclone::options {

// Parses one JSON document. Throws Error(22P02) with the position of a syntax error or of a NUL
// character, and Error(22023) when an object of the outermost level has a key twice, which
// boost::json would silently settle in favour of the last one.
boost::json::value parse_json(std::string_view text);

// For messages: the value as JSON text, cut to a readable length at a character's border.
std::string shown(const boost::json::value& value);
// For messages: in double quotes, cut likewise.
std::string shown(std::string_view text);
// "a string", "an array", …
std::string_view kind_of(const boost::json::value& value);

}  // namespace pgclone::options
