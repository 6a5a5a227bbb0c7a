// The jobs of this database that the caller may see: the journal's rows and the live slots, merged.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "job/progress_format.hpp"

#include "shmem/slots.hpp"

namespace pgclone::api {

struct VisibleJob {
  job::JobProgress progress;
  // The slot in shared memory, if it has one (still).
  std::optional<shmem::SlotRef> slot;
  bool in_journal = false;
};

// Own jobs, those of roles that the caller is a member of, all for a superuser; by number. With
// `only`, just that one. A job that the journal says is running, while no process runs it, was
// interrupted and shows as failed.
std::vector<VisibleJob> visible_jobs(std::optional<std::int32_t> only = std::nullopt);

// What the workers of a job's pool are doing, by their number; empty when it has none.
std::vector<job::JobProgress> visible_workers(const VisibleJob& job);

// That job. Throws 42704 when there is none that the caller may see.
VisibleJob require_job(std::int32_t job_id);

// The caller is a member of that role (or a superuser).
bool may_see(Oid owner);

}  // namespace pgclone::api
