#include "shmem/worker_monitor.hpp"

#include <cstring>

#include "shmem/slots.hpp"

#include "server.hpp"

namespace pgclone::shmem {

void WorkerMonitor::set_current(std::string_view kind, std::string_view label) noexcept {
  char clipped_kind[sizeof worker_->current_kind];
  char clipped[sizeof worker_->current];
  clip(clipped_kind, sizeof clipped_kind, kind.data(), kind.size());
  clip(clipped, sizeof clipped, label.data(), label.size());
  SpinLockAcquire(&worker_->mutex);
  memcpy(worker_->current_kind, clipped_kind, strlen(clipped_kind) + 1);
  memcpy(worker_->current, clipped, strlen(clipped) + 1);
  SpinLockRelease(&worker_->mutex);
  // The job shows what one of its workers began last.
  if (!label.empty()) job_.set_current(kind, label);
}

void WorkerMonitor::add_rows(std::int64_t rows) noexcept {
  pg_atomic_fetch_add_u64(&worker_->rows, rows);
  job_.add_rows(rows);
}

void WorkerMonitor::add_bytes(std::int64_t bytes) noexcept {
  pg_atomic_fetch_add_u64(&worker_->bytes, bytes);
  job_.add_bytes(bytes);
}

void WorkerMonitor::task_ended(bool is_table) noexcept {
  if (is_table) pg_atomic_fetch_add_u64(&worker_->tables_done, 1);
  job_.task_ended(is_table);
}

}  // namespace pgclone::shmem
