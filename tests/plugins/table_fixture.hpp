// Plans with the table strategy and carries the plan out, step by step, between two databases: what
// the engine does, without its queue, journal and conflicts.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "host/plugin_host.hpp"
#include "options/option_set.hpp"
#include "pgclone/plugin/sql.hpp"
#include "pgclone/plugin/strategy.hpp"
#include "plan/builder.hpp"
#include "plan/plan.hpp"
#include "pq/libpq_session.hpp"
#include "support/attempt.hpp"
#include "support/cluster.hpp"
#include "support/compare.hpp"
#include "support/error_of.hpp"
#include "support/poll_waiter.hpp"
#include "support/sql.hpp"
#include "support/temp_database.hpp"

namespace pgclone::table {

struct Report {
  Severity severity;
  std::string message;
  std::string detail;
  std::string hint;
};

struct Request {
  std::string schema = "s";
  std::vector<std::string> relations = {};
  std::string target_schema = "s";
  std::string target_relation = {};
  std::string options = {};
  bool include_data = true;
  bool whole_schema = false;
  bool consistent = true;
};

template <typename Interface>
class Context : public Interface {
 public:
  Context(Session& source, Session& target, const Options& options, std::vector<Report>& reports)
      : source_(source), target_(target), options_(options), reports_(reports) {}
  Session& source() override { return source_; }
  Session& target() override { return target_; }
  [[nodiscard]] const Options& options() const override { return options_; }
  void report(Severity severity, std::string_view message, std::string_view detail,
              std::string_view hint) override {
    reports_.push_back({severity, std::string(message), std::string(detail), std::string(hint)});
  }
  void check_cancelled() override {}

 protected:
  ~Context() = default;

 private:
  Session& source_;
  Session& target_;
  const Options& options_;
  std::vector<Report>& reports_;
};

class Planning final : public Context<PlanContext> {
 public:
  Planning(Session& source, Session& target, const Options& options, std::vector<Report>& reports,
           const CloneRequest& request, bool consistent)
      : Context(source, target, options, reports), request_(request), consistent_(consistent) {
    builder.set_strategy("table");
  }
  [[nodiscard]] const CloneRequest& request() const override { return request_; }
  PlanBuilder& plan() override { return builder; }
  [[nodiscard]] bool consistent() const override { return consistent_; }
  [[nodiscard]] bool finished_before(std::string_view) const override { return false; }
  [[nodiscard]] bool loads_into_existing(std::string_view, std::string_view) const override {
    return false;
  }
  std::optional<Error> attempt(std::string_view statement) override {
    return test::attempt(target(), statement);
  }
  void plan_with(std::string_view, const CloneRequest&) override {
    throw Error(sqlstate::kInternalError, "the table strategy asks no other");
  }
  void lock_source_relations(std::string_view schema,
                             std::span<const std::string_view> relations) override {
    for (const std::string_view name : relations) {
      locked.push_back(sql::qualified(schema, name));
      source().execute("LOCK TABLE ONLY " + locked.back() + " IN ACCESS SHARE MODE");
    }
  }

  plan::Builder builder;
  std::vector<std::string> locked;

 private:
  const CloneRequest& request_;
  bool consistent_;
};

class Running final : public Context<RunContext> {
 public:
  using Context::Context;
  std::uint64_t copy(std::string_view copy_out_sql, const CopyTarget& to) override {
    CopyReader& reader = source().copy_out(copy_out_sql);
    const std::uint64_t rows = target().copy_in(to, reader);
    EXPECT_EQ(rows, reader.rows());
    return rows;
  }
};

class TableTest : public ::testing::Test {
 protected:
  TableTest() {
    source_.exec("CREATE SCHEMA s");
    target_.exec("CREATE SCHEMA s");
  }

  // As in the engine, both sides speak the target's encoding.
  std::unique_ptr<pq::LibpqSession> session(const test::TempDatabase& database, bool is_source,
                                            const std::string& encoding = "UTF8") {
    pq::ConnectOptions options;
    options.is_source = is_source;
    options.client_encoding = encoding;
    return pq::LibpqSession::connect(pq::ConnInfo::parse(database.conninfo()), options, waiter_);
  }

  // Clones from source to target. Throws what planning or running throws.
  void clone(const Request& wanted) { clone(wanted, source_db_, target_db_); }

