// What a session sets on its server (settings/pinned.hpp).
#pragma once

#include <string>

#include "pq/connection.hpp"

namespace pgclone::pq {

// Throws for servers that are too old.
void check_version(const Connection& connection);

// For a target, that is in tests: for the whole session. One round trip.
void pin_session(Connection& connection);

// Begins a transaction of a source by `begin`, with all that it needs. For that transaction only: a
// pooler may hand the server's session to somebody else after it. Wins over ALTER ROLE … SET and
// the connection string's options. One round trip, and nothing that takes a snapshot.
void begin_pinned(Connection& connection, const std::string& begin);

}  // namespace pgclone::pq
