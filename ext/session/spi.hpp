// SQL statements through the server programming interface.
#pragma once

#include <span>
#include <string_view>

#include "pgclone/plugin/session.hpp"
#include "session/prepared.hpp"
#include "session/text_result.hpp"

namespace pgclone::session {

enum class Statements : unsigned char { any, one };

// Runs the text in the current transaction, as the current user. Each statement sees what earlier
// ones did, and so does whatever comes after. Parameters are text values: cast them in the SQL.
// With Statements::one, and with parameters, a second statement is a syntax error.
// With `prepared`, a text with parameters is planned once and its plan kept there.
// Throws ServerError; then the transaction must be rolled back.
void run_spi(std::string_view sql, std::span<const Param> params, Statements allowed,
             TextResult& result, Prepared* prepared = nullptr);

}  // namespace pgclone::session
