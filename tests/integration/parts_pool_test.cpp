// Tables in parts, while workers and other objects of the target are in their way.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kBlocked =
    " FROM pg_stat_activity WHERE backend_type = 'pgclone worker'"
    " AND datname = current_database() AND wait_event = 'advisory'";

class PartsInPool : public CloneTest {
 protected:
  // Rows 2,000 and 18,000, which lie in different parts, wait at the target's gate.
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE FUNCTION s.pass(a int) RETURNS int LANGUAGE sql IMMUTABLE AS"
        " 'SELECT CASE WHEN a NOT IN (2000, 18000) OR pg_catalog.pg_advisory_lock_shared(42)"
        " IS NOT NULL THEN a END';"
        "CREATE TABLE s.\"T 😀\" (id int PRIMARY KEY, v text UNIQUE,"
        " b int GENERATED ALWAYS AS (s.pass(id)) STORED);"
        "INSERT INTO s.\"T 😀\" SELECT g, md5(g::text) FROM generate_series(1, 20000) AS g;"
        "CREATE INDEX ON s.\"T 😀\" (b)");
  }

  int submit_in_parts(const std::string& more = "") {
    return submit("schema", R"('s', true, '{"parallel": 3, "split_bytes": 100000)" + more + "}'");
  }

  int blocked_in_two_parts(const std::string& more = "") {
    const int job = submit_in_parts(more);
    wait_until(target_, std::string("SELECT count(*) = 2") + kBlocked);
    return job;
  }

  void expect_parts(int job) {
    EXPECT_EQ(target_.value("SELECT count(*) > 10 FROM pgclone.task WHERE kind = 'rows' AND"
                            " rows_copied > 0 AND job_id = " +
                            std::to_string(job)),
              "t");
  }

  // Something of another kind, and with the names of what comes along.
  void occupy() {
    target_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.\"T 😀\" (mine text);"
        "INSERT INTO s.\"T 😀\" VALUES ('mine'); CREATE INDEX \"T 😀_b_idx\" ON s.\"T 😀\" (mine)");
  }
};

TEST_F(PartsInPool, TwoWorkersAreInOneTableAtOnce) {
  Gate gate(target_db_);
  const int job = blocked_in_two_parts();
  // The third worker may be on its way through a part that nothing stops.
  EXPECT_EQ(target_.value("SELECT count(*) >= 2 FROM pgclone.jobs_view WHERE parent_job_id = " +
                          std::to_string(job) + " AND current_table = '\"s\".\"T 😀\"'"),
            "t");
  gate.open();
  expect_completed(job);
  expect_parts(job);
  expect_equal("s");
}

TEST_F(PartsInPool, ATerminatedWorkersPartIsTakenByAnother) {
  Gate gate(target_db_);
  const int job = blocked_in_two_parts();
  const std::string pid = target_.value(std::string("SELECT min(pid)") + kBlocked);
  target_.exec("SELECT pg_terminate_backend(" + pid + ")");
  wait_until(target_, std::string("SELECT count(*) = 2") + kBlocked + " AND pid <> " + pid);
  gate.open();
  expect_completed(job);
  expect_parts(job);
  expect_equal("s");
  EXPECT_EQ(target_.value("SELECT retries FROM pgclone.progress_detail() LIMIT 1"), "1");
}

TEST_F(PartsInPool, AJobThatLostItsCoordinatorAmidPartsIsResumed) {
  Gate gate(target_db_);
  const int job = blocked_in_two_parts();
  target_.exec(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE backend_type = 'pgclone coordinator' AND datname = current_database()");
  EXPECT_EQ(wait(job), "failed");
  expect_no_backends();
  gate.open();
  source_.exec("DELETE FROM s.\"T 😀\" WHERE id % 3 = 0");
  expect_completed(std::stoi(target_.value(call("resume", std::to_string(job)))));
  expect_equal("s");
}

TEST_F(PartsInPool, AnExistingTableThatIsSkippedIsLeftAlone) {
  occupy();
  const int job = submit_in_parts(R"(, "conflict": "skip")");
  expect_completed(job);
  EXPECT_EQ(target_.value("SELECT string_agg(mine, ' ') FROM s.\"T 😀\""), "mine");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.task WHERE status = 'completed' AND"
                          " label LIKE '%T 😀%' AND job_id = " +
                          std::to_string(job)),
            "0");
}

TEST_F(PartsInPool, AnExistingTableIsRenamed) {
  occupy();
  expect_completed(submit_in_parts(R"(, "conflict": "rename")"));
  EXPECT_EQ(target_.value("SELECT string_agg(mine, ' ') FROM s.\"T 😀_old\""), "mine");
  target_.exec("DROP TABLE s.\"T 😀_old\"");
  expect_equal("s");
}

TEST_F(PartsInPool, AnExistingTableIsReplacedByTheWholeOne) {
  occupy();
  Gate gate(target_db_);
  const int job = blocked_in_two_parts(R"(, "conflict": "replace")");
  EXPECT_EQ(target_.value("SELECT string_agg(mine, ' ') FROM s.\"T 😀\""), "mine");
  gate.open();
  expect_completed(job);
  expect_parts(job);
  expect_equal("s");
}

}  // namespace
}  // namespace pgclone::integration
