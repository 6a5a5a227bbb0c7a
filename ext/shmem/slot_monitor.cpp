#include "shmem/slot_monitor.hpp"

#include <cstring>

#include "shmem/slots.hpp"

#include "server.hpp"

namespace pgclone::shmem {

namespace {

// Clipped outside the lock: a spinlock is held for a few instructions only.
template <size_t size>
void publish(Slot& slot, char (&field)[size], std::string_view text) noexcept {
  char clipped[size];
  clip(clipped, size, text.data(), text.size());
  SpinLockAcquire(&slot.mutex);
  memcpy(field, clipped, strlen(clipped) + 1);
  SpinLockRelease(&slot.mutex);
}

}  // namespace

void SlotMonitor::set_phase(std::string_view phase) noexcept {
  publish(*slot_, slot_->texts.phase, phase);
}

void SlotMonitor::set_current(std::string_view kind, std::string_view label) noexcept {
  publish(*slot_, slot_->texts.current_kind, kind);
  publish(*slot_, slot_->texts.current, label);
}

void SlotMonitor::set_snapshot(std::string_view snapshot) noexcept {
  publish(*slot_, slot_->texts.snapshot, snapshot);
}

void SlotMonitor::set_totals(const job::Totals& totals) noexcept {
  pg_atomic_write_u64(&slot_->counters.tasks_total, totals.tasks);
  pg_atomic_write_u64(&slot_->counters.tables_total, totals.tables);
  pg_atomic_write_u64(&slot_->counters.bytes_total, totals.bytes);
  pg_atomic_write_u64(&slot_->counters.work_since, static_cast<uint64>(GetCurrentTimestamp()));
}

void SlotMonitor::add_rows(std::int64_t rows) noexcept {
  pg_atomic_fetch_add_u64(&slot_->counters.rows, rows);
}

void SlotMonitor::add_bytes(std::int64_t bytes) noexcept {
  pg_atomic_fetch_add_u64(&slot_->counters.bytes, bytes);
}

void SlotMonitor::add_work(std::int64_t work) noexcept {
  pg_atomic_fetch_add_u64(&slot_->counters.work, work);
}

void SlotMonitor::task_ended(bool is_table) noexcept {
  pg_atomic_fetch_add_u64(&slot_->counters.tasks_done, 1);
  if (is_table) pg_atomic_fetch_add_u64(&slot_->counters.tables_done, 1);
}

void SlotMonitor::count_retry() noexcept {
  pg_atomic_fetch_add_u64(&slot_->counters.retries, 1);
}

}  // namespace pgclone::shmem
