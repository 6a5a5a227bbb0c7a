// The coordinator of one background job, from its row in the journal to its verdict.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "job/engine.hpp"
#include "job/journal.hpp"
#include "job/notices.hpp"
#include "job/planner.hpp"
#include "job/source_link.hpp"
#include "plan/local_queue.hpp"

namespace pgclone::job {

class Coordinator {
 public:
  Coordinator(const JobIdentity& identity, const JobSpec& spec, Ports& ports)
      : identity_(identity),
        spec_(spec),
        ports_(ports),
        journal_(*ports.journal, identity.id),
        notices_(ports.reporter, ports.source) {}

  // Throws only when the journal cannot be written.
  JobResult run();

 private:
  void connect();
  void plan();
  std::uint32_t builds_at_once();
  void fill_queue();
  void publish_totals();
  void work();
  void work_alone();
  void work_with_pool(unsigned wanted);
  void take_back_from_ended_workers();
  void check_keeper();
  void release_source_when_idle();
  void remember(const Error& error);
  void take_outcome();
  [[nodiscard]] bool all_tasks_went_well() const;
  [[nodiscard]] bool has_staging() const;
  void record_verdict();
  void give_up_staging();
  void write_notices(TaskStatus verdict);

  const JobIdentity& identity_;
  const JobSpec& spec_;
  Ports& ports_;
  Journal journal_;
  NoticeBook notices_;
  JobResult result_;
  std::optional<options::OptionSet> options_;
  std::unique_ptr<SourceLink> source_;
  PlannedJob job_;
  std::unique_ptr<plan::LocalQueue> own_queue_;
  std::optional<plan::TaskQueue> shared_queue_;
  plan::TaskQueue* queue_ = nullptr;  // one of the two; null before there is a plan
  bool source_released_ = false;
  std::chrono::steady_clock::time_point last_ping_ = std::chrono::steady_clock::now();
};

}  // namespace pgclone::job
