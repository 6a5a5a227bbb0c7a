#include "job/engine.hpp"

#include <algorithm>
#include <chrono>

#include "conflict/staging.hpp"
#include "job/coordinator.hpp"
#include "job/planner.hpp"
#include "job/settings.hpp"
#include "job/task_runner.hpp"
#include "pgclone/plugin/sql.hpp"
#include "plan/local_queue.hpp"

namespace pgclone::job {
namespace {

std::string name_of(const JobSpec& spec, const std::string& schema, const std::string& table) {
  return spec.table.empty() ? sql::identifier(schema) : sql::qualified(schema, table);
}

std::string counted(std::uint64_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// Several tables may be one task, if their foreign keys want it so.
std::uint64_t copied_tables(const PlannedJob& job) {
  std::uint64_t tables = 0;
  for (const auto& task : job.plan.tasks)
    tables += static_cast<std::uint64_t>(std::ranges::count_if(
        task.steps, [](const plan::Step& step) { return step.phase == Phase::load; }));
  return tables;
}

std::string what_was_done(const JobSpec& spec, const PlannedJob& job, std::uint64_t rows,
                          bool data_only) {
  const std::string from = name_of(spec, spec.schema, spec.table);
  const std::string to =
      name_of(spec, job.goal, spec.target_table.empty() ? spec.table : spec.target_table);
  const std::string kind = spec.table.empty() ? "schema " : "table ";
  if (!data_only)
    return "cloned " + kind + from + (from == to ? "" : " as " + to) + ": " +
           counted(job.tables_total, "table") + ", " + counted(rows, "row");
  const std::string what = spec.table.empty() ? counted(copied_tables(job), "table") : from;
  return "copied rows of " + what + " into " + kind + to + ": " + counted(rows, "row");
}

bool makes_nothing(const PlannedJob& job) {
  return std::ranges::all_of(job.plan.tasks, [](const plan::Task& task) {
    return std::ranges::all_of(task.steps, [](const plan::Step& step) {
      return step.creates.empty() && step.phase != Phase::load;
    });
  });
}

std::string what_was_skipped(const JobSpec& spec, const PlannedJob& job, bool data_only) {
  constexpr std::size_t kShown = 3;
  const std::string name =
      name_of(spec, job.goal, spec.target_table.empty() ? spec.table : spec.target_table);
  std::string list;
  for (std::size_t i = 0; i < std::min(job.skipped.size(), kShown); ++i)
    list += (i == 0 ? "" : ", ") + job.skipped[i].kind + " " + job.skipped[i].label;
  if (job.skipped.size() > kShown)
    list += " and " + counted(job.skipped.size() - kShown, "more object");
  return std::string(data_only ? "copied no rows into " : "cloned nothing into ") +
         (spec.table.empty() ? "schema " : "table ") + name + ": skipped " + list +
         (data_only ? ", which had rows" : ", which existed");
}

std::string summary(const std::string& done, const PlannedJob& job,
                    std::chrono::milliseconds elapsed) {
  std::string text = done;
  if (!job.skipped.empty() && !makes_nothing(job))
    text += ", " + std::to_string(job.skipped.size()) + " skipped";
  return text + " in " + std::to_string(elapsed.count()) + " ms";
}

}  // namespace

std::string run_now(const JobSpec& spec, Ports& ports) {
  const auto start = std::chrono::steady_clock::now();
  const options::OptionSet options = validate(spec, ports.plugins);
  SourceLink source(ports, snapshot_strategy(options), true);
  const PlannedJob job =
      plan_job({spec, options, ports, source, ports.reporter, "pgclone_staging", {}});

  prepare_target(ports.target, job.paths.running);

  plan::LocalQueue local(job.plan, {});
  plan::TaskQueue& queue = local.queue();
  TaskRunner runner(ports, source, options);
  std::uint64_t rows = 0;
  while (const auto task = queue.claim()) {
    // What is dropped in exchange may be what the source's locks are on, in one and the same
    // database; and everything is copied by now.
    if (job.plan.tasks[*task].key == conflict::kSwapGroup) source.release();
    runner.run(queue.steps(*task));
    rows += runner.report_of_run().rows;
    queue.end(*task, TaskStatus::completed);
  }
  source.release();
  if (!queue.finished())
    throw Error(sqlstate::kInternalError, "the clone ended before all of its tasks had")
        .with_detail("Tasks of its plan wait for one another.")
        .with_hint("This is a defect of pgclone or of a plugin: please report it.");
  const bool data_only = options.boolean("data_only");
  return summary(!job.skipped.empty() && makes_nothing(job)
                     ? what_was_skipped(spec, job, data_only)
                     : what_was_done(spec, job, rows, data_only),
                 job,
                 std::chrono::duration_cast<std::chrono::milliseconds>(
                     std::chrono::steady_clock::now() - start));
}

JobResult run_background(const JobIdentity& identity, const JobSpec& spec, Ports& ports) {
  return Coordinator(identity, spec, ports).run();
}

}  // namespace pgclone::job
