// Names with wildcards.
#pragma once

#include <string_view>

namespace pgclone::schema {

// Whether a name fits a pattern: * stands for any text, ? for one character of UTF-8 (one byte in
// other encodings), anything else for itself.
inline bool matches_pattern(std::string_view name, std::string_view pattern) {
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  std::size_t at = 0, from = 0, star = std::string_view::npos, retry = 0;
  while (at < name.size()) {
    if (from < pattern.size() && pattern[from] == '*') {
      star = from++;
      retry = at;
    } else if (from < pattern.size() && pattern[from] == '?') {
      ++from;
      do ++at;
      while (at < name.size() && continues(name[at]));
    } else if (from < pattern.size() && pattern[from] == name[at]) {
      ++from;
      ++at;
    } else if (star != std::string_view::npos) {
      from = star + 1;
      at = ++retry;
    } else {
      return false;
    }
  }
  while (from < pattern.size() && pattern[from] == '*') ++from;
  return from == pattern.size();
}

}  // namespace pgclone::schema
