// The coordinator's side of a pool of background workers. Include server.hpp before.
#pragma once

#include <vector>

#include "job/pool.hpp"
#include "session/latch_waiter.hpp"
#include "worker/order.hpp"

#include "worker/pool_segment.hpp"

namespace pgclone::worker {

class JobPool final : public job::Pool {
 public:
  // Everything outlives the pool.
  JobPool(shmem::SlotRef job, const Order& order, session::LatchWaiter& waiter)
      : job_(job), order_(order), waiter_(waiter), lock_(nullptr) {}
  ~JobPool();
  JobPool(const JobPool&) = delete;
  JobPool& operator=(const JobPool&) = delete;

  void* share(std::size_t size, std::string_view brief) override;
  plan::QueueLock& lock() override { return lock_; }
  unsigned start(unsigned workers) override;
  void wait(int timeout_ms) override;
  std::vector<unsigned> take_ended() override;
  [[nodiscard]] unsigned alive() const override;
  void stop() noexcept override;

 private:
  struct Worker {
    unsigned number;
    BackgroundWorkerHandle* handle;
  };
  bool start_one(unsigned number);
  void cancel_workers();

  shmem::SlotRef job_;
  const Order& order_;
  session::LatchWaiter& waiter_;
  dsm_segment* segment_ = nullptr;
  PoolHeader* header_ = nullptr;
  PoolLock lock_;
  std::vector<Worker> workers_;
};

}  // namespace pgclone::worker
