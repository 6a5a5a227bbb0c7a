// Stops what runs on the other side of a connection.
#pragma once

#include <libpq-fe.h>

#include <chrono>

namespace pgclone::pq {

// Asks the server to cancel the statement of this connection's backend, over another session of the
// same user: PQcancel() waits for the server, however long that takes, and nothing can interrupt
// it. Best effort, and done with after the limit. Looks up no name.
void request_cancel(PGconn* connection, int backend_pid, std::chrono::milliseconds limit) noexcept;

}  // namespace pgclone::pq
