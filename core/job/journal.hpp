// The durable record of background jobs: the tables pgclone.job and pgclone.task.
//
// Statements run as the extension's owner in the transaction that is open on the target, so that a
// task's work and the record of it commit together or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "job/engine.hpp"
#include "job/planner.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

// What a task adds to its row when it ends.
struct TaskReport {
  double started = 0;  // seconds since the epoch
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::uint64_t retries = 0;
  std::vector<std::string> notices;
};

struct Verdict {
  Status status = Status::completed;
  const Error* error = nullptr;
  std::uint64_t failed_tasks = 0;
};

class Journal {
 public:
  Journal(Session& owner, std::int32_t job) : session_(owner), job_(std::to_string(job)) {}

  // The job's row. A job that resumes another one takes over all that this one knew, in the same
  // transaction: whatever happens to it next, the one that resumes it finds everything here.
  void open(const JobIdentity& identity, const JobSpec& spec);
  void set_options(std::string_view effective, std::string_view snapshot);
  // A row per task: pending, or completed already by the job that this one resumes, or skipped.
  void write_plan(const PlannedJob& planned);
  // What is told to the user and is of no task. The first time makes a row for the planning.
  void tell(const JobSpec& spec, const std::vector<std::string>& notices, TaskStatus planning);
  // In the task's own transaction.
  void task_completed(std::uint32_t task, const TaskReport& report);
  void task_failed(std::uint32_t task, const Error& error, const TaskReport& report);
  // Their worker is gone: another one will run them again.
  void taken_back(const std::vector<std::uint32_t>& tasks);
  // Tasks that failed because `cause` did.
  void dragged_along(const std::vector<std::uint32_t>& tasks, std::uint32_t cause);
  // What is still pending is cancelled.
  void close(const Verdict& verdict);
  // How the tasks ended: the number of failed ones, and the first error in full. Throws gone().
  struct Outcome {
    std::uint64_t failed = 0;
    std::optional<Error> first_error;
  };
  Outcome outcome();
  // The staging schema is gone, and with it what completed tasks had made in it.
  void forget_staging();

  // What this job has taken over from those before it.
  Earlier earlier();

 private:
  [[nodiscard]] Error gone() const;
  // An update of rows that this job has written. Throws gone() when there are none.
  void update(std::string_view sql, std::span<const Param> params);
  void take_over(std::int32_t forerunner);
  void copy_proofs();
  void end_task(std::uint32_t task, TaskStatus status, const Error* error,
                const TaskReport& report);

  Session& session_;
  std::string job_;
};

}  // namespace pgclone::job
