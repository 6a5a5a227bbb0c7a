// Runs the strategy `schema` against two real servers: the plan is compiled as a job compiles it,
// and its tasks are executed one after the other.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "host/plugin_host.hpp"
#include "options/option_set.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "plan/builder.hpp"
#include "pq/libpq_session.hpp"
#include "support/attempt.hpp"
#include "support/compare.hpp"
#include "support/poll_waiter.hpp"
#include "support/temp_database.hpp"

namespace pgclone::test {

struct Message {
  Severity severity;
  std::string message;
  std::string detail;
};

struct CloneWish {
  std::string schema = "s";
  std::string target_schema = {};  // empty: the same
  bool include_data = true;
  std::string options = {};
  bool consistent = true;
  bool last_first = false;  // of the tasks that can run, the last one; what a pool might do
};

class CloneRun final : public PlanContext, public RunContext {
 public:
  CloneRun(Session& source, Session& target, const CloneWish& wish)
      : source_(source),
        target_(target),
        wish_(wish),
        target_schema_(wish.target_schema.empty() ? wish.schema : wish.target_schema),
        host_({.directories = {PGCLONE_PLUGIN_DIR}, .enabled = "*"}),
        options_(options::OptionSet::parse(wish.options, schemas())),
        request_{.source_schema = wish_.schema,
                 .target_schema = target_schema_,
                 .include_data = wish_.include_data} {}

  void run() {
    set_paths();
    builder_.set_strategy("schema");
    host_.clone("schema").plan(*this);
    const plan::Plan plan = plan::compile(std::move(builder_.steps), builder_.dependencies);
    std::vector<int> level(plan.tasks.size(), 0);
    std::vector<int> waits_for(plan.tasks.size(), 0);
    for (std::size_t task = 0; task < plan.tasks.size(); ++task) {
      for (const auto& step : plan.tasks[task].steps) {
        level[task] = std::max(level[task], static_cast<int>(step.after));
      }
      for (const auto next : plan.tasks[task].required_by) {
        level[next] = std::max(level[next], level[task]);
        ++waits_for[next];
      }
    }
    std::vector<std::size_t> order(plan.tasks.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (wish_.last_first) std::reverse(order.begin(), order.end());
    for (int milestone = 0; milestone <= static_cast<int>(Milestone::linked); ++milestone) {
      const auto can_run = [&](std::size_t task) {
        return waits_for[task] == 0 && level[task] == milestone;
      };
      for (auto next = std::ranges::find_if(order, can_run); next != order.end();
           next = std::ranges::find_if(order, can_run)) {
        const plan::Task& task = plan.tasks[*next];
        order.erase(next);
        run_task(task);
        for (const auto freed : task.required_by) --waits_for[freed];
      }
    }
  }

  std::vector<Message> messages;

  Session& source() override { return source_; }
  Session& target() override { return target_; }
  [[nodiscard]] const Options& options() const override { return options_; }
  void report(Severity severity, std::string_view message, std::string_view detail,
              std::string_view) override {
    messages.push_back({severity, std::string(message), std::string(detail)});
  }
  void check_cancelled() override {}
  [[nodiscard]] const CloneRequest& request() const override { return *current_; }
  PlanBuilder& plan() override { return builder_; }
  [[nodiscard]] bool consistent() const override { return wish_.consistent; }
  [[nodiscard]] bool finished_before(std::string_view) const override { return false; }
  [[nodiscard]] bool loads_into_existing(std::string_view, std::string_view) const override {
    return false;
  }
  std::optional<Error> attempt(std::string_view statement) override {
    return test::attempt(target(), statement);
  }
  void plan_with(std::string_view strategy, const CloneRequest& request) override {
    const auto* const outer = std::exchange(current_, &request);
    const std::string outer_strategy = builder_.set_strategy(strategy);
    host_.clone(strategy).plan(*this);
    builder_.set_strategy(outer_strategy);
    current_ = outer;
  }
  void lock_source_relations(std::string_view, std::span<const std::string_view>) override {}
  std::uint64_t copy(std::string_view copy_out_sql, const CopyTarget& target) override {
    return target_.copy_in(target, source_.copy_out(copy_out_sql));
  }

 private:
  std::vector<std::string> schemas() {
    std::vector<std::string> all = host_.option_schemas();
    all.emplace_back(options::engine_schema());
    return all;
  }

  void set_paths() {
    const bool renamed = target_schema_ != wish_.schema;
    source_.execute("SET search_path = pg_catalog" +
                    (renamed ? ", " + sql::identifier(wish_.schema) : "") + ", pg_temp");
    target_.execute("SET search_path = pg_catalog, " + sql::identifier(target_schema_) +
                    ", pg_temp; SET check_function_bodies = off");
  }

  void run_task(const plan::Task& task) {
    target_.begin(TransactionMode::read_write);
    for (const auto& step : task.steps) {
      try {
        for (const auto& statement : step.statements) target_.execute(statement);
        if (!step.action.empty()) {
          host_.clone(step.strategy).run({step.key, step.label, step.action, step.payload}, *this);
        }
      } catch (Error& error) {
        target_.rollback();
        error.with_context("step " + step.key);
        for (const auto& statement : step.statements) error.with_context(statement);
        throw;
      }
    }
    target_.commit();
  }

  Session& source_;
  Session& target_;
  CloneWish wish_;
  std::string target_schema_;
  host::PluginHost host_;
  options::OptionSet options_;
  CloneRequest request_;
  const CloneRequest* current_ = &request_;
  plan::Builder builder_;
};

class SchemaClone : public ::testing::Test {
 protected:
  // Runs the clone; failures show what ran.
  std::vector<Message> clone(const CloneWish& wish) {
    auto source = session(source_db_, true);
    auto target = session(target_db_, false);
    CloneRun run(*source, *target, wish);
    try {
      run.run();
    } catch (const Error& error) {
      ADD_FAILURE() << error.sqlstate() << " " << error.message() << "\nDETAIL: " << error.detail()
                    << "\nHINT: " << error.hint() << "\nCONTEXT: " << error.context();
    }
    return run.messages;
  }

  // Runs a clone that must fail.
  Error failing_clone(const CloneWish& wish) {
    auto source = session(source_db_, true);
    auto target = session(target_db_, false);
    CloneRun run(*source, *target, wish);
    try {
      run.run();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "the clone of " << wish.schema << " should have failed";
    return Error("00000", "none");
  }

  // The oracle: dumps, rows and sequence states of both sides.
  void expect_equal(const std::string& schema) {
    Sql source = source_db_.connect();
    Sql target = target_db_.connect();
    EXPECT_EQ(dump_schema(source_cluster(), source_db_.name(), schema),
              dump_schema(target_cluster(), target_db_.name(), schema));
    EXPECT_EQ(table_checksums(source, schema), table_checksums(target, schema));
    EXPECT_EQ(sequence_states(source, schema), sequence_states(target, schema));
  }

  TempDatabase source_db_{source_cluster()};
  TempDatabase target_db_{target_cluster()};

 private:
  std::unique_ptr<pq::LibpqSession> session(const TempDatabase& database, bool is_source) {
    auto session = pq::LibpqSession::connect(pq::ConnInfo::parse(database.conninfo()),
                                             {.is_source = is_source}, waiter_);
    return session;
  }

  PollWaiter waiter_;
};

}  // namespace pgclone::test
