// What counts as a text in this database.
#pragma once

#include <string_view>

namespace pgclone::session {

// In the database's encoding, as PostgreSQL itself has it: SQL_ASCII takes any bytes but zeros.
bool is_valid_text(std::string_view text);

}  // namespace pgclone::session
