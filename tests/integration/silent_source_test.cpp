// Sources whose connections end, go silent, or belong to an impatient role, in the middle of a job.
#include <chrono>

#include "integration/fixture.hpp"
#include "support/proxy.hpp"

namespace pgclone::integration {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPing{500};

class SilentSource : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    set_ping(std::to_string(kPing.count()) + "ms");
    // The target's copy of s.slow waits at the gate of the target's database, while the source has
    // more to send than the line holds.
    source_.exec(
        "CREATE SCHEMA s; CREATE FUNCTION s.pass(a int) RETURNS int LANGUAGE sql IMMUTABLE AS"
        " 'SELECT CASE WHEN pg_catalog.pg_advisory_lock_shared(42) IS NOT NULL THEN a END';"
        "CREATE TABLE s.slow (a int, f text, b int GENERATED ALWAYS AS (s.pass(a)) STORED);"
        "ALTER TABLE s.slow ALTER f SET STORAGE plain;"
        "INSERT INTO s.slow SELECT g, repeat('x', 4000) FROM generate_series(1, 8000) AS g;"
        "CREATE TABLE s.t1 AS SELECT 1 AS a; CREATE TABLE s.t2 AS SELECT 2 AS a");
  }
  void TearDown() override { set_ping(""); }

  static void set_ping(const std::string& interval) {
    Sql admin(target_server().conninfo());
    admin.exec(interval.empty()
                   ? "ALTER SYSTEM RESET pgclone.keeper_ping_interval"
                   : "ALTER SYSTEM SET pgclone.keeper_ping_interval = " + sql::literal(interval));
    target_server().reload();
  }

  [[nodiscard]] std::string through(const test::Proxy& proxy,
                                    const std::string& user = "postgres") const {
    return "host=127.0.0.1 port=" + std::to_string(proxy.port()) + " user=" + user +
           " dbname=" + test::conninfo_value(source_db_.name());
  }

  int start_pool(const std::string& conninfo) {
    const int job = std::stoi(target_.value(
        call("schema_async", sql::literal(conninfo) + R"(, 's', true, '{"parallel": 2}')")));
    wait_until(target_, worker_waits("advisory"));
    wait_until(target_,
               "SELECT tables_completed = 2 FROM pgclone.jobs_view WHERE job_id IS NOT NULL");
    return job;
  }

  static std::string worker_waits(const std::string& event) {
    return "SELECT count(*) > 0 FROM pg_stat_activity WHERE backend_type = 'pgclone worker'"
           " AND datname = current_database() AND wait_event = '" +
           event + "'";
  }

  void expect_lost_keeper(int job) {
    EXPECT_EQ(wait(job), "failed");
    const SqlReport error = state(job).error;
    EXPECT_EQ(error.sqlstate, "08006");
    EXPECT_EQ(error.message, "the connection that kept the snapshot was lost");
    EXPECT_THAT(error.hint, HasSubstr("pgclone.resume(" + std::to_string(job) + ")"));
  }

  void expect_resume_works(int job) {
    const int again = std::stoi(
        target_.value("SELECT pgclone.resume(" + std::to_string(job) + ", " + from() + ")"));
    expect_completed(again);
    expect_equal("s");
  }
};

TEST_F(SilentSource, AKeeperThatIsDroppedSilentlyEndsTheJobWithinTwoPings) {
  test::Proxy proxy(source_server().port());
  Gate gate(target_db_);
  const int job = start_pool(through(proxy));
  const auto start = Clock::now();
  proxy.silence(0);
  expect_lost_keeper(job);
  EXPECT_LT(Clock::now() - start, 2 * kPing + std::chrono::seconds(1));
  EXPECT_NO_THROW(wait_until(target_, std::string("SELECT NOT EXISTS (") + kWorkers + ")"));
  gate.open();
  expect_resume_works(job);
}

TEST_F(SilentSource, AKeeperThatIsKilledEndsTheJobWithinTwoPings) {
  Gate gate(target_db_);
  const int job = start_pool(source_db_.conninfo());
  const auto start = Clock::now();
  EXPECT_EQ(source_.value("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
                          " current_database() AND application_name LIKE 'pgclone%'"
                          " ORDER BY backend_start LIMIT 1"),
            "t");
  expect_lost_keeper(job);
  EXPECT_LT(Clock::now() - start, 2 * kPing + std::chrono::seconds(1));
  gate.open();
  expect_no_backends();
  expect_resume_works(job);
}

// A copier that gets nothing can't be told from one whose source thinks long; the keeper can.
TEST_F(SilentSource, AllDroppedInMidCopyEndsTheWorkersWaitAsWell) {
  test::Proxy proxy(source_server().port());
  Gate gate(target_db_);
  const int job = start_pool(through(proxy));
  const auto start = Clock::now();
  proxy.silence_all();
  gate.open();
  expect_lost_keeper(job);
  EXPECT_LT(Clock::now() - start, 2 * kPing + std::chrono::seconds(1));
  EXPECT_FALSE(exists("s.slow"));
  expect_resume_works(job);
}

TEST_F(SilentSource, CancelWorksWhileACopyWaitsForASilentSource) {
  set_ping("1h");
  test::Proxy proxy(source_server().port());
  Gate gate(target_db_);
  const int job = start_pool(through(proxy));
  proxy.silence_all();
  gate.open();
  wait_until(target_, worker_waits("Extension"));
  const auto start = Clock::now();
  target_.exec("SELECT pgclone.cancel(" + std::to_string(job) + ")");
  EXPECT_EQ(wait(job), "cancelled");
  EXPECT_LT(Clock::now() - start, std::chrono::seconds(1));
  EXPECT_NO_THROW(wait_until(target_, std::string("SELECT NOT EXISTS (") + kWorkers + ")"));
  EXPECT_FALSE(exists("s.slow"));
}

TEST_F(SilentSource, ARolesTimeoutsDoNoHarm) {
  test::Proxy proxy(source_server().port());
  source_.exec(
      "CREATE ROLE impatient SUPERUSER LOGIN;"
      "ALTER ROLE impatient SET idle_in_transaction_session_timeout = '1s';"
      "ALTER ROLE impatient SET statement_timeout = '1s'");
  {
    Gate gate(target_db_);
    const int job = start_pool(through(proxy, "impatient"));
    wait_until(source_,
               "SELECT count(*) = 3 AND bool_and(clock_timestamp() - xact_start > '2.5 s')"
               " FROM pg_stat_activity WHERE usename = 'impatient'");
    gate.open();
    expect_completed(job);
  }
  expect_equal("s");
  expect_no_backends();
  source_.exec("DROP ROLE impatient");
}

}  // namespace
}  // namespace pgclone::integration
