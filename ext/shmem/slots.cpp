#include "shmem/slots.hpp"

#include <algorithm>
#include <csignal>
#include <cstring>

#include "shmem/startup.hpp"

#include "server.hpp"

namespace pgclone::shmem {

namespace {

bool is(const Slot& slot, SlotRef ref) {
  return slot.in_use && slot.generation == ref.generation;
}

void vacate(Slot& slot) {
  slot.in_use = false;
  slot.coordinator_pid = 0;
  slot.coordinator = nullptr;
  slot.submitter_pid = 0;
  slot.submitter = nullptr;
}

// The submitter died while it waited for a coordinator that never came.
bool is_orphan(const Slot& slot) {
  return slot.in_use && !slot.attached && slot.coordinator_pid == 0 &&
         !job::is_final(slot.status) && BackendPidGetProc(slot.submitter_pid) != slot.submitter;
}

bool same_job(const SlotIdentity& left, const SlotIdentity& right) {
  return left.database == right.database && left.extension == right.extension &&
         left.job_id == right.job_id;
}

// A slot whose job belongs to the extension as it is in this database now, or which is all that is
// known of a job that goes on, or went on, after its extension was dropped.
bool lives_here(const Slot& slot, Oid extension) {
  return slot.in_use && slot.identity.database == MyDatabaseId &&
         (slot.identity.extension == extension || !slot.recorded);
}

void reset_counters(SlotCounters& counters) {
  for (pg_atomic_uint64* const counter :
       {&counters.rows, &counters.bytes, &counters.work, &counters.bytes_total,
        &counters.tasks_total, &counters.tasks_done, &counters.tables_total, &counters.tables_done,
        &counters.retries, &counters.work_since}) {
    pg_atomic_write_u64(counter, 0);
  }
}

void occupy(Slot& slot, const SlotIdentity& identity) {
  vacate(slot);
  slot.generation += 1;
  slot.in_use = true;
  slot.attached = false;
  slot.status = job::Status::pending;
  slot.recorded = false;
  slot.identity = identity;
  slot.start_time = GetCurrentTimestamp();
  slot.end_time = 0;
  slot.submitter_pid = MyProcPid;
  slot.submitter = MyProc;
  slot.error = SlotError{};
  SpinLockAcquire(&slot.mutex);
  slot.texts = SlotTexts{};
  SpinLockRelease(&slot.mutex);
  reset_counters(slot.counters);
  pg_atomic_write_u32(&slot.cancel_requested, 0);
}

void set_verdict(Slot& slot, job::Status status, const SlotError* error) {
  if (job::is_final(slot.status)) return;
  slot.status = status;
  slot.end_time = GetCurrentTimestamp();
  if (error != nullptr) slot.error = *error;
  SpinLockAcquire(&slot.mutex);
  slot.texts.current_kind[0] = '\0';
  slot.texts.current[0] = '\0';
  SpinLockRelease(&slot.mutex);
}

void copy_out(Slot& slot, int index, SlotView* view) {
  view->ref = {index, slot.generation};
  view->attached = slot.attached;
  view->cancel_requested = pg_atomic_read_u32(&slot.cancel_requested) != 0;
  view->status = slot.status;
  view->identity = slot.identity;
  view->start_time = slot.start_time;
  view->end_time = slot.end_time;
  view->coordinator_pid = slot.coordinator_pid;
  view->error = slot.error;
  SpinLockAcquire(&slot.mutex);
  view->texts = slot.texts;
  SpinLockRelease(&slot.mutex);
  view->rows = pg_atomic_read_u64(&slot.counters.rows);
  view->bytes = pg_atomic_read_u64(&slot.counters.bytes);
  view->work = pg_atomic_read_u64(&slot.counters.work);
  view->bytes_total = pg_atomic_read_u64(&slot.counters.bytes_total);
  view->tasks_total = pg_atomic_read_u64(&slot.counters.tasks_total);
  view->tasks_done = pg_atomic_read_u64(&slot.counters.tasks_done);
  view->tables_total = pg_atomic_read_u64(&slot.counters.tables_total);
  view->tables_done = pg_atomic_read_u64(&slot.counters.tables_done);
  view->retries = pg_atomic_read_u64(&slot.counters.retries);
  view->work_since = static_cast<TimestampTz>(pg_atomic_read_u64(&slot.counters.work_since));
}

// The best place for a new job, null when every slot's job is alive.
Slot* choose(Header& shared) {
  Slot* oldest = nullptr;
  for (int i = 0; i < shared.slot_count; ++i) {
    Slot& slot = shared.slots[i];
    if (is_orphan(slot)) vacate(slot);
    if (!slot.in_use) return &slot;
    if (!job::is_final(slot.status) || slot.coordinator_pid != 0) continue;
    if (oldest == nullptr || slot.end_time < oldest->end_time) oldest = &slot;
  }
  return oldest;
}

// Jobs that this one must not meet: of its own number, left over from a dropped extension; and one
// that goes on with the same earlier job.
const Slot* find_rival(Header& shared, const SlotIdentity& identity) {
  for (int i = 0; i < shared.slot_count; ++i) {
    Slot& slot = shared.slots[i];
    if (!slot.in_use) continue;
    if (same_job(slot.identity, identity) && job::is_final(slot.status) &&
        slot.coordinator_pid == 0) {
      vacate(slot);
    } else if (identity.resumed_from != 0 && slot.identity.database == identity.database &&
               slot.identity.extension == identity.extension &&
               slot.identity.resumed_from == identity.resumed_from && !is_orphan(slot) &&
               !job::is_final(slot.status)) {
      return &slot;
    }
  }
  return nullptr;
}

}  // namespace

Slot& slot_at(int index) noexcept {
  return header().slots[index];
}

void clip(char* field, size_t size, const char* text, size_t length) noexcept {
  const auto kept =
      static_cast<size_t>(pg_mbcliplen(text, static_cast<int>(length), static_cast<int>(size) - 1));
  memcpy(field, text, kept);
  field[kept] = '\0';
}

Claim claim(const SlotIdentity& identity) {
  Header& shared = header();
  LWLockAcquire(shared.lock, LW_EXCLUSIVE);
  Claim result{Claimed::all_busy, {}, 0};
  if (const Slot* const rival = find_rival(shared, identity); rival != nullptr) {
    result = {Claimed::already_resumed, {}, rival->identity.job_id};
  } else if (Slot* const slot = choose(shared); slot != nullptr) {
    occupy(*slot, identity);
    result = {Claimed::yes, {static_cast<int>(slot - shared.slots), slot->generation}, 0};
  }
  LWLockRelease(shared.lock);
  return result;
}

void abandon(SlotRef ref) {
  Slot& slot = slot_at(ref.index);
  LWLockAcquire(header().lock, LW_EXCLUSIVE);
  if (is(slot, ref)) {
    vacate(slot);
    slot.generation += 1;
  }
  LWLockRelease(header().lock);
  ConditionVariableBroadcast(&slot.changed);
}

bool adopt(SlotRef ref) {
  Slot& slot = slot_at(ref.index);
  LWLockAcquire(header().lock, LW_EXCLUSIVE);
  const bool mine = is(slot, ref) && !job::is_final(slot.status);
  if (mine) {
    slot.coordinator_pid = MyProcPid;
    slot.coordinator = MyProc;
  }
  LWLockRelease(header().lock);
  return mine;
}

void attach(SlotRef ref) {
  Slot& slot = slot_at(ref.index);
  LWLockAcquire(header().lock, LW_EXCLUSIVE);
  if (is(slot, ref) && !job::is_final(slot.status)) {
    slot.attached = true;
    slot.status = job::Status::running;
    SetLatch(&slot.submitter->procLatch);
  }
  LWLockRelease(header().lock);
  ConditionVariableBroadcast(&slot.changed);
}

void finish(SlotRef ref, job::Status status, const SlotError* error, bool recorded) {
  Slot& slot = slot_at(ref.index);
  LWLockAcquire(header().lock, LW_EXCLUSIVE);
  if (is(slot, ref)) {
    set_verdict(slot, status, error);
    slot.recorded = recorded;
  }
  LWLockRelease(header().lock);
  ConditionVariableBroadcast(&slot.changed);
}

void leave(SlotRef ref, job::Status status, const SlotError& error) {
  Slot& slot = slot_at(ref.index);
  LWLockAcquire(header().lock, LW_EXCLUSIVE);
  if (is(slot, ref)) {
    set_verdict(slot, status, &error);
    slot.coordinator_pid = 0;
    slot.coordinator = nullptr;
    if (!slot.attached) SetLatch(&slot.submitter->procLatch);
  }
  LWLockRelease(header().lock);
  ConditionVariableBroadcast(&slot.changed);
}

bool read(SlotRef ref, SlotView* view) {
  Slot& slot = slot_at(ref.index);
  LWLockAcquire(header().lock, LW_SHARED);
  const bool present = is(slot, ref);
  if (present) copy_out(slot, ref.index, view);
  LWLockRelease(header().lock);
  return present;
}

bool find(int32 job_id, SlotView* view) {
  Header& shared = header();
  const Oid extension = get_extension_oid("pgclone", true);
  bool found = false;
  LWLockAcquire(shared.lock, LW_SHARED);
  for (int i = 0; i < shared.slot_count; ++i) {
    Slot& slot = shared.slots[i];
    if (!lives_here(slot, extension) || slot.identity.job_id != job_id) continue;
    if (found && slot.start_time < view->start_time) continue;
    copy_out(slot, i, view);
    found = true;
  }
  LWLockRelease(shared.lock);
  return found;
}

int list(SlotView** views) {
  Header& shared = header();
  auto* const all = static_cast<SlotView*>(MemoryContextAllocHuge(
      CurrentMemoryContext, sizeof(SlotView) * static_cast<Size>(shared.slot_count)));
  const Oid extension = get_extension_oid("pgclone", true);
  int count = 0;
  LWLockAcquire(shared.lock, LW_SHARED);
  for (int i = 0; i < shared.slot_count; ++i) {
    Slot& slot = shared.slots[i];
    if (lives_here(slot, extension)) copy_out(slot, i, &all[count++]);
  }
  LWLockRelease(shared.lock);
  *views = all;
  return count;
}

bool request_cancel(SlotRef ref) {
  Slot& slot = slot_at(ref.index);
  // The coordinator takes this lock before it exits, so its process id can't be another's.
  LWLockAcquire(header().lock, LW_EXCLUSIVE);
  const bool alive = is(slot, ref) && !job::is_final(slot.status);
  if (alive) {
    pg_atomic_write_u32(&slot.cancel_requested, 1);
    if (slot.coordinator_pid != 0) {
      kill(slot.coordinator_pid, SIGINT);
      SetLatch(&slot.coordinator->procLatch);
    }
  }
  LWLockRelease(header().lock);
  return alive;
}

bool clear(SlotRef ref) {
  Slot& slot = slot_at(ref.index);
  LWLockAcquire(header().lock, LW_EXCLUSIVE);
  const bool ended = is(slot, ref) && job::is_final(slot.status);
  // A coordinator on its way out still refers to it; it is told by the generation.
  if (ended) {
    vacate(slot);
    slot.generation += 1;
  }
  LWLockRelease(header().lock);
  ConditionVariableBroadcast(&slot.changed);
  return ended;
}

bool wait_for_end(SlotRef ref, TimestampTz deadline) {
  Slot& slot = slot_at(ref.index);
  bool ended = false;
  ConditionVariablePrepareToSleep(&slot.changed);
  for (;;) {
    LWLockAcquire(header().lock, LW_SHARED);
    ended = !is(slot, ref) || job::is_final(slot.status);
    LWLockRelease(header().lock);
    if (ended) break;
    long timeout_ms = -1;
    if (deadline != DT_NOEND) {
      const TimestampTz left = deadline - GetCurrentTimestamp();
      if (left <= 0) break;
      timeout_ms = static_cast<long>(std::min<TimestampTz>(left / 1000 + 1, INT_MAX));
    }
    ConditionVariableTimedSleep(&slot.changed, timeout_ms, PG_WAIT_EXTENSION);
  }
  ConditionVariableCancelSleep();
  return ended;
}

}  // namespace pgclone::shmem
