// A copy that the source breaks off is never taken for a finished one.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class TruncationTest : public BothModes {
 protected:
  static constexpr int kRows = 20000;

  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE TABLE t AS SELECT i AS id, repeat('x', 100) AS filler"
        " FROM generate_series(1, " +
        std::to_string(kRows) + ") AS i");
  }

  // Never a prefix: not there at all, or whole.
  void expect_nothing_or_all(bool completed) {
    if (completed) {
      expect_same("SELECT count(*), sum(id) FROM t", "SELECT count(*), sum(id) FROM t");
    } else {
      EXPECT_FALSE(exists("public.t"));
    }
  }

  // Stops the source's COPY before row `at`, then kills its backend.
  void kill_source_at(int at) {
    Gate gate(source_db_);
    const std::string where = "id < " + std::to_string(at) + " OR " + Gate::kPass;
    const std::string arguments =
        "'public', 't', options => " + sql::literal("{\"where\": \"" + where + "\"}");
    int job = 0;
    if (GetParam() == Mode::async) {
      job = submit("table", arguments);
    } else {
      target_.send(statement(Mode::sync, "table", arguments));
    }
    wait_for_blocked_source();
    EXPECT_GE(std::stoi(source_.value(
                  "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE"
                  " datname = current_database() AND application_name LIKE 'pgclone%'"
                  " AND wait_event = 'advisory'")),
              1);
    gate.open();
    if (GetParam() == Mode::sync) {
      EXPECT_THROW(target_.finish(), test::SqlError);
      expect_nothing_or_all(false);
    } else {
      const std::string status = wait(job);
      EXPECT_THAT(status, ::testing::AnyOf("failed", "completed"));
      if (status == "failed") {
        EXPECT_EQ(state(job).error.sqlstate.substr(0, 2), "08") << state(job).error.message;
        EXPECT_NE(state(job).error.hint, "");
      }
      expect_nothing_or_all(status == "completed");
    }
    expect_no_backends();
  }
};

TEST_P(TruncationTest, KilledAtTheFirstChunk) {
  kill_source_at(1);
}

TEST_P(TruncationTest, KilledInTheMiddle) {
  kill_source_at(kRows / 2);
}

TEST_P(TruncationTest, KilledAtTheLastChunk) {
  kill_source_at(kRows);
}

TEST_P(TruncationTest, AnErrorInMidStream) {
  const SqlReport report =
      failing_clone(GetParam(), "table",
                    R"('public', 't', options => '{"where": "1 / (id - 19000) IS NOT NULL"}')");
  EXPECT_EQ(report.sqlstate, "22012");
  EXPECT_THAT(report.message + report.detail, HasSubstr("division by zero"));
  EXPECT_NE(report.hint, "");
  expect_nothing_or_all(false);
  expect_no_backends();
}

TEST_P(TruncationTest, ATimeoutOfTheSourceIsNoEnd) {
  // Set for the role, so a session that does not pin it would be cut off.
  source_.exec("ALTER DATABASE " + sql::identifier(source_db_.name()) +
               " SET statement_timeout = '150ms'");
  source_.exec("ALTER DATABASE " + sql::identifier(source_db_.name()) +
               " SET idle_in_transaction_session_timeout = '100ms'");
  clone(
      GetParam(), "table",
      R"('public', 't', options => '{"where": "id > 1 OR pg_catalog.pg_sleep(0.4) IS NOT NULL"}')");
  expect_nothing_or_all(true);
}

TEST_P(TruncationTest, AnErrorOfTheTargetInMidStream) {
  source_.exec(
      "CREATE FUNCTION ok(int) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT true';"
      "ALTER TABLE t ADD g bool GENERATED ALWAYS AS (ok(id)) STORED");
  target_.exec(
      "CREATE FUNCTION ok(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
      " IF $1 = 19000 THEN RAISE EXCEPTION 'not this row' USING ERRCODE = 'P0042';"
      " END IF; RETURN true; END $$");
  const SqlReport report = failing_clone(GetParam(), "table", "'public', 't'");
  EXPECT_EQ(report.sqlstate, "P0042");
  EXPECT_THAT(report.message, HasSubstr("not this row"));
  expect_nothing_or_all(false);
  expect_no_backends();
}

PGCLONE_BOTH_MODES(TruncationTest);

}  // namespace
}  // namespace pgclone::integration
