// Lets an expression follow an owned sequence to its new name.
#pragma once

#include <string>
#include <string_view>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::table {

// Replaces each constant '<from>'::regclass of a deparsed expression by one that names `to`. Only a
// whole string constant of that very value counts: the text is read token by token, so the inside
// of other constants and of quoted names is never touched.
inline std::string replace_regclass(std::string_view expression, std::string_view from,
                                    std::string_view to) {
  constexpr std::string_view kCast = "::regclass";
  std::string out;
  std::size_t at = 0;
  while (at < expression.size()) {
    const char quote = expression[at];
    if (quote != '\'' && quote != '"') {
      out += quote;
      ++at;
      continue;
    }
    std::string value;
    std::size_t end = at + 1;
    for (; end < expression.size(); ++end) {
      if (expression[end] == quote) {
        if (end + 1 >= expression.size() || expression[end + 1] != quote) break;
        ++end;
      }
      value += expression[end];
    }
    const std::string_view token = expression.substr(at, end + 1 - at);
    at += token.size();
    if (quote == '\'' && value == from && expression.substr(at).starts_with(kCast)) {
      out += sql::literal(to);
    } else {
      out += token;
    }
  }
  return out;
}

}  // namespace pgclone::table
