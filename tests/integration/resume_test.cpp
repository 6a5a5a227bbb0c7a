// resume goes on where a job ended, whatever ended it: finished tables are not copied again.
#include <signal.h>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

// A job over s.done, which comes first and gets finished, and s.held, which stops at a gate on the
// target, or fails there when test.fail is on.
class ResumeTest : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.done (id int PRIMARY KEY, v text);"
        "INSERT INTO s.done SELECT i, 'row ' || i FROM generate_series(1, 30000) AS i;"
        "CREATE FUNCTION s.gate(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
        " IF current_setting('test.fail', true) = 'on' THEN RAISE EXCEPTION 'asked to fail'; END "
        "IF;"
        " IF current_setting('test.gate', true) = 'on' THEN"
        " PERFORM pg_catalog.pg_advisory_lock_shared(42); END IF; RETURN true; END $$;"
        "CREATE TABLE s.held (id int PRIMARY KEY,"
        "  passed bool GENERATED ALWAYS AS (s.gate(id)) STORED);"
        "INSERT INTO s.held VALUES (1), (2), (3);"
        "CREATE TABLE s.child (id int REFERENCES s.done); INSERT INTO s.child VALUES (7);"
        "CREATE VIEW s.v AS SELECT * FROM s.held");
  }

  void set(const std::string& name, const std::string& value) {
    target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " SET test." + name +
                 " = '" + value + "'");
  }

  // Submits; returns when s.done is finished and s.held waits at the gate.
  int submit_and_block() {
    set("gate", "on");
    const int job = submit("schema", "'s'");
    wait_until(target_, std::string("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid IN (") +
                            kWorkers + ") AND wait_event = 'advisory')");
    wait_until(target_, "SELECT to_regclass('s.done') IS NOT NULL");
    return job;
  }

  // The physical identity of a table's rows.
  std::string rows_of_done() {
    return target_.value(
        "SELECT 's.done'::regclass::oid || ' ' || string_agg(DISTINCT xmin::text, ',')"
        " || ' ' || count(*) FROM s.done");
  }

  void resume_and_check(int job, const std::string& rows_before) {
    set("gate", "off");
    set("fail", "off");
    const int next = std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")"));
    EXPECT_GT(next, job);
    expect_completed(next);
    expect_equal("s");
    EXPECT_EQ(rows_of_done(), rows_before);
    EXPECT_EQ(target_.value("SELECT resumed_from FROM pgclone.jobs_view WHERE parent_job_id IS NULL"
                            " AND job_id = " +
                            std::to_string(next)),
              std::to_string(job));
    expect_no_backends();
  }

  // A commit that waits for its flush: what other sessions have committed before is safe with it.
  void flush() { target_.exec("SELECT pg_logical_emit_message(true, 'flush', '')"); }
};

TEST_F(ResumeTest, AfterAFailure) {
  set("fail", "on");
  const int job = submit("schema", "'s'");
  EXPECT_EQ(wait(job), "failed");
  EXPECT_THAT(state(job).error.message, HasSubstr("asked to fail"));
  // The rest went on.
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.child"), "1");
  EXPECT_FALSE(exists("s.held"));
  resume_and_check(job, rows_of_done());
}

TEST_F(ResumeTest, AfterACancel) {
  const int job = [&] {
    Gate gate(target_db_);
    const int id = submit_and_block();
    target_.exec("SELECT pgclone.cancel(" + std::to_string(id) + ")");
    EXPECT_EQ(wait(id), "cancelled");
    return id;
  }();
  EXPECT_FALSE(exists("s.held"));
  resume_and_check(job, rows_of_done());
}

TEST_F(ResumeTest, AfterTheCoordinatorWasTerminated) {
  const int job = [&] {
    Gate gate(target_db_);
    const int id = submit_and_block();
    target_.exec(std::string("SELECT pg_terminate_backend(pid) FROM (") + kWorkers + ") AS w");
    EXPECT_THAT(wait(id), ::testing::AnyOf("failed", "cancelled"));
    return id;
  }();
  EXPECT_FALSE(exists("s.held"));
  resume_and_check(job, rows_of_done());
}

TEST_F(ResumeTest, AfterAnImmediateShutdown) {
  int job = 0;
  std::string before;
  {
    Gate gate(target_db_);
    job = submit_and_block();
    before = rows_of_done();
    flush();
    target_server().restart(test::StopMode::immediate);
  }
  reconnect();
  // The job isn't running, and nobody claims that it is.
  EXPECT_EQ(target_.value("SELECT status FROM pgclone.jobs_view WHERE parent_job_id IS NULL"
                          " AND job_id = " +
                          std::to_string(job)),
            "failed");
  EXPECT_EQ(wait(job), "failed");
  EXPECT_FALSE(exists("s.held"));
  resume_and_check(job, before);
}

TEST_F(ResumeTest, AfterACrashOfABackend) {
  int job = 0;
  std::string before;
  {
    Gate gate(target_db_);
    job = submit_and_block();
    before = rows_of_done();
    flush();
    const pid_t worker = std::stoi(target_.value(std::string(kWorkers) + " LIMIT 1"));
    kill(worker, SIGKILL);  // the whole server restarts itself
  }
  EXPECT_THROW(wait_until(target_, "SELECT false"), test::SqlError);
  reconnect();
  EXPECT_FALSE(exists("s.held"));
  resume_and_check(job, before);
}

TEST_F(ResumeTest, TwiceInARow) {
  set("fail", "on");
  int job = submit("schema", "'s'");
  EXPECT_EQ(wait(job), "failed");
  const std::string before = rows_of_done();
  job = std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")"));
  EXPECT_EQ(wait(job), "failed");
  EXPECT_EQ(rows_of_done(), before);
  resume_and_check(job, before);
}

TEST_F(ResumeTest, AFinishedTableThatWasDroppedIsCopiedAgain) {
  set("fail", "on");
  const int job = submit("schema", "'s'");
  EXPECT_EQ(wait(job), "failed");
  target_.exec("DROP TABLE s.done CASCADE");
  set("fail", "off");
  const int next = std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")"));
  expect_completed(next);
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.done"), "30000");
}

TEST_F(ResumeTest, AReplacementCanBeResumed) {
  target_.exec("CREATE SCHEMA s; CREATE TABLE s.done AS SELECT 'old' AS a");
  set("fail", "on");
  const int job = submit("schema", R"('s', options => '{"conflict": "replace"}')");
  EXPECT_EQ(wait(job), "failed");
  EXPECT_EQ(target_.value("SELECT a FROM s.done"), "old");
  set("fail", "off");
  const int next = std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")"));
  expect_completed(next);
  expect_equal("s");
}

TEST_F(ResumeTest, AConnectionStringWithAPasswordIsAskedForAgain) {
  set("fail", "on");
  const std::string secret = source_db_.conninfo() + " password=swordfish";
  const int job = std::stoi(target_.value(call("schema_async", sql::literal(secret) + ", 's'")));
  EXPECT_EQ(wait(job), "failed");
  const std::string before = rows_of_done();
  set("fail", "off");
  const std::string id = std::to_string(job);
  const SqlReport report = target_.expect_error("SELECT pgclone.resume(" + id + ")");
  EXPECT_THAT(report.hint, HasSubstr("source_conninfo"));
  const int next =
      std::stoi(target_.value("SELECT pgclone.resume(" + id + ", " + sql::literal(secret) + ")"));
  expect_completed(next);
  EXPECT_EQ(rows_of_done(), before);
}

}  // namespace
}  // namespace pgclone::integration
