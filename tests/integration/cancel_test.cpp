// Cancelling stops a job within a second, wherever it is, and leaves nothing half-made.
#include <chrono>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

using std::chrono::steady_clock;

class CancelTest : public CloneTest {
 protected:
  // The job works on something that never ends by itself; cancel it and look around.
  void cancel_and_check(int job, const std::string& leftover) {
    const auto begin = steady_clock::now();
    EXPECT_EQ(target_.value("SELECT pgclone.cancel(" + std::to_string(job) + ")"), "t");
    EXPECT_EQ(wait(job), "cancelled");
    EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(1));
    EXPECT_FALSE(exists(leftover));
    expect_no_backends();
    EXPECT_EQ(target_.value("SELECT status FROM pgclone.jobs_view WHERE parent_job_id IS NULL"
                            " AND job_id = " +
                            std::to_string(job)),
              "cancelled");
  }

  // A worker of the target that runs (or waits) for the job and matches the condition.
  void wait_for_worker(const std::string& condition) {
    wait_until(target_,
               "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname ="
               " current_database() AND backend_type <> 'client backend' AND " +
                   condition + ")");
  }

  void make_source_table() {
    source_.exec("CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 20000) AS i");
  }

  static std::string blocked_copy() {
    return "'public', 't', options => " +
           sql::literal(std::string("{\"where\": \"id < 15000 OR ") + Gate::kPass + "\"}");
  }

  // s.t has an index whose expression never comes to an end on the target.
  void make_endless_index() {
    source_.exec(
        "CREATE SCHEMA s; CREATE FUNCTION s.spin(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$"
        "BEGIN WHILE current_setting('test.spin', true) = 'on' LOOP NULL; END LOOP; RETURN $1;"
        "END $$; CREATE TABLE s.t AS SELECT 1 AS id; CREATE INDEX spinning ON s.t (s.spin(id))");
    target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " SET test.spin = 'on'");
  }
};

TEST_F(CancelTest, DuringALongCopy) {
  make_source_table();
  Gate gate(source_db_);
  const int job = submit("table", blocked_copy());
  wait_for_blocked_source();
  cancel_and_check(job, "public.t");
}

TEST_F(CancelTest, DuringALongIndexBuild) {
  make_endless_index();
  const int job = submit("schema", "'s'");
  // Its lock shows that the build has begun.
  wait_until(target_,
             "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index"
             " WHERE datname = current_database())");
  cancel_and_check(job, "s.t");
}

TEST_F(CancelTest, WhileItWaitsForALockOfTheTarget) {
  make_source_table();
  target_.exec("CREATE TABLE t AS SELECT 'old' AS a");
  Sql other = target_db_.connect();
  other.exec("BEGIN; SELECT * FROM t");
  const int job = submit("table", R"('public', 't', options => '{"conflict": "replace"}')");
  wait_for_worker("wait_event_type = 'Lock'");
  cancel_and_check(job, "public.t_old");
  other.exec("COMMIT");
  EXPECT_EQ(target_.value("SELECT a FROM t"), "old");
}

TEST_F(CancelTest, WhileItWaitsForALockOfTheSource) {
  make_source_table();
  Sql other = source_db_.connect();
  other.exec("BEGIN; LOCK TABLE t");
  const int job = submit("table", "'public', 't'");
  wait_until(source_,
             "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
             " AND relation = 't'::regclass)");
  cancel_and_check(job, "public.t");
}

TEST_F(CancelTest, FinishedTablesStayUnfinishedOnesDoNot) {
  source_.exec(
      "CREATE SCHEMA s; CREATE TABLE s.big AS SELECT i FROM generate_series(1, 50000) AS i;"
      "CREATE FUNCTION s.gate(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
      " IF current_setting('test.gate', true) = 'on' THEN"
      " PERFORM pg_advisory_lock_shared(42); END IF; RETURN true; END $$;"
      "CREATE TABLE s.small (id int, g bool GENERATED ALWAYS AS (s.gate(id)) STORED); INSERT INTO "
      "s.small VALUES (1)");
  target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " SET test.gate = 'on'");
  Gate gate(target_db_);
  const int job = submit("schema", "'s'");
  wait_for_worker("wait_event = 'advisory'");
  const bool big_was_done = exists("s.big");
  cancel_and_check(job, "s.small");
  EXPECT_EQ(exists("s.big"), big_was_done);
  if (big_was_done) {
    EXPECT_EQ(target_.value("SELECT count(*) FROM s.big"), "50000");
  }
}

TEST_F(CancelTest, ControlCStopsASynchronousClone) {
  make_source_table();
  Gate gate(source_db_);
  const auto before = catalog_state(target_);
  target_.send(statement(Mode::sync, "table", blocked_copy()));
  wait_for_blocked_source();
  const auto begin = steady_clock::now();
  target_.cancel();
  try {
    target_.finish();
    ADD_FAILURE() << "the clone was not cancelled";
  } catch (const test::SqlError& error) {
    EXPECT_EQ(error.report().sqlstate, "57014");
  }
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(1));
  EXPECT_EQ(catalog_state(target_), before);
  expect_no_backends();
}

TEST_F(CancelTest, StatementTimeoutStopsASynchronousClone) {
  make_source_table();
  Gate gate(source_db_);
  target_.exec("SET statement_timeout = '300ms'");
  const SqlReport report = target_.expect_error(statement(Mode::sync, "table", blocked_copy()));
  EXPECT_EQ(report.sqlstate, "57014");
  EXPECT_FALSE(exists("public.t"));
  expect_no_backends();
}

TEST_F(CancelTest, AnEndlessIndexOfASynchronousCloneStopsToo) {
  make_endless_index();
  target_.exec("SET test.spin = 'on'; SET statement_timeout = '500ms'");
  EXPECT_EQ(target_.expect_error(statement(Mode::sync, "schema", "'s'")).sqlstate, "57014");
  EXPECT_FALSE(exists("s.t"));
  expect_no_backends();
}

}  // namespace
}  // namespace pgclone::integration
