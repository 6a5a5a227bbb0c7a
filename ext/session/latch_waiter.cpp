#include "session/latch_waiter.hpp"

#include <sys/stat.h>

#include <string>

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"

#include "server.hpp"

namespace pgclone::session {

namespace {

ino_t inode_of(int socket) noexcept {
  struct stat status {};
  return socket >= 0 && fstat(socket, &status) == 0 ? status.st_ino : 0;
}

}  // namespace

LatchWaiter::~LatchWaiter() {
  forget();
}

void LatchWaiter::forget() noexcept {
  WaitEventSet* const events = events_;
  events_ = nullptr;
  if (events != nullptr) guard::server_call_noexcept([=] { FreeWaitEventSet(events); });
}

// Makes the set watch this socket for these events.
void LatchWaiter::follow(int socket, unsigned events) {
  const ino_t inode = inode_of(socket);
  if (events_ != nullptr && (socket != socket_ || inode != inode_)) forget();
  if (events_ == nullptr) {
    guard::server_call([this] { events_ = CreateWaitEventSet(TopMemoryContext, 3); });
    socket_ = socket;
    inode_ = inode;
    guard::server_call([this, events] {
      AddWaitEventToSet(events_, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, nullptr);
      AddWaitEventToSet(events_, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, nullptr, nullptr);
      if (socket_ >= 0) position_ = AddWaitEventToSet(events_, events, socket_, nullptr, nullptr);
    });
  } else if (socket >= 0) {
    guard::server_call([this, events] { ModifyWaitEvent(events_, position_, events, nullptr); });
  }
}

void LatchWaiter::wait(int socket, bool read, bool write, int timeout_ms) {
  check();
  // A socket in a set must be watched for something.
  const unsigned events = (write ? static_cast<unsigned>(WL_SOCKET_WRITEABLE) : 0U) |
                          (read || !write ? static_cast<unsigned>(WL_SOCKET_READABLE) : 0U);
  try {
    follow(socket, events);
    guard::server_call([this, timeout_ms] {
      WaitEvent event;
      if (WaitEventSetWait(events_, timeout_ms, &event, 1, PG_WAIT_EXTENSION) == 1 &&
          (event.events & WL_LATCH_SET) != 0) {
        ResetLatch(MyLatch);
      }
    });
  } catch (...) {
    // The set may be half made.
    forget();
    throw;
  }
  check();
}

void LatchWaiter::check() {
  if (INTERRUPTS_PENDING_CONDITION()) guard::server_call([] { CHECK_FOR_INTERRUPTS(); });
  if (stop_ != nullptr && stop_(state_)) {
    throw Error(sqlstate::kQueryCancelled, "canceling clone job on user's request")
        .with_origin(Origin::target);
  }
}

void LatchWaiter::reserve_descriptor() {
  if (guard::server_call([] { return AcquireExternalFD(); })) return;
  throw Error(sqlstate::kUnableToConnect, "could not establish connection")
      .with_detail("There are too many open files on the local server.")
      .with_hint("Raise the server's max_files_per_process and/or \"ulimit -n\" limits.");
}

void LatchWaiter::release_descriptor() noexcept {
  guard::server_call_noexcept([] { ReleaseExternalFD(); });
}

}  // namespace pgclone::session
