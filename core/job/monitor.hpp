// Where a job's process publishes what it is doing. In the server: atomics in shared memory.
#pragma once

#include <cstdint>
#include <string_view>

#include "pgclone/plugin/api.hpp"
#include "pgclone/plugin/host.hpp"

namespace pgclone::job {

struct Totals {
  std::uint64_t tasks = 0;
  std::uint64_t tables = 0;
  // Estimate of what the source will send; also the unit of work_done.
  std::uint64_t bytes = 0;
};

// Called from the one thread of a process; never throws, never blocks.
class PGCLONE_API Monitor {
 public:
  // connecting, planning, copying, finishing
  virtual void set_phase(std::string_view phase) noexcept = 0;
  // What this process works on, e.g. `"s"."t"`; empty when idle.
  virtual void set_current(std::string_view kind, std::string_view label) noexcept = 0;
  virtual void set_totals(const Totals& totals) noexcept = 0;
  virtual void set_snapshot(std::string_view snapshot) noexcept = 0;
  // Streamed so far; negative when a rollback takes them back.
  virtual void add_rows(std::int64_t rows) noexcept = 0;
  virtual void add_bytes(std::int64_t bytes) noexcept = 0;
  // Progress in units of Totals::bytes, for percent and ETA.
  virtual void add_work(std::int64_t work) noexcept = 0;
  virtual void task_ended(bool is_table) noexcept = 0;
  virtual void count_retry() noexcept = 0;

 protected:
  ~Monitor() = default;
};

// Messages to the user (NOTICE in a synchronous call) or to the server log (in the background).
class PGCLONE_API Reporter {
 public:
  virtual void report(Severity severity, std::string_view message, std::string_view detail,
                      std::string_view hint) = 0;

 protected:
  ~Reporter() = default;
};

}  // namespace pgclone::job
