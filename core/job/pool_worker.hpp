// A worker of a job's pool.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "job/engine.hpp"
#include "job/planner.hpp"
#include "job/pool.hpp"

namespace pgclone::job {

// What the coordinator tells its workers. Holds no secret: the source's connection string reaches
// them through their Ports.
struct WorkerBrief {
  std::int32_t job = 0;
  JobSpec spec;
  std::string snapshot;
  SearchPaths paths;

  [[nodiscard]] std::string to_text() const;
  PGCLONE_API static WorkerBrief from_text(std::string_view text);
};

// Works until every task has ended. A task's failure is its verdict; a cancel is thrown, and so is
// what keeps a verdict from being written.
PGCLONE_API void run_pool_worker(const WorkerBrief& brief, plan::TaskQueue& queue,
                                 PoolMember& member, Ports& ports);

}  // namespace pgclone::job
