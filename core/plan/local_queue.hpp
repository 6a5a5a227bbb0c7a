// The task queue of a job that has no pool: in memory of its own, shared with nobody.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "plan/queue.hpp"

namespace pgclone::plan {

class LocalQueue {
 public:
  // `done`: see TaskQueue::create().
  LocalQueue(const Plan& plan, const std::vector<bool>& done)
      : memory_(std::make_unique<std::uint64_t[]>(TaskQueue::size_for(plan) / 8 + 1)),
        queue_(laid_out(memory_.get(), plan, done), unshared_) {}
  LocalQueue(const LocalQueue&) = delete;
  LocalQueue& operator=(const LocalQueue&) = delete;

  TaskQueue& queue() { return queue_; }

 private:
  static void* laid_out(void* memory, const Plan& plan, const std::vector<bool>& done) {
    TaskQueue::create(memory, plan, done);
    return memory;
  }

  UnsharedLock unshared_;
  std::unique_ptr<std::uint64_t[]> memory_;
  TaskQueue queue_;
};

}  // namespace pgclone::plan