  void clone(const Request& wanted, const test::TempDatabase& from, const test::TempDatabase& to) {
    const std::string encoding = to.connect().value("SELECT pg_catalog.getdatabaseencoding()");
    const auto source = session(from, true, encoding);
    const auto target = session(to, false, encoding);
    std::vector<std::string> schemas = hosted_.option_schemas();
    schemas.emplace_back(options::engine_schema());
    const options::OptionSet options = options::OptionSet::parse(wanted.options, schemas);
    const std::vector<std::string_view> relations(wanted.relations.begin(), wanted.relations.end());
    const CloneRequest request = {wanted.schema,          relations,           wanted.target_schema,
                                  wanted.target_relation, wanted.include_data, wanted.whole_schema};
    source->begin(TransactionMode::repeatable_read_read_only);
    const bool renamed = wanted.whole_schema && wanted.target_schema != wanted.schema;
    const auto path = [&](const std::string& schema) {
      return "SET search_path = " + (renamed ? sql::identifier(schema) + ", " : "") +
             "pg_catalog, pg_temp";
    };
    source->execute(path(wanted.schema));
    target->execute(path(wanted.target_schema));
    target->execute("SET check_function_bodies = off");

    reports_.clear();
    CloneStrategy& strategy = hosted_.clone("table");
    Planning planning(*source, *target, options, reports_, request, wanted.consistent);
    strategy.plan(planning);
    locked_ = planning.locked;
    plan_ = plan::compile(planning.builder.steps, planning.builder.dependencies);
    Running running(*source, *target, options, reports_);
    for (const plan::Task* task : in_order(plan_)) run(*task, strategy, *target, running);
    source->commit();
  }

  static void run(const plan::Task& task, CloneStrategy& strategy, Session& target,
                  Running& running) {
    target.begin(TransactionMode::read_write);
    for (const plan::Step& step : task.steps) {
      try {
        for (const std::string& statement : step.statements) target.execute(statement);
        if (!step.action.empty()) {
          strategy.run({step.key, step.label, step.action, step.payload}, running);
        }
      } catch (Error& error) {
        error.with_context(step.key + "\n" + ::testing::PrintToString(step.statements));
        throw;
      }
    }
    target.commit();
  }

  // Tasks are in topological order but for the milestones: those that wait for one come last.
  static std::vector<const plan::Task*> in_order(const plan::Plan& plan) {
    std::vector<const plan::Task*> order;
    std::vector<const plan::Task*> late;
    std::vector<bool> waits(plan.tasks.size(), false);
    for (const plan::Task& task : plan.tasks) {
      if (!task.is_milestone()) continue;
      for (const auto next : task.awaited_by) waits[next] = true;
    }
    for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
      if (!plan.tasks[i].is_milestone()) (waits[i] ? late : order).push_back(&plan.tasks[i]);
    }
    order.insert(order.end(), late.begin(), late.end());
    return order;
  }

  [[nodiscard]] std::vector<std::string> messages(Severity severity) const {
    std::vector<std::string> found;
    for (const Report& report : reports_) {
      if (report.severity == severity) found.push_back(report.message);
    }
    return found;
  }

  // The step with this key; fails the test when there is none.
  const plan::Step& step(const std::string& key) const {
    static const plan::Step kNone;
    for (const plan::Task& task : plan_.tasks) {
      for (const plan::Step& step : task.steps) {
        if (step.key == key) return step;
      }
    }
    ADD_FAILURE() << "no step " << key;
    return kNone;
  }

  // Both sides are the same by every oracle.
  void expect_same(const std::string& schema = "s") {
    EXPECT_EQ(test::dump_schema(source_db_.cluster(), source_db_.name(), schema),
              test::dump_schema(target_db_.cluster(), target_db_.name(), schema));
    EXPECT_EQ(test::table_checksums(source_, schema), test::table_checksums(target_, schema));
    EXPECT_EQ(test::sequence_states(source_, schema), test::sequence_states(target_, schema));
  }

  test::PollWaiter waiter_;
  test::TempDatabase source_db_{test::source_cluster()};
  test::TempDatabase target_db_{test::target_cluster()};
  test::Sql source_ = source_db_.connect();
  test::Sql target_ = target_db_.connect();
  host::PluginHost hosted_{{.directories = {PGCLONE_PLUGIN_DIR}}};
  std::vector<Report> reports_;
  std::vector<std::string> locked_;
  plan::Plan plan_;
};

}  // namespace pgclone::table
