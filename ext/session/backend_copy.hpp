// COPY FROM inside this backend, fed by a CopyReader.
#pragma once

#include <cstdint>

#include "pgclone/plugin/session.hpp"

namespace pgclone::session {

// Copies everything from the reader into the relation, in the current transaction, as the current
// user, with the checks of a COPY FROM command: INSERT on the columns, row security, read-only
// transactions, kind of relation. Freezes if asked and legal. Returns the rows inserted.
//
// Errors of the server, of the reader (as they are) and cancels are thrown; then the transaction
// must be rolled back. A copy within a copy (from a trigger or a default) is refused with 55000.
std::uint64_t copy_from(const CopyTarget& target, CopyReader& reader);

}  // namespace pgclone::session
