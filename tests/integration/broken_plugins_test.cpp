// Plugins that are broken: an error that names them, and nobody else is harmed.
#include "integration/strategy_fixture.hpp"

namespace pgclone::integration {
namespace {

class BrokenPlugins : public CloneTest {
 protected:
  static void SetUpTestSuite() {
    for (const char* plugin : {"breaks", "clash", "hurls", "stale"}) install_strategies(plugin);
    started();
  }

  void SetUp() override {
    CloneTest::SetUp();
    source_.exec("CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 1 AS a");
    target_.exec("CREATE SCHEMA s");
  }

  // Others clone as ever, and no process of the server has crashed.
  void TearDown() override {
    clone(Mode::sync, "table", "'s', 't', true, 'sync'");
    clone(Mode::async, "table", "'s', 't', true, 'async'");
    EXPECT_EQ(target_.value(kStarted), started());
  }

  static const std::string& started() {
    static const std::string time = Sql(target_server().conninfo()).value(kStarted);
    return time;
  }

  int submit(const std::string& how, int parallel) {
    return std::stoi(target_.value(
        call("submit", "'breaks', " + from() + R"(, '{"schema": "s", "options": {"how": ")" + how +
                           R"(", "parallel": )" + std::to_string(parallel) + "}}'")));
  }

  SqlReport failure(const std::string& how, int parallel = 1) {
    const int job = submit(how, parallel);
    EXPECT_EQ(wait(job), "failed") << how;
    last_ = job;
    return state(job).error;
  }

  Rows tasks() {
    return target_.rows("SELECT key, status FROM pgclone.task WHERE job_id = " +
                        std::to_string(last_) + " AND key <> 'plan' ORDER BY task_id");
  }

  static constexpr const char* kStarted = "SELECT pg_postmaster_start_time()";
  static constexpr const char* kDefect = "This is a defect of the plugin: report it to its author.";
  int last_ = 0;
};

void expect_report(const SqlReport& report, const std::string& sqlstate, const std::string& message,
                   const std::string& detail, const std::string& hint) {
  EXPECT_EQ(report.sqlstate, sqlstate);
  EXPECT_EQ(report.message, message);
  EXPECT_EQ(report.detail, detail);
  EXPECT_EQ(report.hint, hint);
}

// The worker that ran it lives on, and finishes the rest.
TEST_F(BrokenPlugins, WhateverRunThrowsFailsItsTaskAlone) {
  for (const int parallel : {1, 3}) {
    expect_report(failure("run_std", parallel), "XX000",
                  "clone strategy \"breaks\" of plugin \"breaks\" threw an exception that is no "
                  "pgclone::Error",
                  "In run(), step broken: out of luck", kDefect);
    EXPECT_EQ(tasks(), (Rows{{"first", "completed"}, {"broken", "failed"}, {"last", "completed"}}));
    EXPECT_EQ(target_.value("SELECT error_message FROM pgclone.task WHERE status = 'failed'"
                            " AND job_id = " +
                            std::to_string(last_)),
              state(last_).error.message);
    target_.exec("DROP TABLE s.first, s.last");
  }
  expect_report(failure("run_other", 3), "XX000",
                "clone strategy \"breaks\" of plugin \"breaks\" threw an exception that is no "
                "pgclone::Error",
                "In run(), step broken: something that says nothing of itself", kDefect);
  EXPECT_EQ(tasks(), (Rows{{"first", "completed"}, {"broken", "failed"}, {"last", "completed"}}));
  target_.exec("DROP TABLE s.first, s.last");
  expect_report(failure("run_memory"), "53200",
                "out of memory in clone strategy \"breaks\" of plugin \"breaks\"",
                "In run(), step broken: std::bad_alloc",
                "Free memory on the server, or clone less at a time.");
}

TEST_F(BrokenPlugins, WhateverPlanThrowsFailsTheJob) {
  for (const auto& [how, what] : std::map<std::string, std::string>{
           {"plan_std", "out of luck"}, {"plan_other", "something that says nothing of itself"}})
    expect_report(failure(how), "XX000",
                  "clone strategy \"breaks\" of plugin \"breaks\" threw an exception that is no "
                  "pgclone::Error",
                  "In plan(): " + what, kDefect);
}

TEST_F(BrokenPlugins, WhateverDecideThrowsFailsTheClone) {
  target_.exec("CREATE TABLE s.t ()");
  for (const Mode mode : {Mode::sync, Mode::async})
    expect_report(failing_clone(mode, "table",
                                R"('s', 't', options => '{"conflict": "breaks", )"
                                R"("how": "decide_other"}')"),
                  "XX000",
                  "conflict strategy \"breaks\" of plugin \"breaks\" threw an exception that is no "
                  "pgclone::Error",
                  "In decide(), table \"s\".\"t\": something that says nothing of itself", kDefect);
}

TEST_F(BrokenPlugins, PlansThatAskForThemselvesEnd) {
  const SqlReport report = failure("plan_itself");
  EXPECT_EQ(report.sqlstate, "54001");
  EXPECT_EQ(report.message, "clone strategies ask one another without end");
  EXPECT_THAT(report.detail, HasSubstr("\"breaks\" asks \"breaks\""));
  EXPECT_EQ(report.hint, "This is a defect of their plugins: report it to their authors.");
}

// The options of those that are asked are options of the clone.
TEST_F(BrokenPlugins, WhoAsksOthersSaysSoInItsEntry) {
  expect_report(failure("plan_asks_others"), "XX000",
                "clone strategy \"breaks\" asks \"table\", which its entry does not name",
                "The options of strategies that are asked belong to a clone, too.",
                "This is a defect of its plugin: report it to its author.");
}

// Its own words decide about the SQLSTATE, not what else it says.
TEST_F(BrokenPlugins, ARefusalHasItsSqlstate) {
  target_.exec("CREATE TABLE s.t (); CREATE VIEW v AS SELECT FROM s.t");
  for (const auto& [how, sqlstate] :
       std::map<std::string, std::string>{{"refuse", "55006"}, {"refuse_plainly", "42P07"}}) {
    const SqlReport report =
        failing_clone(Mode::sync, "table",
                      R"('s', 't', options => '{"conflict": "breaks", "how": ")" + how + R"("}')");
    EXPECT_EQ(report.sqlstate, sqlstate) << how;
    EXPECT_EQ(report.message, "table \"s\".\"t\" is in the way on the target");
    EXPECT_EQ(report.detail, "it is broken");
  }
  target_.exec("DROP VIEW v");
}

// It has no options "owners" and "privileges".
TEST_F(BrokenPlugins, AStrangersObjectsReplaceOthers) {
  target_.exec("CREATE TABLE s.first (a int)");
  expect_completed(std::stoi(target_.value(
      call("submit",
           "'breaks', " + from() + R"(, '{"schema": "s", "options": {"conflict": "replace"}}')"))));
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_attribute WHERE attrelid = 's.first'::regclass"
                          " AND attnum > 0"),
            "0");
}

