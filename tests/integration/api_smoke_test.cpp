// Roles of jobs: who runs them, who sees them, and what becomes of a killed coordinator.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class ApiSmokeTest : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec("CREATE TABLE t AS SELECT 1 AS a");
    target_.exec(
        "CREATE ROLE smoke_nologin NOLOGIN SUPERUSER; CREATE ROLE smoke_other LOGIN;"
        "GRANT USAGE ON SCHEMA pgclone TO smoke_other;"
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO smoke_other;"
        "GRANT SELECT ON pgclone.jobs_view, pgclone.tasks, pgclone.strategies TO smoke_other");
  }
  void TearDown() override {
    target_.exec(
        "RESET ROLE; REASSIGN OWNED BY smoke_nologin, smoke_other TO CURRENT_USER;"
        "DROP OWNED BY smoke_nologin, smoke_other; DROP ROLE smoke_nologin, smoke_other");
  }

  int submit_blocked() {
    return submit("table", "'public', 't', options => " +
                               sql::literal(std::string("{\"where\": \"") + Gate::kPass + "\"}"));
  }
};

TEST_F(ApiSmokeTest, AJobRunsAsTheRoleThatWasSet) {
  target_.exec("SET ROLE smoke_nologin");
  expect_completed(submit("table", "'public', 't'"));
  EXPECT_EQ(target_.value("SELECT relowner::regrole FROM pg_class WHERE oid = 't'::regclass"),
            "smoke_nologin");
}

TEST_F(ApiSmokeTest, OthersSeeNoJob) {
  const int job = submit("table", "'public', 't'");
  expect_completed(job);
  target_.exec("SET ROLE smoke_other");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.jobs_view"), "0");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.tasks"), "0");
  EXPECT_EQ(target_.value("SELECT pgclone.jobs()"), "[]");
  EXPECT_EQ(target_.value("SELECT pgclone.clear_jobs()"), "0");
  for (const char* function : {"cancel", "resume", "wait", "progress"}) {
    EXPECT_EQ(target_.expect_error(call(function, std::to_string(job))).sqlstate, "42704")
        << function;
  }
}

TEST_F(ApiSmokeTest, ATerminatedCoordinatorLeavesAFailedJobThatCanBeResumed) {
  Gate gate(source_db_);
  const int job = submit_blocked();
  wait_for_blocked_source();
  target_.exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE backend_type = 'pgclone coordinator' AND datname = current_database()");
  EXPECT_EQ(wait(job), "failed");
  EXPECT_THAT(target_.value("SELECT error_message FROM pgclone.jobs_view"),
              HasSubstr("administrator command"));
  gate.open();
  expect_completed(std::stoi(target_.value(call("resume", std::to_string(job)))));
  EXPECT_EQ(target_.expect_error(call("resume", std::to_string(job))).sqlstate, "55000");
  EXPECT_EQ(target_.value("SELECT pgclone.clear_jobs()"), "2");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.jobs_view"), "0");
}

TEST_F(ApiSmokeTest, WaitReturnsThePresentStatusAtItsTimeout) {
  Gate gate(source_db_);
  const int job = submit_blocked();
  wait_for_blocked_source();
  EXPECT_EQ(target_.value("SELECT pgclone.wait(" + std::to_string(job) + ", '0')"), "running");
  gate.open();
  expect_completed(job);
}

}  // namespace
}  // namespace pgclone::integration
