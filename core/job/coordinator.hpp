// The coordinator of one background job, from its row in the journal to its verdict.
#pragma once

#include <memory>
#include <optional>

#include "job/engine.hpp"
#include "job/journal.hpp"
#include "job/planner.hpp"
#include "job/source_link.hpp"
#include "job/task_runner.hpp"
#include "plan/queue.hpp"

namespace pgclone::job {

class Coordinator {
 public:
  Coordinator(const JobIdentity& identity, const JobSpec& spec, Ports& ports)
      : identity_(identity), spec_(spec), ports_(ports), journal_(*ports.journal, identity.id) {}

  // Throws only when the journal cannot be written.
  JobResult run();

 private:
  void connect();
  void plan();
  void work();
  void run_task(std::uint32_t task);
  bool attempt(std::uint32_t task, const std::vector<plan::Step>& steps, TaskReport& report);
  void fail_task(std::uint32_t task, const Error& error, const TaskReport& report);
  [[nodiscard]] bool worth_retrying(const Error& error, std::uint64_t retries) const;
  void release_source_when_idle();
  void remember(const Error& error);
  void record_verdict();
  void give_up_staging();

  // Runs `work` in a transaction of the target that commits.
  template <typename Work>
  void in_transaction(Work&& work);

  const JobIdentity& identity_;
  const JobSpec& spec_;
  Ports& ports_;
  Journal journal_;
  JobResult result_;
  std::optional<options::OptionSet> options_;
  std::unique_ptr<SourceLink> source_;
  PlannedJob job_;
  std::unique_ptr<std::uint64_t[]> memory_;
  std::unique_ptr<plan::TaskQueue> queue_;
  std::unique_ptr<TaskRunner> runner_;
  std::uint64_t tasks_reading_ = 0;  // that have not ended yet and may read the source
};

}  // namespace pgclone::job
