#include "job/task_runner.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "conflict/staging.hpp"
#include "host/plugin_call.hpp"
#include "job/explain.hpp"
#include "job/savepoint.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

// Passes a stream through and counts it. Percent follows the bytes, but never past what the table
// was estimated at: a bad estimate must not finish other tables' share.
class CountingReader final : public CopyReader {
 public:
  CountingReader(CopyReader& from, Monitor& monitor, std::uint64_t budget)
      : from_(from), monitor_(monitor), budget_(budget) {}

  std::span<const char> read() override {
    const auto chunk = from_.read();
    const std::uint64_t rows = from_.rows();
    monitor_.add_bytes(static_cast<std::int64_t>(chunk.size()));
    monitor_.add_rows(static_cast<std::int64_t>(rows) - static_cast<std::int64_t>(rows_));
    const std::uint64_t work = std::min<std::uint64_t>(chunk.size(), budget_ - work_);
    monitor_.add_work(static_cast<std::int64_t>(work));
    bytes_ += chunk.size();
    work_ += work;
    rows_ = rows;
    ended_ = chunk.empty();
    return chunk;
  }
  [[nodiscard]] std::uint64_t rows() const override { return from_.rows(); }
  [[nodiscard]] std::uint64_t counted_rows() const { return rows_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t work() const { return work_; }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  CopyReader& from_;
  Monitor& monitor_;
  std::uint64_t budget_;
  std::uint64_t bytes_ = 0;
  std::uint64_t rows_ = 0;
  std::uint64_t work_ = 0;
  bool ended_ = false;
};

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void demand_whole_copy(CountingReader& reader, const CopyTarget& target, std::uint64_t inserted) {
  // The receiver may stop at the format's own end mark; the source's verdict comes after it.
  while (!reader.ended())
    if (!reader.read().empty())
      throw Error(sqlstate::kProtocolViolation, "the source sent rows after the end of its copy");
  if (reader.rows() == inserted) return;
  throw Error(sqlstate::kDataException,
              "the copy of " + sql::qualified(target.schema, target.relation) + " is not whole")
      .with_detail("The source sent " + std::to_string(reader.rows()) + " rows, the target took " +
                   std::to_string(inserted) + ".")
      .with_hint("A BEFORE INSERT trigger on the target may suppress rows; nothing was kept.");
}

// Whether it is the object that can't be had: not the transaction, which another attempt may find
// in a better state, nor the server, nor somebody who stops us. A file that a foreign table lacks
// (58P01) is the object's.
bool concerns_object(const Error& error) {
  if (error.origin() == Origin::source) return false;
  for (const std::string_view of_others : {"25", "40", "53", "57", "58030", "XX"})
    if (error.sqlstate().starts_with(of_others)) return false;
  return true;
}

std::string cause(const Error& error) {
  std::string text = error.message();
  if (!text.ends_with('.')) text += '.';
  return error.detail().empty() ? text : text + " " + error.detail();
}

}  // namespace

void TaskRunner::run(const std::vector<plan::Step>& steps) {
  report_ = {};
  report_.started = now();
  work_ = 0;
  for (const auto& step : steps) run_step(step);
}

void TaskRunner::take_back() noexcept {
  ports_.monitor.add_rows(-static_cast<std::int64_t>(report_.rows));
  ports_.monitor.add_bytes(-static_cast<std::int64_t>(report_.bytes));
  ports_.monitor.add_work(-static_cast<std::int64_t>(work_));
  report_.rows = report_.bytes = work_ = 0;
}

void TaskRunner::run_step(const plan::Step& step) {
  budget_ = step.cost;
  ports_.monitor.set_current(step.kind, step.label);
  ports_.waiter.check();
  try {
    if (step.failure.empty())
      run_statements(step);
    else
      attempt(step);
    if (step.action.empty()) return;
    if (step.strategy.empty()) {
      if (step.action == conflict::kSettleAction)
        conflict::run_settle(ports_.target, step.payload);
      else if (step.action == conflict::kSwapAction)
        conflict::run_swap(ports_.target, *this, step.payload);
      else
        throw Error(sqlstate::kInternalError, "unknown action \"" + step.action + "\"");
    } else {
      run_strategy(step);
    }
  } catch (Error& error) {
    explain_source_error(error, "while " + step.kind + " " + step.label + " was being cloned");
    explain_target_error(error);
    error.with_context("pgclone, " + step.kind + " " + step.label);
    throw;
  }
}

void TaskRunner::run_strategy(const plan::Step& step) {
  CloneStrategy& strategy = ports_.plugins.clone(step.strategy);
  const std::string subject = "step " + step.key;
  host::call(
      {"clone", step.strategy, ports_.plugins.plugin_of("clone", step.strategy), "run()", subject},
      [&] {
        strategy.run({step.key, step.label, step.action, step.payload}, *this);
      });
  lent_source_.demand_open();
  lent_target_.demand_open();
  // Done is done, whatever it moved.
  ports_.monitor.add_work(static_cast<std::int64_t>(budget_));
  work_ += budget_;
}

void TaskRunner::run_statements(const plan::Step& step) {
  // query(): not more than one statement.
  for (const auto& statement : step.statements) ports_.target.query(statement);
}

// The statements, which may fail.
void TaskRunner::attempt(const plan::Step& step) {
  Savepoint before(ports_.target);
  try {
    run_statements(step);
    before.keep();
  } catch (const Error& error) {
    before.undo();
    if (!concerns_object(error)) throw;
    report(Severity::warning, step.failure, cause(error), step.remedy);
  }
}

void TaskRunner::report(Severity severity, std::string_view message, std::string_view detail,
                        std::string_view hint) {
  notices_.report(severity, message, detail, hint);
  std::ranges::move(notices_.take(), std::back_inserter(report_.notices));
}

std::uint64_t TaskRunner::copy(std::string_view copy_out_sql, const CopyTarget& target) {
  CountingReader reader(source_.copier().copy_out(copy_out_sql), ports_.monitor, budget_);
  const auto settle = [&] {
    report_.rows += reader.counted_rows();
    report_.bytes += reader.bytes();
    work_ += reader.work();
    budget_ -= reader.work();
  };
  try {
    const std::uint64_t inserted = ports_.target.copy_in(target, reader);
    demand_whole_copy(reader, target, inserted);
    settle();
    return inserted;
  } catch (...) {
    settle();
    throw;
  }
}

}  // namespace pgclone::job
