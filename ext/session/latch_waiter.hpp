// How a libpq session waits inside the server: on our latch and the socket, serving interrupts.
#pragma once

#include <sys/types.h>

#include "pq/waiter.hpp"

struct WaitEventSet;

namespace pgclone::session {

// Whether the job is to stop for a reason that the server's interrupts don't know (a flag in
// shared memory). Called often, must not throw.
using StopCheck = bool (*)(void* state);

// For one process and one connection at a time. When the postmaster dies, the process ends in the
// middle of a wait. Every method but release_descriptor() may throw: a cancel or a statement
// timeout as the server's own error (57014), a stop as 57014 too.
class LatchWaiter final : public pq::Waiter {
 public:
  explicit LatchWaiter(StopCheck stop = nullptr, void* state = nullptr) noexcept
      : stop_(stop), state_(state) {}
  ~LatchWaiter();
  LatchWaiter(const LatchWaiter&) = delete;
  LatchWaiter& operator=(const LatchWaiter&) = delete;

  // A socket below 0 waits for the latch and the timeout alone.
  void wait(int socket, bool read, bool write, int timeout_ms) override;
  void check() override;
  void reserve_descriptor() override;
  void release_descriptor() noexcept override;

 private:
  void follow(int socket, unsigned events);
  void forget() noexcept;

  StopCheck stop_;
  void* state_;
  // Kept from wait to wait: making one costs five system calls.
  WaitEventSet* events_ = nullptr;
  int socket_ = -1;
  int position_ = -1;
  // libpq may close a socket and get the same number for the next one, of which the set would know
  // nothing; the inode tells them apart.
  ino_t inode_ = 0;
};

}  // namespace pgclone::session