TEST_F(BrokenPlugins, APlanWritesNothing) {
  expect_report(failure("plan_writes"), "25006",
                "cannot execute CREATE TABLE in a read-only transaction",
                "Clone strategy \"breaks\" was planning, which changes nothing on either server.",
                "What changes the target belongs into the statements of a step.");
  EXPECT_FALSE(exists("s.written"));
}

TEST_F(BrokenPlugins, TransactionsAreTheHosts) {
  const std::string hint =
      "A step is a transaction of the host's, and so is the planning: put what belongs together "
      "into one group, and leave the rest to the host.";
  const auto message = [](const std::string& side) {
    return "a strategy cannot begin or end transactions of the " + side;
  };
  for (const std::string where : {"plan", "run"}) {
    expect_report(failure(where + "_begins"), "2D000", message("source"), "It called begin().",
                  hint);
    target_.exec("DROP TABLE IF EXISTS s.first, s.last");
    expect_report(failure(where + "_commits"), "2D000", message("target"), "It called commit().",
                  hint);
    target_.exec("DROP TABLE IF EXISTS s.first, s.last");
    expect_report(failure(where + "_rolls_back"), "2D000", message("target"),
                  "It called rollback().", hint);
    target_.exec("DROP TABLE IF EXISTS s.first, s.last");
    expect_report(failure(where + "_says_commit"), "2D000", message("source"),
                  "It executed: COMMIT", hint);
    EXPECT_FALSE(exists("s.broken")) << where;
    target_.exec("DROP TABLE IF EXISTS s.first, s.last");
  }
}

TEST_F(BrokenPlugins, OneThatThrowsWhileItIsLoadedIsRefusedAlone) {
  const std::string error = "plugin \"hurls\" threw an exception while it was loaded: not today";
  EXPECT_EQ(target_.rows("SELECT plugin, enabled, error FROM pgclone.strategies"
                         " WHERE error IS NOT NULL AND plugin <> 'stale'"),
            (Rows{{"hurls", "f", error}}));
  for (int i = 0; i < 2; ++i) {
    const SqlReport report =
        target_.expect_error(call("submit", "'hurls', " + from() + R"(, '{"schema": "s"}')"));
    expect_report(report, "55000",
                  "clone strategy \"hurls\" is not available: its plugin could not be loaded",
                  error, report.hint);
    EXPECT_THAT(report.hint, HasSubstr("hurls.so\" that fits this version of pgclone: "));
  }
}

TEST_F(BrokenPlugins, OneOfOtherHeadersIsRefusedAlone) {
  const std::string error =
      target_.value("SELECT error FROM pgclone.strategies WHERE plugin = 'stale' AND NOT enabled");
  EXPECT_THAT(error,
              ::testing::MatchesRegex(
                  "plugin \"stale\" was built with other headers of contract 0\\.[0-9]+: their "
                  "fingerprint is 0123456789abcdef, that of this pgclone [0-9a-f]{16}"));
  const SqlReport report =
      target_.expect_error(call("submit", "'stale', " + from() + R"(, '{"schema": "s"}')"));
  expect_report(report, "55000",
                "clone strategy \"stale\" is not available: its plugin could not be loaded", error,
                report.hint);
  EXPECT_THAT(report.hint, HasSubstr("stale.so\" that fits this version of pgclone: one that was "
                                     "built with its headers."));
}

// Strategies that don't meet in a clone needn't agree.
TEST_F(BrokenPlugins, OptionsOfOthersMayHaveOtherTypes) {
  for (const Mode mode : {Mode::sync, Mode::async})
    clone(mode, "table",
          "'s', 't', true, " + std::string(mode == Mode::sync ? "'one'" : "'two'") +
              R"(, '{"where": "a = 1"}')");
  const int job = std::stoi(target_.value(
      call("submit", "'clash', " + from() + R"(, '{"schema": "s", "options": {"where": 7}}')")));
  expect_completed(job);
}

}  // namespace
}  // namespace pgclone::integration
