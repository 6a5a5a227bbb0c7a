// What users may not leave out. Include server.hpp before.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "guard/datum.hpp"
#include "job/spec.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::api {

inline Error missing_argument(std::string_view name) {
  return Error("22004", std::string(name) + " must not be null")
      .with_detail("The function needs a value for this parameter.")
      .with_hint("See \\df+ pgclone.* for the parameters of each function.");
}

inline std::string required_text(FunctionCallInfo fcinfo, int index, std::string_view name) {
  std::optional<std::string> value = guard::text_argument(fcinfo, index);
  if (!value) throw missing_argument(name);
  return *std::move(value);
}

// A name of a schema or table: not NULL, not empty.
inline std::string required_name(FunctionCallInfo fcinfo, int index, std::string_view name) {
  std::string value = required_text(fcinfo, index, name);
  if (!value.empty()) return value;
  throw Error(sqlstate::kInvalidParameterValue, std::string(name) + " must not be empty")
      .with_detail("No schema or table has an empty name.")
      .with_hint("Write the name exactly as the catalog has it, without quotes of SQL.");
}

inline bool required_boolean(FunctionCallInfo fcinfo, int index, std::string_view name) {
  if (PG_ARGISNULL(index)) throw missing_argument(name);
  return PG_GETARG_BOOL(index);
}

// The arguments of pgclone.table() and its like after the connection string.
inline job::JobSpec table_spec(FunctionCallInfo fcinfo) {
  job::JobSpec spec;
  spec.strategy = "table";
  spec.schema = required_name(fcinfo, 1, "schema_name");
  spec.table = required_name(fcinfo, 2, "table_name");
  spec.include_data = required_boolean(fcinfo, 3, "include_data");
  if (!PG_ARGISNULL(4)) spec.target_table = required_name(fcinfo, 4, "target_table_name");
  spec.options = guard::printed_argument(fcinfo, 5).value_or("{}");
  return spec;
}

inline job::JobSpec schema_spec(FunctionCallInfo fcinfo) {
  job::JobSpec spec;
  spec.strategy = "schema";
  spec.schema = required_name(fcinfo, 1, "schema_name");
  spec.include_data = required_boolean(fcinfo, 2, "include_data");
  spec.options = guard::printed_argument(fcinfo, 3).value_or("{}");
  return spec;
}

}  // namespace pgclone::api
