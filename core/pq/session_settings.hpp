// What a session pins on the server right after connecting.
#pragma once

#include "pq/connection.hpp"

namespace pgclone::pq {

// One round trip. They are set in the session, so they win over ALTER ROLE … SET and the connection
// string's options. Throws for servers that are too old.
void pin_settings(Connection& connection, bool is_source);

}  // namespace pgclone::pq
