// Takes tasks from the queue and brings each to its verdict: the same in a coordinator that works
// alone and in every worker of a pool.
#pragma once

#include <cstdint>
#include <vector>

#include "job/engine.hpp"
#include "job/journal.hpp"
#include "job/maintenance.hpp"
#include "job/planner.hpp"
#include "job/source_link.hpp"
#include "job/task_runner.hpp"
#include "job/transaction.hpp"
#include "plan/queue.hpp"

namespace pgclone::job {

class TaskLoop {
 public:
  // In a pool, a worker that cannot connect gives up alone; others may still have connections.
  enum class Place : std::uint8_t { in_coordinator, in_pool };

  // Everything outlives the loop. Makes the session's settings; see Maintenance.
  TaskLoop(Ports& ports, SourceLink& source, const options::OptionSet& options, Journal& journal,
           plan::TaskQueue& queue, const std::string& path, Place place)
      : ports_(ports),
        source_(source),
        options_(options),
        journal_(journal),
        queue_(queue),
        path_(path),
        place_(place),
        workers_(place == Place::in_pool ? static_cast<std::uint32_t>(options.integer("parallel"))
                                         : 1),
        maintenance_(ports.target, workers_),
        runner_(ports, source, options) {}

  // Runs a claimed task until it has its verdict, in the journal and in the queue. Throws a cancel,
  // and what keeps the verdict from being written.
  void run(std::uint32_t task);

 private:
  bool attempt(std::uint32_t task, const std::vector<plan::Step>& steps, TaskReport& report);
  void fail(std::uint32_t task, const Error& error, const TaskReport& report);
  [[nodiscard]] bool worth_retrying(const Error& error, std::uint64_t retries) const;
  [[nodiscard]] bool met_another_worker(const std::vector<plan::Step>& steps, const Error& error,
                                        std::uint64_t retries) const;

  Ports& ports_;
  SourceLink& source_;
  const options::OptionSet& options_;
  Journal& journal_;
  plan::TaskQueue& queue_;
  const std::string& path_;
  Place place_;
  std::uint32_t workers_;
  Maintenance maintenance_;
  TaskRunner runner_;
};

}  // namespace pgclone::job
