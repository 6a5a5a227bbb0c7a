// How a libpq session waits. In the server: latch and socket, serving interrupts; in tests: poll().
#pragma once

#include "pgclone/plugin/api.hpp"

namespace pgclone::pq {

class PGCLONE_API Waiter {
 public:
  // Returns when the socket is ready for what was asked, or after timeout_ms (-1: no limit), or
  // spuriously. Throws a cancel Error when the job is to stop.
  virtual void wait(int socket, bool read, bool write, int timeout_ms) = 0;
  // Throws a cancel Error when the job is to stop; cheap.
  virtual void check() = 0;
  // Reserves and releases a file descriptor in the process's budget; may throw when none is left.
  virtual void reserve_descriptor() = 0;
  virtual void release_descriptor() noexcept = 0;

 protected:
  ~Waiter() = default;
};

}  // namespace pgclone::pq
