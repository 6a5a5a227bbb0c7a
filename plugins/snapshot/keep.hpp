// What every transaction of a snapshot strategy needs.
#pragma once

#include "pgclone/plugin/session.hpp"

namespace pgclone::snapshot {

// Begins a transaction that may be idle or busy for as long as the job takes, whatever the source's
// timeouts are for others. On failure nothing stays open.
void begin_patient(Session& session, TransactionMode mode);

// The same for a transaction that has begun.
void lift_timeouts(Session& session);

}  // namespace pgclone::snapshot
