// Pools: N workers on one queue under one snapshot.
#include <algorithm>
#include <atomic>
#include <thread>

#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

class Parallel : public CloneTest {
 protected:
  // The target's copy of s.slow waits at the gate of the target's database, in a generated column.
  void make_gated_schema(int tables) {
    source_.exec(
        "CREATE SCHEMA s; CREATE FUNCTION s.pass(a int) RETURNS int LANGUAGE sql IMMUTABLE AS"
        " 'SELECT CASE WHEN pg_catalog.pg_advisory_lock_shared(42) IS NOT NULL THEN a END';"
        "CREATE TABLE s.slow (a int, b int GENERATED ALWAYS AS (s.pass(a)) STORED);"
        "INSERT INTO s.slow SELECT g FROM generate_series(1, 3) AS g");
    make_tables("s", tables, 100);
  }

  void make_tables(const std::string& schema, int tables, int rows) {
    source_.exec("CREATE SCHEMA IF NOT EXISTS " + schema);
    for (int i = 0; i < tables; ++i) {
      const std::string name = schema + ".t" + std::to_string(i);
      source_.exec("CREATE TABLE " + name + " (id serial PRIMARY KEY, v text); INSERT INTO " +
                   name + " (v) SELECT md5(g::text) FROM generate_series(1, " +
                   std::to_string(rows) + ") AS g");
    }
  }

  void wait_for_blocked_worker() {
    wait_until(target_,
               "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pgclone worker'"
               " AND datname = current_database() AND wait_event = 'advisory'");
  }

  void wait_for_the_others(int tables) {
    wait_until(target_, "SELECT tables_completed = " + std::to_string(tables) +
                            " FROM pgclone.jobs_view WHERE job_id IS NOT NULL");
  }
};

struct Peak {
  int workers = 0;
  int coordinators = 0;
  int source_connections = 0;
  int target_connections = 0;
};

TEST_F(Parallel, FourWorkersFiveSourceConnectionsNoneToTheTarget) {
  make_tables("s", 100, 2000);
  Sql watcher = source_db_.connect();
  const int job = submit("schema", R"('s', true, '{"parallel": 4}')");
  Peak peak;
  while (target_.value("SELECT pgclone.wait(" + std::to_string(job) + ", '0 s')") == "running") {
    const auto count = [](Sql& sql, const std::string& condition) {
      return std::stoi(sql.value(
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND " +
          condition));
    };
    peak.workers = std::max(peak.workers, count(target_, "backend_type = 'pgclone worker'"));
    peak.coordinators =
        std::max(peak.coordinators, count(target_, "backend_type = 'pgclone coordinator'"));
    peak.source_connections =
        std::max(peak.source_connections, count(watcher, "application_name = 'pgclone'"));
    peak.target_connections = std::max(
        peak.target_connections,
        count(target_, "backend_type = 'client backend' AND application_name LIKE 'pgclone%'"));
  }
  expect_completed(job);
  EXPECT_EQ(peak.workers, 4);
  EXPECT_EQ(peak.coordinators, 1);
  EXPECT_LE(peak.source_connections, 5);
  EXPECT_GE(peak.source_connections, 2);
  EXPECT_EQ(peak.target_connections, 0);
  expect_equal("s");
  expect_no_backends();
}

TEST_F(Parallel, NoMoreWorkersThanTasks) {
  make_tables("s", 1, 10);
  target_.exec("CREATE SCHEMA s");
  const std::size_t before = target_server().server_log().size();
  expect_completed(submit("table", R"('s', 't0', true, NULL, '{"parallel": 8}')"));
  EXPECT_THAT(target_server().server_log().substr(before), Not(HasSubstr("pgclone worker 1")));
}

