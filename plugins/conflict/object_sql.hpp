// What the conflict strategies say about objects, in SQL and in words.
#pragma once

#include <string>
#include <string_view>

#include "pgclone/plugin/model.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::conflict {

// "s"."t", "s"."f"(integer), "s".+(integer, integer): the parser takes no quoted operator.
inline std::string reference(const ObjectName& object) {
  if (object.kind == "OPERATOR") {
    return sql::identifier(object.schema) + "." + std::string(object.name) + " " +
           std::string(object.arguments);
  }
  return sql::qualified(object.schema, object.name) + std::string(object.arguments);
}

// As a sentence names it: table "s"."t", function "s"."f"(integer).
inline std::string described(const ObjectName& object) {
  std::string text;
  for (const char c : object.kind) {
    text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text + " " + reference(object);
}

inline std::string rename(const ObjectName& object, std::string_view name) {
  return "ALTER " + std::string(object.kind) + " " + reference(object) + " RENAME TO " +
         sql::identifier(name);
}

}  // namespace pgclone::conflict
