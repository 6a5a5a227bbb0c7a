// The coordinator's hold on its slot, and what becomes of the slot when the process ends.
#pragma once

#include "pgclone/plugin/error.hpp"

#include "shmem/slots.hpp"

namespace pgclone::worker {

// Takes the slot over for this process. However the process ends from now on (a lost connection
// slot, SIGTERM, an error that nobody handled), the job gets a verdict with the message that the
// server logged last. False when the submitter has given up. C frames; raises.
bool take_slot(shmem::SlotRef ref);

// An error for a slot, its texts clipped. Never raises.
shmem::SlotError slot_error(const Error& error) noexcept;

}  // namespace pgclone::worker
