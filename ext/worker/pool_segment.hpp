// The segment that a coordinator shares with its pool: a header, the order (with its secrets), the
// brief, and the task queue. Include server.hpp before.
#pragma once

#include "shmem/slots.hpp"

namespace pgclone::worker {

struct PoolHeader {
  LWLock lock;  // the queue's
  Latch* coordinator;
  shmem::SlotRef job;
  uint64 order;  // offsets from the header
  uint64 order_size;
  uint64 brief;
  uint64 brief_size;
  uint64 queue;
};

inline void* at(PoolHeader* header, uint64 offset) {
  return static_cast<char*>(static_cast<void*>(header)) + offset;
}

// The queue's lock for both sides. An LWLock holds off interrupts while it is held, and what is
// done under it neither raises nor waits.
class PoolLock final : public plan::QueueLock {
 public:
  explicit PoolLock(PoolHeader* header) : header_(header) {}
  void lock() noexcept override { LWLockAcquire(&header_->lock, LW_EXCLUSIVE); }
  void unlock() noexcept override { LWLockRelease(&header_->lock); }

 private:
  PoolHeader* header_;
};

// Maps a segment for the life of the process, whatever transactions come and go. C frames; raise.
dsm_segment* create_segment(Size size);
dsm_segment* attach_segment(dsm_handle handle);

}  // namespace pgclone::worker
