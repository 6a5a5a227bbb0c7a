// Publishes what a coordinator is doing in its slot.
#pragma once

#include "job/monitor.hpp"

namespace pgclone::shmem {

struct Slot;

// In the coordinator, for the slot that it has adopted. Never raises and never blocks: counters are
// atomics, texts are copied under a spinlock.
class SlotMonitor final : public job::Monitor {
 public:
  explicit SlotMonitor(Slot& slot) : slot_(&slot) {}

  void set_phase(std::string_view phase) noexcept override;
  void set_current(std::string_view kind, std::string_view label) noexcept override;
  void set_totals(const job::Totals& totals) noexcept override;
  void set_snapshot(std::string_view snapshot) noexcept override;
  void add_rows(std::int64_t rows) noexcept override;
  void add_bytes(std::int64_t bytes) noexcept override;
  void add_work(std::int64_t work) noexcept override;
  void task_ended(bool is_table) noexcept override;
  void count_retry() noexcept override;

 private:
  Slot* slot_;
};

// A synchronous call has nobody who could look at its progress while it runs.
class NoMonitor final : public job::Monitor {
 public:
  void set_phase(std::string_view) noexcept override {}
  void set_current(std::string_view, std::string_view) noexcept override {}
  void set_totals(const job::Totals&) noexcept override {}
  void set_snapshot(std::string_view) noexcept override {}
  void add_rows(std::int64_t) noexcept override {}
  void add_bytes(std::int64_t) noexcept override {}
  void add_work(std::int64_t) noexcept override {}
  void task_ended(bool) noexcept override {}
  void count_retry() noexcept override {}
};

}  // namespace pgclone::shmem