TEST_F(Parallel, EachWorkerIsARowBelowItsJob) {
  make_gated_schema(5);
  Gate gate(target_db_);
  const int job = submit("schema", R"('s', true, '{"parallel": 3}')");
  wait_for_blocked_worker();
  wait_for_the_others(5);
  const Rows rows = target_.rows(
      "SELECT parent_job_id, op_type, status, current_table FROM pgclone.jobs_view"
      " WHERE job_id IS NULL AND current_table IS NOT NULL");
  EXPECT_EQ(rows, (Rows{{std::to_string(job), "table", "running", "\"s\".\"slow\""}}));
  EXPECT_EQ(target_.value("SELECT tables_total FROM pgclone.jobs_view WHERE job_id IS NOT NULL"),
            "6");
  gate.open();
  expect_completed(job);
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.jobs_view"), "1");
  expect_equal("s");
}

TEST_F(Parallel, ATerminatedWorkersTaskIsTakenByAnother) {
  make_gated_schema(5);
  Gate gate(target_db_);
  const int job = submit("schema", R"('s', true, '{"parallel": 3}')");
  wait_for_blocked_worker();
  wait_for_the_others(5);
  const std::string pid = target_.value(
      "SELECT pid FROM pg_stat_activity WHERE backend_type = 'pgclone worker'"
      " AND datname = current_database() AND wait_event = 'advisory'");
  target_.exec("SELECT pg_terminate_backend(" + pid + ")");
  wait_until(target_,
             "SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'pgclone worker'"
             " AND datname = current_database() AND wait_event = 'advisory' AND pid <> " +
                 pid);
  gate.open();
  expect_completed(job);
  expect_equal("s");
  EXPECT_EQ(target_.value("SELECT retries FROM pgclone.progress_detail() LIMIT 1"), "1");
}

TEST_F(Parallel, CancelEndsEveryWorker) {
  make_gated_schema(3);
  Gate gate(target_db_);
  const int job = submit("schema", R"('s', true, '{"parallel": 3}')");
  wait_for_blocked_worker();
  target_.exec("SELECT pgclone.cancel(" + std::to_string(job) + ")");
  EXPECT_EQ(target_.value("SELECT pgclone.wait(" + std::to_string(job) + ", '2 s')"), "cancelled");
  expect_no_backends();
  EXPECT_FALSE(exists("s.slow"));
  gate.open();
  const int again = std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")"));
  expect_completed(again);
  expect_equal("s");
}

TEST_F(Parallel, ATerminatedCoordinatorTakesItsWorkersAlong) {
  make_gated_schema(3);
  Gate gate(target_db_);
  const int job = submit("schema", R"('s', true, '{"parallel": 3}')");
  wait_for_blocked_worker();
  target_.exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE backend_type = 'pgclone coordinator' AND datname = current_database()");
  EXPECT_EQ(wait(job), "failed");
  expect_no_backends();
  gate.open();
  expect_completed(std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")")));
  expect_equal("s");
}

TEST_F(Parallel, AFailingTableFailsAloneInAPool) {
  make_tables("s", 6, 50);
  source_.exec(
      "CREATE TABLE s.bad (a int); INSERT INTO s.bad VALUES (1), (0);"
      "CREATE FUNCTION s.check_it(a int) RETURNS boolean LANGUAGE sql IMMUTABLE AS"
      " 'SELECT pg_catalog.current_setting(''port'') <> ''" +
      std::to_string(target_server().port()) +
      "''';"
      "ALTER TABLE s.bad ADD CHECK (s.check_it(a)) NOT VALID; CREATE VIEW s.v AS SELECT * FROM "
      "s.t0");
  source_.exec("ALTER TABLE s.bad VALIDATE CONSTRAINT bad_a_check");
  const int job = submit("schema", R"('s', true, '{"parallel": 4}')");
  EXPECT_EQ(wait(job), "failed");
  EXPECT_EQ(state(job).error.sqlstate, "23514");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.tasks WHERE status = 'failed'"), "1");
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.v"), "50");
}

