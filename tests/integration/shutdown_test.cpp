// Whatever a source does or doesn't do, a cancel, the end of a session and the end of the server
// come soon.
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "integration/fixture.hpp"
#include "support/proxy.hpp"

namespace pgclone::integration {
namespace {

using Clock = std::chrono::steady_clock;

// A server from before PostgreSQL 14 doesn't notice by itself that its client has left.
class OldVersion : public test::Tamper {
 public:
  std::string pass(std::string_view bytes) override {
    using namespace std::string_literals;
    std::string out(bytes);
    const std::string name = "server_version\0"s;
    const std::size_t at = out.find(name);
    if (at != std::string::npos) out.replace(at + name.size(), 2, "13");
    return out;
  }
  [[nodiscard]] bool ended() const override { return false; }
  [[nodiscard]] bool may_hang() const override { return false; }
};

class OldServer : public test::Proxy {
 public:
  OldServer() : Proxy(source_server().port(), [] { return std::make_unique<OldVersion>(); }) {}
};

class ShutdownTest : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT g AS a FROM generate_series(1, 100) AS g;"
        "CREATE SCHEMA l; CREATE TABLE l.locked AS SELECT 1 AS a");
  }

  [[nodiscard]] std::string through(const test::Proxy& proxy) const {
    return sql::literal(
        "host=127.0.0.1 port=" + std::to_string(proxy.port()) +
        " user=postgres connect_timeout=0 dbname=" + test::conninfo_value(source_db_.name()));
  }
  static std::string waiting(const std::string& more = {}) {
    return R"(, 's', true, '{"data": {"t": ")" +
           std::string("pg_catalog.pg_advisory_lock_shared(42) IS NOT NULL") + "\"}" + more + "}'";
  }
  std::string start(const std::string& function, const std::string& arguments) {
    return target_.value(call(function, arguments));
  }
  void wait_for_phase(const std::string& job, const std::string& phase) {
    wait_until(target_, "SELECT current_phase = " + sql::literal(phase) +
                            " FROM pgclone.jobs_view WHERE job_id = " + job);
  }
  void wait_for_gate(int sessions) {
    wait_until(source_, "SELECT count(*) = " + std::to_string(sessions) +
                            " FROM pg_stat_activity WHERE datname = current_database()"
                            " AND application_name LIKE 'pgclone%' AND wait_event = 'advisory'");
  }
  // Sessions of jobs that wait for the lock of l.locked.
  void wait_for_lock(int sessions) {
    wait_until(source_, "SELECT count(*) = " + std::to_string(sessions) +
                            " FROM pg_locks WHERE NOT granted AND relation = 'l.locked'::regclass");
  }
};

TEST_F(ShutdownTest, AnOldServerIsAskedToCancel) {
  OldServer proxy;
  Gate gate(source_db_);
  for (const char* parallel : {"", ", \"parallel\": 4"}) {
    const std::string job = start("schema_async", through(proxy) + waiting(parallel));
    wait_for_gate(1);
    const auto begin = Clock::now();
    target_.exec("SELECT pgclone.cancel(" + job + ")");
    EXPECT_EQ(wait(std::stoi(job)), "cancelled");
    EXPECT_LT(Clock::now() - begin, std::chrono::seconds(1)) << parallel;
    expect_no_backends();
  }
  target_.send("SELECT pgclone.schema(" + through(proxy) + waiting() + ")");
  wait_for_gate(1);
  target_.cancel();
  EXPECT_THROW(target_.finish(), test::SqlError);
  expect_no_backends();
}

TEST_F(ShutdownTest, AnOldServerThatIsSilentDelaysNoCancel) {
  OldServer proxy;
  Gate gate(source_db_);
  const std::string job = start("schema_async", through(proxy) + waiting(R"(, "parallel": 2)"));
  wait_for_gate(1);
  proxy.silence_all();
  const auto begin = Clock::now();
  target_.exec("SELECT pgclone.cancel(" + job + ")");
  EXPECT_EQ(wait(std::stoi(job)), "cancelled");
  EXPECT_LT(Clock::now() - begin, std::chrono::milliseconds(2500));
}

// Jobs and sessions that hang in every phase.
class Hanging : public ShutdownTest {
 protected:
  void hang() {
    silent_.silence_all();
    locker_.exec("BEGIN; LOCK TABLE l.locked");
    jobs_ = {start("schema_async", through(silent_) + ", 's'"),
             start("schema_async", through(line_) + ", 'l'"),
             start("schema_async", through(line_) + waiting()),
             start("schema_async", through(line_) + waiting(R"(, "parallel": 2)")),
             start("schema_async", through(old_) + waiting(R"(, "target_schema": "old")"))};
    connecting_.send("SELECT pgclone.schema(" + through(silent_) + ", 's')");
    planning_.send("SELECT pgclone.schema(" + through(old_) + R"(, 'l', true, '{"target_schema":)" +
                   R"( "other"}'))");
    copying_.send("SELECT pgclone.schema(" + through(old_) +
                  waiting(R"(, "target_schema": "third")") + ")");
    wait_for_phase(jobs_[0], "connecting");
    wait_for_phase(jobs_[1], "planning");
    wait_for_phase(jobs_[4], "copying");
    wait_for_lock(2);
    wait_for_gate(kCopying);
    line_.silence_all();
    old_.silence_all();
  }
  [[nodiscard]] bool still_hang() {
    return connecting_.busy() && planning_.busy() && copying_.busy();
  }

  // Two of the jobs want the same table of the target; one waits for the other.
  static constexpr int kCopying = 3;
  test::Proxy silent_{source_server().port()};
  test::Proxy line_{source_server().port()};
  OldServer old_;
  Gate gate_{source_db_};
  Sql locker_ = source_db_.connect();
  Sql connecting_ = target_db_.connect();
  Sql planning_ = target_db_.connect();
  Sql copying_ = target_db_.connect();
  std::vector<std::string> jobs_;
};

TEST_F(Hanging, AFastShutdownComesInTime) {
  hang();
  EXPECT_TRUE(still_hang());
  // In the middle of a cancel, too.
  target_.exec("SELECT pgclone.cancel(" + jobs_[4] + ")");
  const auto begin = Clock::now();
  target_server().stop(test::StopMode::fast);
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(5));
  target_server().start();
  Sql target = target_db_.connect();
  for (const std::string& job : jobs_) {
    EXPECT_THAT(target.value("SELECT status FROM pgclone.jobs_view WHERE job_id = " + job),
                ::testing::AnyOf("failed", "cancelled"))
        << job;
  }
  EXPECT_EQ(target.value("SELECT to_regclass('s.t') IS NULL AND to_regclass('old.t') IS NULL"
                         " AND to_regclass('third.t') IS NULL"),
            "t");
}

TEST_F(Hanging, EachEndsWhenItIsTerminated) {
  hang();
  EXPECT_TRUE(still_hang());
  const auto begin = Clock::now();
  target_.exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
      " AND pid <> pg_backend_pid() AND (query LIKE '%pgclone%' OR backend_type LIKE 'pgclone%')");
  wait_until(target_,
             "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database()"
             " AND pid <> pg_backend_pid()");
  EXPECT_LT(Clock::now() - begin, std::chrono::seconds(3));
  for (const std::string& job : jobs_) EXPECT_EQ(wait(std::stoi(job)), "failed") << job;
}

}  // namespace
}  // namespace pgclone::integration
