// The live rows of pool workers. C frames that may raise, unless noexcept. Include last.
#pragma once

#include "shmem/slots.hpp"

namespace pgclone::shmem {

struct PoolWorkerView {
  SlotRef job;
  int number;
  int pid;
  TimestampTz start_time;
  char current_kind[NAMEDATALEN];
  char current[512];
  uint64 rows;
  uint64 bytes;
  uint64 tables_done;
};

// This process is worker `number` of the job, until it ends.
PoolWorker* enlist(SlotRef job, int number);
// The workers of a job in a palloc'ed array; returns their number.
int list_workers(SlotRef job, PoolWorkerView** views);
// The job still has its coordinator, and nobody asked it to stop.
bool may_go_on(SlotRef job) noexcept;

}  // namespace pgclone::shmem
