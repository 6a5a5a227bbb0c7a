#include "shmem/startup.hpp"

#include "guc/settings.hpp"
#include "shmem/layout.hpp"

#include "server.hpp"

namespace pgclone::shmem {

namespace {

constexpr char kName[] = "pgclone";

shmem_request_hook_type previous_request_hook = nullptr;
shmem_startup_hook_type previous_startup_hook = nullptr;
Header* shared = nullptr;

Size slots_size() {
  return MAXALIGN(mul_size(static_cast<Size>(guc::max_jobs()), sizeof(Slot)));
}

Size segment_size() {
  return add_size(add_size(MAXALIGN(sizeof(Header)), slots_size()),
                  mul_size(static_cast<Size>(max_worker_processes), sizeof(PoolWorker)));
}

void request() {
  if (previous_request_hook != nullptr) previous_request_hook();
  RequestAddinShmemSpace(segment_size());
  RequestNamedLWLockTranche(kName, 1);
}

void init_counters(SlotCounters& counters) {
  for (pg_atomic_uint64* const counter :
       {&counters.rows, &counters.bytes, &counters.work, &counters.bytes_total,
        &counters.tasks_total, &counters.tasks_done, &counters.tables_total, &counters.tables_done,
        &counters.retries, &counters.work_since}) {
    pg_atomic_init_u64(counter, 0);
  }
}

void init_workers(Header& header, void* memory) {
  header.worker_count = max_worker_processes;
  header.workers = static_cast<PoolWorker*>(memory);
  for (int i = 0; i < header.worker_count; ++i) {
    PoolWorker& worker = header.workers[i];
    SpinLockInit(&worker.mutex);
    pg_atomic_init_u64(&worker.rows, 0);
    pg_atomic_init_u64(&worker.bytes, 0);
    pg_atomic_init_u64(&worker.tables_done, 0);
  }
}

void init_segment(void* segment) {
  memset(segment, 0, segment_size());
  Header& header = *static_cast<Header*>(segment);
  header.version = kLayoutVersion;
  header.slot_count = guc::max_jobs();
  header.lock = &GetNamedLWLockTranche(kName)->lock;
  header.slots = static_cast<Slot*>(
      static_cast<void*>(static_cast<char*>(segment) + MAXALIGN(sizeof(Header))));
  for (int i = 0; i < header.slot_count; ++i) {
    Slot& slot = header.slots[i];
    SpinLockInit(&slot.mutex);
    init_counters(slot.counters);
    pg_atomic_init_u32(&slot.cancel_requested, 0);
    ConditionVariableInit(&slot.changed);
    ConditionVariableInit(&slot.queue_changed);
  }
  init_workers(header, static_cast<char*>(segment) + MAXALIGN(sizeof(Header)) + slots_size());
}

void startup() {
  if (previous_startup_hook != nullptr) previous_startup_hook();
  bool found = false;
  LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
  void* const memory = ShmemInitStruct(kName, segment_size(), &found);
  if (!found) init_segment(memory);
  auto* const segment = static_cast<Header*>(memory);
  LWLockRelease(AddinShmemInitLock);
  if (segment->version != kLayoutVersion) {
    ereport(FATAL, (errcode(ERRCODE_INTERNAL_ERROR),
                    errmsg("shared memory of pgclone has layout %u, this library needs %u",
                           segment->version, kLayoutVersion),
                    errhint("Restart the server.")));
  }
  shared = segment;
}

}  // namespace

void install_hooks() {
  previous_request_hook = shmem_request_hook;
  shmem_request_hook = request;
  previous_startup_hook = shmem_startup_hook;
  shmem_startup_hook = startup;
}

bool available() noexcept {
  return shared != nullptr;
}

Header& header() noexcept {
  return *shared;
}

}  // namespace pgclone::shmem
