// Publishes what a pool worker is doing: in its own row, and added up in its job's.
#pragma once

#include "shmem/slot_monitor.hpp"

namespace pgclone::shmem {

struct PoolWorker;

class WorkerMonitor final : public job::Monitor {
 public:
  WorkerMonitor(Slot& job, PoolWorker& worker) : job_(job), worker_(&worker) {}

  void set_phase(std::string_view) noexcept override {}
  void set_current(std::string_view kind, std::string_view label) noexcept override;
  void set_totals(const job::Totals&) noexcept override {}
  void set_snapshot(std::string_view) noexcept override {}
  void add_rows(std::int64_t rows) noexcept override;
  void add_bytes(std::int64_t bytes) noexcept override;
  void add_work(std::int64_t work) noexcept override { job_.add_work(work); }
  void task_ended(bool is_table) noexcept override;
  void count_retry() noexcept override { job_.count_retry(); }

 private:
  SlotMonitor job_;
  PoolWorker* worker_;
};

}  // namespace pgclone::shmem
