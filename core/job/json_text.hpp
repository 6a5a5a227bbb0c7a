// JSON of our own making, between our own processes. Names in it are in the database's encoding,
// which need not be UTF-8.
#pragma once

#include <boost/json.hpp>
#include <string_view>

namespace pgclone::job {

inline boost::json::value parse_own_json(std::string_view text) {
  boost::json::parse_options options;
  options.allow_invalid_utf8 = true;
  return boost::json::parse(text, {}, options);
}

}  // namespace pgclone::job
