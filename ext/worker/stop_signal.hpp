// How a coordinator is asked to stop: the flag in its slot, and SIGINT to interrupt what runs.
#pragma once

namespace pgclone::worker {

// Replaces the server's SIGINT handler. Both ways to a stop deliver one interrupt together: when
// the job has already begun to stop, a late signal must not hit the writing of its verdict.
void install_stop_handler();

// A session::StopCheck; `state` is the job's shmem::Slot.
bool stop_requested(void* slot);

// From now on requests to stop come too late (job::Ports::ignore_stops).
void ignore_stops();

// Whether anybody asked this process to stop: pgclone.cancel() or pg_cancel_backend().
bool was_stopped() noexcept;

}  // namespace pgclone::worker
