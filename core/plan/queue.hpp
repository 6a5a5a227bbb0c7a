// The task queue of a job: one flat, position-independent block of memory, so that it can lie in a
// dynamic shared memory segment and be worked on by any number of processes.
//
// Ready tasks lie in heaps, most urgent first: claim and end are O(log n) plus the edges of the
// task. The block's size is fixed by the plan; nothing in it grows. Builds (see is_build) have a
// heap of their own: each keeps a processor busy, so that more of them than there are processors
// would only take caches from one another, and time from the build that the job's end waits for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "job/status.hpp"
#include "pgclone/plugin/api.hpp"
#include "plan/plan.hpp"

namespace pgclone::plan {

// Mutual exclusion among the processes that share a queue. Neither call throws.
class PGCLONE_API QueueLock {
 public:
  virtual void lock() noexcept = 0;
  virtual void unlock() noexcept = 0;

 protected:
  ~QueueLock() = default;
};

// For a queue that one process has to itself.
class UnsharedLock final : public QueueLock {
 public:
  void lock() noexcept override {}
  void unlock() noexcept override {}
};

struct QueueHeader;
struct QueueTask;

class PGCLONE_API TaskQueue {
 public:
  // Bytes that the plan's queue needs.
  static std::size_t size_for(const Plan& plan);
  // Lays the queue out in `memory` (size_for() bytes, aligned to 8). Tasks listed in `done` count
  // as completed already (a resumed job). Of builds no more than `most_builds` run at once, but one
  // always may.
  static void create(void* memory, const Plan& plan, const std::vector<bool>& done,
                     std::uint32_t most_builds = UINT32_MAX);

  // A view of a block that create() has laid out, in this or another process.
  TaskQueue(void* memory, QueueLock& lock);

  // The most urgent task that may start, now running in that worker's hands; nothing when there is
  // none at this moment.
  std::optional<std::uint32_t> claim(std::uint32_t worker = 0);
  // Ends a running task. A failed one fails all that require it, also indirectly; their numbers are
  // returned so that each gets its verdict in the journal.
  std::vector<std::uint32_t> end(std::uint32_t task, job::TaskStatus status);
  // A worker is gone: what it was running is ready again. Returns those tasks.
  std::vector<std::uint32_t> abandon(std::uint32_t worker);
  // Nothing is claimed any more: what is pending is cancelled.
  void stop();

  [[nodiscard]] job::TaskStatus status(std::uint32_t task) const;
  [[nodiscard]] std::size_t size() const;
  // Every task has ended, one way or another.
  [[nodiscard]] bool finished() const;
  // Tasks that have not ended and may read the source.
  [[nodiscard]] std::uint32_t reading() const;
  // Of so many workers those that could not have a task at this moment, as far as a build could
  // have them as helpers.
  [[nodiscard]] std::uint32_t idle_of(std::uint32_t workers) const;
  // What users count as a table.
  [[nodiscard]] bool is_table(std::uint32_t task) const;
  // The task's steps, decoded.
  [[nodiscard]] std::vector<Step> steps(std::uint32_t task) const;

 private:
  void settle(std::uint32_t task, job::TaskStatus status, std::vector<std::uint32_t>& failed);
  void cancel(std::uint32_t task);
  void push_ready(std::uint32_t task);
  std::uint32_t pop_ready();
  void start(std::uint32_t task, std::uint32_t worker);
  void leave_running(std::uint32_t task);
  [[nodiscard]] std::uint64_t urgency_of_preludes() const;

  QueueHeader* header_;
  QueueTask* tasks_;
  std::uint32_t* edges_;
  std::uint32_t* heaps_;
  const char* payload_;
  QueueLock& lock_;
};

}  // namespace pgclone::plan
