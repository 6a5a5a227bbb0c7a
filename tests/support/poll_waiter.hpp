// The waiter of tests: poll(), and a cancel that another thread may send.
#pragma once

#include <atomic>
#include <functional>

#include "pq/waiter.hpp"

namespace pgclone::test {

class PollWaiter final : public pq::Waiter {
 public:
  PollWaiter();
  ~PollWaiter();
  PollWaiter(const PollWaiter&) = delete;
  PollWaiter& operator=(const PollWaiter&) = delete;

  void wait(int socket, bool read, bool write, int timeout_ms) override;
  void check() override;
  void reserve_descriptor() override { ++reserved_; }
  void release_descriptor() noexcept override { --reserved_; }

  // From any thread: every wait and check throws a cancel Error from now on.
  void cancel();
  void reset_cancel();
  // Descriptors reserved and not released.
  [[nodiscard]] int reserved() const { return reserved_; }
  [[nodiscard]] int waits() const { return waits_; }
  // Called before every wait.
  void on_wait(std::function<void()> hook) { hook_ = std::move(hook); }

 private:
  std::atomic<bool> cancelled_ = false;
  int wakeup_;
  int reserved_ = 0;
  int waits_ = 0;
  std::function<void()> hook_;
};

}  // namespace pgclone::test
