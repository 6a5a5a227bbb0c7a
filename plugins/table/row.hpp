// Reads the columns of a result's row one after the other, into owned values: a Result lives only
// until the session's next call.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/listed.hpp"
#include "model.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/session.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::table {

class Row {
 public:
  Row(const Result& result, std::size_t row) : result_(result), row_(row) {}
  std::string text() { return std::string(result_.text(row_, column_++)); }
  std::optional<std::string> nullable() {
    if (result_.is_null(row_, column_)) {
      ++column_;
      return std::nullopt;
    }
    return text();
  }
  // As those of Result: each throws Error (08P01) for anything else, and for NULL.
  bool boolean() { return result_.boolean(row_, column_++); }
  std::int64_t integer() { return result_.integer(row_, column_++); }
  // That fits into a Number.
  template <typename Number>
  Number integer_as(Number least = std::numeric_limits<Number>::min()) {
    return static_cast<Number>(
        result_.integer(row_, column_++, least, std::numeric_limits<Number>::max()));
  }
  std::uint64_t count() { return result_.count(row_, column_++); }
  Oid oid() { return result_.oid(row_, column_++); }
  // '\0' for NULL and for the empty string.
  char character() {
    const std::string_view value = result_.text(row_, column_++);
    return value.empty() ? '\0' : value.front();
  }

 private:
  const Result& result_;
  std::size_t row_;
  std::size_t column_ = 0;
};

inline std::string oid_array(const std::vector<Oid>& oids) {
  std::string out = "{";
  for (const Oid oid : oids) {
    if (out.size() > 1) out += ',';
    out += std::to_string(oid);
  }
  return out + "}";
}

inline std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const std::string& part : parts) {
    if (&part != parts.data()) out += separator;
    out += part;
  }
  return out;
}

// A query in which every place, such as $parent$, has what belongs there.
inline std::string filled_in(
    std::string_view query,
    std::initializer_list<std::pair<std::string_view, std::string_view>> places) {
  std::string out(query);
  for (const auto& [place, text] : places)
    for (std::size_t at = out.find(place); at != std::string::npos;
         at = out.find(place, at + text.size()))
      out.replace(at, place.size(), text);
  return out;
}

// "s"."t" as SQL and users see it.
inline std::string source_label(const Table& table) {
  return sql::qualified(table.schema, table.name);
}
inline common::Listed listed(const Table& table) {
  return {table.oid, source_label(table), !table.partitioned};
}
inline common::Listed listed(const Sequence& sequence) {
  return {sequence.oid, sql::qualified(sequence.schema, sequence.name)};
}
inline std::string target_label(const Table& table) {
  return sql::qualified(table.target_schema, table.target_name);
}

// The group of a table's definition, and the key of that step.
inline std::string table_group(const Table& table) {
  return "table " + target_label(table);
}

// What the step that copies a table as one adds to the group for its key.
inline constexpr const char* kRowsKey = " rows";

}  // namespace pgclone::table
