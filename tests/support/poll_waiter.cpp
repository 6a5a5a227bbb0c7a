#include "support/poll_waiter.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "pgclone/plugin/error.hpp"

namespace pgclone::test {

PollWaiter::PollWaiter() : wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wakeup_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

PollWaiter::~PollWaiter() {
  close(wakeup_);
}

void PollWaiter::wait(int socket, bool read, bool write, int timeout_ms) {
  ++waits_;
  if (hook_) hook_();
  check();
  const int events = (read ? POLLIN : 0) | (write ? POLLOUT : 0);
  std::array<pollfd, 2> polled{pollfd{socket, static_cast<short>(events), 0},
                               pollfd{wakeup_, POLLIN, 0}};
  if (poll(polled.data(), polled.size(), timeout_ms) < 0 && errno != EINTR) {
    throw std::system_error(errno, std::generic_category(), "poll");
  }
  check();
}

void PollWaiter::check() {
  if (cancelled_) throw Error(sqlstate::kQueryCancelled, "canceling statement due to user request");
}

void PollWaiter::cancel() {
  cancelled_ = true;
  const std::uint64_t one = 1;
  // Fails only when the counter is full, that is when a wakeup is pending already.
  [[maybe_unused]] const ssize_t written = ::write(wakeup_, &one, sizeof one);
}

void PollWaiter::reset_cancel() {
  cancelled_ = false;
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(wakeup_, &count, sizeof count);
}

}  // namespace pgclone::test