// Both at the same moment: each waits at its database's gate.
TEST_F(Parallel, TwoPoolsInOneDatabaseAndTwoInTwo) {
  make_gated_schema(10);
  make_tables("b", 10, 200);
  TempDatabase other_db(target_server());
  Sql other = other_db.connect();
  other.exec("CREATE EXTENSION pgclone");
  Gate gate(target_db_);
  Gate other_gate(other_db);
  const std::string options = R"(true, '{"parallel": 2, "split_bytes": 8192}')";
  const auto start = [&](Sql& sql, const std::string& schema) {
    return sql.value(statement(Mode::async, "schema", sql::literal(schema) + ", " + options));
  };
  const std::string jobs[] = {start(target_, "s"), start(target_, "b")};
  const std::string other_jobs[] = {start(other, "s"), start(other, "b")};
  wait_until(target_,
             "SELECT count(DISTINCT datname) = 2 FROM pg_stat_activity"
             " WHERE backend_type = 'pgclone worker' AND wait_event = 'advisory'");
  gate.open();
  other_gate.open();
  for (const std::string& job : jobs) expect_completed(std::stoi(job));
  for (const std::string& job : other_jobs)
    EXPECT_EQ(other.value("SELECT pgclone.wait(" + job + ", '60 s')"), "completed");
  for (const std::string schema : {"s", "b"}) {
    expect_equal(schema);
    EXPECT_EQ(test::dump_schema(source_server(), source_db_.name(), schema),
              test::dump_schema(target_server(), other_db.name(), schema));
    EXPECT_EQ(test::table_checksums(source_, schema), test::table_checksums(other, schema));
    EXPECT_EQ(test::sequence_states(source_, schema), test::sequence_states(other, schema));
  }
}

TEST_F(Parallel, TooFewWorkerSlotsMeanFewerWorkersAndAWarning) {
  // The logical replication launcher has one slot, the coordinator another.
  Cluster few({"shared_preload_libraries = 'pgclone'", "max_worker_processes = 4"});
  const TempDatabase database(few);
  Sql target = database.connect();
  target.exec("CREATE EXTENSION pgclone");
  make_tables("s", 10, 100);
  const std::string job =
      target.value(statement(Mode::async, "schema", R"('s', true, '{"parallel": 6}')"));
  EXPECT_EQ(target.value("SELECT pgclone.wait(" + job + ", '60 s')"), "completed");
  EXPECT_EQ(test::table_checksums(source_, "s"), test::table_checksums(target, "s"));
  EXPECT_THAT(few.server_log(), HasSubstr("runs with 2 of 6 workers"));
  EXPECT_THAT(few.server_log(), HasSubstr("max_worker_processes"));
}

// Money moves between three tables in one transaction: under one snapshot the sum is always zero.
void move_money(const TempDatabase& database, const std::atomic<bool>& stop) {
  Sql sql = database.connect();
  for (int i = 0; !stop; ++i) {
    const std::string amount = std::to_string(i % 100 + 1);
    sql.exec("BEGIN; UPDATE m.a SET v = v + " + amount + " WHERE id = " + std::to_string(i % 1000) +
             "; UPDATE m.b SET v = v - " + amount + " WHERE id = " + std::to_string(i % 997) +
             "; COMMIT");
  }
}

TEST_F(Parallel, EveryWorkerSeesTheSameMoment) {
  source_.exec(
      "CREATE SCHEMA m; CREATE TABLE m.a AS SELECT g AS id, 0::bigint AS v, repeat('x', 200) AS f"
      " FROM generate_series(0, 20000) AS g; CREATE TABLE m.b AS TABLE m.a;"
      "CREATE INDEX ON m.a (id); CREATE INDEX ON m.b (id)");
  std::atomic<bool> stop = false;
  std::thread writer([&] { move_money(source_db_, stop); });
  for (int round = 0; round < 10; ++round) {
    const int job = submit("schema", R"('m', true, '{"parallel": 2}')");
    expect_completed(job);
    EXPECT_EQ(target_.value("SELECT (SELECT sum(v) FROM m.a) + (SELECT sum(v) FROM m.b)"), "0");
    target_.exec("DROP SCHEMA m CASCADE");
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace pgclone::integration
