// Results of set-returning functions. Include server.hpp before.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace pgclone::api {

// One value per column, as the column's type reads it; nullopt is NULL.
using TextRow = std::vector<std::optional<std::string>>;

// Hands all rows to the caller in a tuplestore. Throws ServerError.
Datum return_rows(FunctionCallInfo fcinfo, const std::vector<TextRow>& rows);

}  // namespace pgclone::api
