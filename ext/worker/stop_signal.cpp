#include "worker/stop_signal.hpp"

#include <csignal>

#include "shmem/layout.hpp"

#include "server.hpp"

namespace pgclone::worker {

namespace {

volatile std::sig_atomic_t stopping = 0;
// The verdict is being written: it is too late to stop.
volatile std::sig_atomic_t sealed = 0;

void on_sigint(int) {
  const int saved_errno = errno;
  if (stopping == 0 && sealed == 0) {
    stopping = 1;
    InterruptPending = true;
    QueryCancelPending = true;
  }
  SetLatch(MyLatch);
  errno = saved_errno;
}

}  // namespace

void install_stop_handler() {
  pqsignal(SIGINT, on_sigint);
}

void ignore_stops() {
  sealed = 1;
  QueryCancelPending = false;
}

bool stop_requested(void* slot) {
  if (sealed != 0) return false;
  if (pg_atomic_read_u32(&static_cast<shmem::Slot*>(slot)->cancel_requested) != 0) stopping = 1;
  if (stopping == 0) return false;
  // The caller is about to throw; the interrupt has thereby been served.
  QueryCancelPending = false;
  return true;
}

bool was_stopped() noexcept {
  return stopping != 0;
}

}  // namespace pgclone::worker
