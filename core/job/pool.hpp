// The pool of a job: processes that work on one queue. The server's side is in ext/worker.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/api.hpp"
#include "plan/queue.hpp"

namespace pgclone::job {

// In the coordinator. Every call but stop() may throw.
class PGCLONE_API Pool {
 public:
  // Memory that workers will share, aligned to 8; `brief` is what they are told. Once per job.
  virtual void* share(std::size_t size, std::string_view brief) = 0;
  virtual plan::QueueLock& lock() = 0;
  // Starts up to that many workers, numbered from 1; returns how many could be started.
  virtual unsigned start(unsigned workers) = 0;
  // Returns when the queue has changed, a worker has ended, or after the time; throws a cancel.
  virtual void wait(int timeout_ms) = 0;
  // The numbers of workers that have ended since the last call.
  virtual std::vector<unsigned> take_ended() = 0;
  [[nodiscard]] virtual unsigned alive() const = 0;
  // Ends all workers at once and waits until they are gone.
  virtual void stop() noexcept = 0;

 protected:
  ~Pool() = default;
};

// In a worker: its place in the pool.
class PGCLONE_API PoolMember {
 public:
  [[nodiscard]] virtual unsigned number() const = 0;
  // From here on a change of the queue is not missed by wait_for_change().
  virtual void listen() = 0;
  virtual void stop_listening() noexcept = 0;
  // Sleeps until the queue has changed since listen(), or a little while; throws a cancel. Ends
  // listening.
  virtual void wait_for_change() = 0;
  // The queue has changed: wakes the other workers and the coordinator.
  virtual void announce_change() noexcept = 0;

 protected:
  ~PoolMember() = default;
};

}  // namespace pgclone::job
