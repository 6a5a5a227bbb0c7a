// Quoting of SQL text. Header-only on purpose: owning strings never cross a plugin's border.
#pragma once

#include <string>
#include <string_view>

namespace pgclone::sql {

// Always quotes, so no keyword list can go stale: a"b -> "a""b".
inline std::string identifier(std::string_view name) {
  std::string out;
  out.reserve(name.size() + 2);
  out += '"';
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
  return out;
}

// "schema"."name"; only "name" when the schema is empty.
inline std::string qualified(std::string_view schema, std::string_view name) {
  return schema.empty() ? identifier(name) : identifier(schema) + "." + identifier(name);
}

// A string literal that is right whatever standard_conforming_strings says: a'b -> 'a''b', a\b ->
// E'a\\b'.
inline std::string literal(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 3);
  if (text.find('\\') != std::string_view::npos) out += 'E';
  out += '\'';
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += c;
    out += c;
  }
  out += '\'';
  return out;
}

// An array literal for a text[] parameter: {"a","b\"c"}.
template <typename Range>
std::string text_array(const Range& items) {
  std::string out = "{";
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : std::string_view(item)) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  out += '}';
  return out;
}

}  // namespace pgclone::sql
