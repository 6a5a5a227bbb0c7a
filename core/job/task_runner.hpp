// Runs one task: all its steps in one transaction of the target.
#pragma once

#include <string>
#include <vector>

#include "job/engine.hpp"
#include "job/journal.hpp"
#include "job/lent_session.hpp"
#include "job/notices.hpp"
#include "job/source_link.hpp"
#include "options/option_set.hpp"
#include "plan/step.hpp"

namespace pgclone::job {

class TaskRunner final : public RunContext {
 public:
  TaskRunner(Ports& ports, SourceLink& source, const options::OptionSet& options)
      : ports_(ports), source_(source), options_(options), notices_(ports.reporter, ports.source) {}

  // Executes the steps in the open transaction, which is the caller's to commit or roll back.
  void run(const std::vector<plan::Step>& steps);
  // The transaction of the last run was rolled back: takes its progress back.
  void take_back() noexcept;
  // Of the last run.
  [[nodiscard]] const TaskReport& report_of_run() const { return report_; }

  Session& source() override { return lent_source_.of(source_.copier()); }
  Session& target() override { return lent_target_.of(ports_.target); }
  [[nodiscard]] const Options& options() const override { return options_; }
  void report(Severity severity, std::string_view message, std::string_view detail,
              std::string_view hint) override;
  void check_cancelled() override { ports_.waiter.check(); }
  std::uint64_t copy(std::string_view copy_out_sql, const CopyTarget& target) override;

 private:
  void run_step(const plan::Step& step);
  void run_strategy(const plan::Step& step);
  void run_statements(const plan::Step& step);
  void attempt(const plan::Step& step);

  Ports& ports_;
  SourceLink& source_;
  const options::OptionSet& options_;
  NoticeBook notices_;
  LentSession lent_source_{"source"};
  LentSession lent_target_{"target"};
  TaskReport report_;
  std::uint64_t budget_ = 0;  // of the current step's cost, what is not published as work yet
  std::uint64_t work_ = 0;    // of the current task, as published
};

}  // namespace pgclone::job
