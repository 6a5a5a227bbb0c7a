#include "shmem/pool_workers.hpp"

#include <cstring>

#include "shmem/startup.hpp"

#include "server.hpp"

namespace pgclone::shmem {

namespace {

PoolWorker* mine = nullptr;

void leave_pool(int, Datum) {
  LWLockAcquire(header().lock, LW_EXCLUSIVE);
  mine->in_use = false;
  LWLockRelease(header().lock);
}

PoolWorker* find_free() {
  for (int i = 0; i < header().worker_count; ++i) {
    if (!header().workers[i].in_use) return &header().workers[i];
  }
  return nullptr;
}

void occupy(PoolWorker& worker, SlotRef job, int number) {
  worker.in_use = true;
  worker.slot = job.index;
  worker.generation = job.generation;
  worker.number = number;
  worker.pid = MyProcPid;
  worker.start_time = GetCurrentTimestamp();
  worker.current_kind[0] = '\0';
  worker.current[0] = '\0';
  pg_atomic_write_u64(&worker.rows, 0);
  pg_atomic_write_u64(&worker.bytes, 0);
  pg_atomic_write_u64(&worker.tables_done, 0);
}

void copy_out(PoolWorker& worker, PoolWorkerView& view) {
  view.job = {worker.slot, worker.generation};
  view.number = worker.number;
  view.pid = worker.pid;
  view.start_time = worker.start_time;
  SpinLockAcquire(&worker.mutex);
  memcpy(view.current_kind, worker.current_kind, sizeof view.current_kind);
  memcpy(view.current, worker.current, sizeof view.current);
  SpinLockRelease(&worker.mutex);
  view.rows = pg_atomic_read_u64(&worker.rows);
  view.bytes = pg_atomic_read_u64(&worker.bytes);
  view.tables_done = pg_atomic_read_u64(&worker.tables_done);
}

}  // namespace

PoolWorker* enlist(SlotRef job, int number) {
  LWLockAcquire(header().lock, LW_EXCLUSIVE);
  mine = find_free();
  if (mine != nullptr) occupy(*mine, job, number);
  LWLockRelease(header().lock);
  // There are as many places as background workers, and each leaves its own at its end.
  if (mine == nullptr) elog(ERROR, "no place for a pool worker in shared memory");
  before_shmem_exit(leave_pool, 0);
  return mine;
}

int list_workers(SlotRef job, PoolWorkerView** views) {
  *views = static_cast<PoolWorkerView*>(
      palloc(sizeof(PoolWorkerView) * static_cast<size_t>(header().worker_count)));
  int count = 0;
  LWLockAcquire(header().lock, LW_SHARED);
  for (int i = 0; i < header().worker_count; ++i) {
    PoolWorker& worker = header().workers[i];
    if (worker.in_use && worker.slot == job.index && worker.generation == job.generation)
      copy_out(worker, (*views)[count++]);
  }
  LWLockRelease(header().lock);
  return count;
}

// Without the lock: it is asked for every piece of a copy, and a moment's delay does no harm.
bool may_go_on(SlotRef job) noexcept {
  Slot& slot = slot_at(job.index);
  return slot.generation == job.generation && slot.coordinator_pid != 0 &&
         pg_atomic_read_u32(&slot.cancel_requested) == 0;
}

}  // namespace pgclone::shmem
