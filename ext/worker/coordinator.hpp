// The background worker that runs a job.
#pragma once

namespace pgclone::worker {

// The role whose job this process runs; 0 in a process that is no coordinator.
unsigned current_job_owner() noexcept;

}  // namespace pgclone::worker
