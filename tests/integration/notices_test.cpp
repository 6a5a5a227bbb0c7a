// What a clone tells: a synchronous one to its caller, a background job in its journal.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class NoticesTest : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "DO $$ BEGIN CREATE ROLE only_there; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        "CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY); INSERT INTO s.t VALUES (1), (2);"
        "CREATE TABLE s.u (id int REFERENCES s.t);"
        "INSERT INTO s.u VALUES (1); CREATE VIEW s.v AS SELECT id FROM s.u;"
        "GRANT SELECT ON s.t TO only_there");
  }

  std::string of_job(int job, const std::string& column) {
    return target_.value("SELECT " + column +
                         " FROM pgclone.jobs_view WHERE parent_job_id IS NULL"
                         " AND job_id = " +
                         std::to_string(job));
  }

  Rows plan_rows(int job) {
    return target_.rows(
        "SELECT task_id, kind, label, status, pg_catalog.array_to_string(notices,"
        " E'\\n') FROM pgclone.tasks WHERE kind = 'plan' AND job_id = " +
        std::to_string(job));
  }

  // As psql shows what the synchronous call tells.
  std::string told_at_once(const std::string& arguments) {
    target_.clear_notices();
    target_.exec("BEGIN;" + statement(Mode::sync, "schema", arguments) + "; ROLLBACK");
    std::string all;
    for (const SqlReport& notice : target_.notices()) {
      all += (all.empty() ? "" : "\n") + notice.severity + ":  " + notice.message;
      if (!notice.detail.empty()) all += "\nDETAIL:  " + notice.detail;
      if (!notice.hint.empty()) all += "\nHINT:  " + notice.hint;
    }
    return all;
  }
};

TEST_F(NoticesTest, APlanningThatHasSomethingToTellIsATask) {
  for (const char* parallel : {"1", "4"}) {
    const std::string arguments =
        std::string(R"('s', options => '{"privileges": true, "exclude": ["v"], "parallel": )") +
        parallel + "}'";
    const std::string told = told_at_once(arguments);
    EXPECT_THAT(told, HasSubstr("NOTICE:  left out by the options: 1 relation\nDETAIL:  view s.v"));
    EXPECT_THAT(told, HasSubstr("WARNING:  the target lacks 1 role"));
    EXPECT_THAT(told, HasSubstr("\nHINT:  Create them on the target before the clone."));
    const int job = submit("schema", arguments);
    expect_completed(job);
    EXPECT_EQ(plan_rows(job), (Rows{{"0", "plan", "\"s\"", "completed", told}}));
    EXPECT_EQ(of_job(job, "warnings || ' ' || tables_total || ' ' || tables_completed"), "1 2 2");
    EXPECT_EQ(
        target_.value("SELECT failed_tasks FROM pgclone.job WHERE job_id = " + std::to_string(job)),
        "0");
    target_.exec("DROP SCHEMA s CASCADE");
  }
}

TEST_F(NoticesTest, WithoutAnythingToTellThereIsNone) {
  const int job = submit("schema", "'s'");
  expect_completed(job);
  EXPECT_EQ(plan_rows(job), Rows{});
  EXPECT_EQ(of_job(job, "warnings"), "0");
  EXPECT_EQ(target_.value("SELECT min(task_id) > 0 FROM pgclone.tasks"), "t");
}

TEST_F(NoticesTest, APlanThatFailsKeepsWhatItHadTold) {
  target_.exec("CREATE SCHEMA s; CREATE TABLE s.t (mine int)");
  const int job = submit("schema", R"('s', options => '{"exclude": ["v"]}')");
  EXPECT_EQ(wait(job), "failed");
  EXPECT_EQ(plan_rows(job),
            (Rows{{"0", "plan", "\"s\"", "failed",
                   "NOTICE:  left out by the options: 1 relation\nDETAIL:  view s.v"}}));
  EXPECT_EQ(of_job(job, "warnings || ' ' || tables_total"), "0 0");
}

TEST_F(NoticesTest, NothingAboutOurOwnSchemasIsTold) {
  target_.exec("CREATE SCHEMA s; CREATE TABLE s.t (id int); CREATE VIEW s.v AS SELECT 1 AS id");
  EXPECT_EQ(told_at_once(R"('s', options => '{"conflict": "replace"}')"), "");
  target_.exec("SET client_min_messages = notice");
  EXPECT_EQ(told_at_once(R"('s', options => '{"conflict": "replace"}')"), "");
}

TEST_F(NoticesTest, ACloneThatSkipsAllSaysSo) {
  const std::string left = R"('s', options => '{"conflict": "skip"}')";
  clone(Mode::sync, "schema", "'s'");
  EXPECT_THAT(target_.value(statement(Mode::sync, "schema", left)),
              ::testing::MatchesRegex("cloned nothing into schema \"s\": skipped view \"s\".\"v\","
                                      " table \"s\".\"t\", table \"s\".\"u\", which existed in"
                                      " [0-9]+ ms"));
  EXPECT_THAT(
      target_.value(
          statement(Mode::sync, "table", R"('s', 't', options => '{"conflict": "skip"}')")),
      ::testing::MatchesRegex("cloned nothing into table \"s\".\"t\": skipped table \"s\".\"t\","
                              " which existed in [0-9]+ ms"));
  EXPECT_THAT(
      target_.value(statement(Mode::sync, "schema",
                              R"('s', options => '{"conflict": "skip", "data_only": true}')")),
      ::testing::MatchesRegex("copied no rows into schema \"s\": skipped table \"s\".\"t\", table"
                              " \"s\".\"u\", which had rows in [0-9]+ ms"));
  target_.exec("DROP VIEW s.v");
  EXPECT_THAT(target_.value(statement(Mode::sync, "schema", left)),
              HasSubstr("cloned schema \"s\": 0 tables, 0 rows, 2 skipped"));
}

}  // namespace
}  // namespace pgclone::integration
