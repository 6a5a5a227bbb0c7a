// What a clone can do without: it fails alone, with a WARNING that names it.
#include "integration/ownership_fixture.hpp"

namespace pgclone::integration {
namespace {

// Each view of these was filled while it could be.
constexpr const char* kUnfillable = R"sql(
CREATE SCHEMA u;
GRANT USAGE, CREATE ON SCHEMA u TO own_limited;
CREATE TABLE u.secret AS SELECT 7 AS n;
CREATE TABLE u.counted (id int);
INSERT INTO u.counted VALUES (1);
GRANT SELECT ON u.secret TO own_limited;
CREATE MATERIALIZED VIEW u.denied AS SELECT n FROM u.secret;
ALTER MATERIALIZED VIEW u.denied OWNER TO own_limited;
CREATE UNIQUE INDEX denied_n ON u.denied (n);
COMMENT ON MATERIALIZED VIEW u.denied IS 'filled once';
GRANT SELECT ON u.denied TO PUBLIC;
CREATE VIEW u.between AS SELECT n FROM u.denied;
CREATE MATERIALIZED VIEW u.a_above AS SELECT n + 1 AS n FROM u.between;
CREATE MATERIALIZED VIEW u.divided AS SELECT 1 / count(*) AS one FROM u.counted;
CREATE INDEX ON u.divided (one);
CREATE MATERIALIZED VIEW u.fine AS SELECT n FROM u.secret;
REVOKE SELECT ON u.secret FROM own_limited;
DELETE FROM u.counted;
)sql";

constexpr const char* kFilled =
    "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class"
    " WHERE relkind = 'm' AND relispopulated";

class MayFail : public Ownership {
 protected:
  // Those of the caller, or of the last job.
  Rows told() {
    if (GetParam().mode == Mode::async)
      return target_.rows(
          "SELECT n FROM pgclone.tasks, unnest(notices) AS n WHERE n LIKE 'WARNING%' AND job_id ="
          " (SELECT max(job_id) FROM pgclone.tasks) ORDER BY n COLLATE \"C\"");
    std::vector<std::string> texts;
    for (const SqlReport& notice : target_.notices())
      if (notice.severity == "WARNING")
        texts.push_back("WARNING:  " + notice.message + "\nDETAIL:  " + notice.detail +
                        "\nHINT:  " + notice.hint);
    std::ranges::sort(texts);
    Rows rows;
    for (const std::string& text : texts) rows.push_back({text});
    return rows;
  }

  static std::string unpopulated(const std::string& view, const std::string& cause) {
    return "WARNING:  materialized view \"u\".\"" + view +
           "\" stays unpopulated\nDETAIL:  " + cause +
           "\nHINT:  Run REFRESH MATERIALIZED VIEW \"u\".\"" + view + "\"; when the cause is gone.";
  }
};
INSTANTIATE_TEST_SUITE_P(Ways, MayFail, ::testing::ValuesIn(kWays),
                         [](const auto& way) { return way.param.name; });

TEST_P(MayFail, MaterializedViewsThatCannotBeFilled) {
  source_.exec(kUnfillable);
  clone_schema("u", kRights);
  EXPECT_EQ(told(),
            (Rows{{unpopulated("a_above", "materialized view \"denied\" has not been populated.")},
                  {unpopulated("denied", "permission denied for table secret.")},
                  {unpopulated("divided", "division by zero.")}}));
  EXPECT_EQ(target_.value(kFilled), "fine");
  expect_same_dump("u");
  if (GetParam().mode == Mode::async) {
    EXPECT_EQ(target_.value("SELECT warnings FROM pgclone.jobs_view WHERE parent_job_id IS NULL"
                            " ORDER BY job_id DESC LIMIT 1"),
              "3");
  }
  // The hint holds.
  target_.exec("GRANT SELECT ON u.secret TO own_limited; REFRESH MATERIALIZED VIEW u.denied");
  EXPECT_EQ(target_.value("SELECT n FROM u.denied"), "7");
}

TEST_P(MayFail, OnesThatAreFilledAlreadyStayAsTheyAre) {
  if (GetParam().replaces) return;
  source_.exec(
      "CREATE SCHEMA u; CREATE TABLE u.t (n int); INSERT INTO u.t VALUES (0), (1);"
      "CREATE MATERIALIZED VIEW u.m AS SELECT sum(n) / max(n) AS one FROM u.t");
  clone_schema("u", kRights);
  source_.exec("UPDATE u.t SET n = 0");
  target_.exec("TRUNCATE u.t");
  clone_schema("u", R"("data_only": true)");
  EXPECT_EQ(told(),
            (Rows{{"WARNING:  materialized view \"u\".\"m\" is not refreshed\nDETAIL:  division by"
                   " zero.\nHINT:  Run REFRESH MATERIALIZED VIEW \"u\".\"m\"; when the cause is"
                   " gone."}}));
  EXPECT_EQ(target_.value("SELECT one FROM u.m"), "1");
}

// A table whose rows the target's copy of a domain refuses, until it doesn't.
TEST_P(MayFail, AJobThatIsResumedKeepsWhatItsForerunnerCouldNotFill) {
  if (GetParam().mode == Mode::sync || GetParam().replaces) return;
  source_.exec(kUnfillable);
  source_.exec(
      "CREATE FUNCTION u.check(int) RETURNS bool LANGUAGE sql IMMUTABLE AS"
      " 'SELECT $1 < current_setting(''may.fail_limit'', true)::int';"
      "CREATE TABLE u.refused (n int CHECK (u.check(n) IS NOT false));"
      "INSERT INTO u.refused VALUES (5)");
  target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " SET may.fail_limit = 1");
  const std::string options =
      "'u', true, " + sql::literal(std::string("{") + kRights + GetParam().options + "}");
  const int job = submit("schema", options);
  EXPECT_EQ(wait(job), "failed");
  EXPECT_EQ(told().size(), 3U);
  target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " RESET may.fail_limit");
  expect_completed(std::stoi(
      target_.value("SELECT pgclone.resume(" + std::to_string(job) + ", " + from() + ")")));
  EXPECT_EQ(told(), Rows{});
  EXPECT_EQ(target_.value(kFilled), "fine");
  EXPECT_EQ(target_.value("SELECT n FROM u.refused"), "5");
  expect_same_dump("u");
}

// What is no fault of the object fails the clone.
TEST_P(MayFail, WhatIsNotOfTheObjectsMaking) {
  if (GetParam().replaces) return;
  source_.exec(
      "CREATE SCHEMA u; CREATE TABLE u.codes (code text);"
      "CREATE FUNCTION u.run(code text) RETURNS int LANGUAGE plpgsql AS 'BEGIN"
      " IF code IS NOT NULL THEN RAISE EXCEPTION ''no good'' USING ERRCODE = code; END IF;"
      " RETURN 1; END';"
      "CREATE MATERIALIZED VIEW u.m AS SELECT u.run((SELECT max(code) FROM u.codes)) AS one");
  const std::string options =
      std::string(R"('u', true, '{"retries": 0)") + GetParam().options + "}'";
  std::vector<const char*> codes = {"53200"};
  if (GetParam().mode == Mode::sync)
    codes.insert(codes.end(), {"25006", "40001", "53100", "57P05", "58030", "XX001"});
  for (const char* code : codes) {
    source_.exec("TRUNCATE u.codes");
    source_.exec(std::string("INSERT INTO u.codes VALUES ('") + code + "')");
    const SqlReport error = failing_clone(GetParam().mode, "schema", options);
    EXPECT_EQ(error.sqlstate, code) << error.message;
    target_.exec("DROP SCHEMA IF EXISTS u CASCADE");
  }
  source_.exec("TRUNCATE u.codes; INSERT INTO u.codes VALUES ('57014')");
  if (GetParam().mode == Mode::sync) {
    EXPECT_EQ(target_.expect_error(statement(Mode::sync, "schema", options)).sqlstate, "57014");
  } else {
    EXPECT_EQ(wait(submit("schema", options)), "cancelled");
  }
  // And nothing of it stays in a session that goes on.
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_class WHERE relname = 'm' AND relispopulated"),
            "0");
}

TEST_P(MayFail, StatisticsOfCodeThatFails) {
  if (GetParam().replaces) return;
  source_.exec(
      "CREATE SCHEMA u; CREATE TABLE u.t (n int); CREATE TABLE u.z_other (n int);"
      "CREATE FUNCTION u.f(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS"
      " 'BEGIN RETURN n / (SELECT count(*) FROM u.z_other); END';"
      "INSERT INTO u.t VALUES (1), (2); INSERT INTO u.z_other VALUES (1);"
      "CREATE STATISTICS u.st ON (u.f(n)) FROM u.t;"
      "DELETE FROM u.z_other");
  clone_schema("u", "\"owners\": true");
  EXPECT_EQ(told(), (Rows{{"WARNING:  could not collect the statistics of \"u\".\"t\"\nDETAIL:"
                           "  division by zero.\nHINT:  Run ANALYZE \"u\".\"t\"; when the cause is"
                           " gone."}}));
  expect_same_dump("u");
}

// No procedural language is needed for it.
TEST_P(MayFail, WithoutPlpgsql) {
  if (GetParam().replaces) return;
  source_.exec(
      "CREATE SCHEMA u; CREATE TABLE u.counted (id int);"
      "INSERT INTO u.counted VALUES (1);"
      "CREATE MATERIALIZED VIEW u.divided AS SELECT 1 / count(*) AS one FROM u.counted;"
      "DELETE FROM u.counted");
  target_.exec("DROP EXTENSION plpgsql");
  clone_schema("u", "\"owners\": true");
  EXPECT_EQ(told(), (Rows{{unpopulated("divided", "division by zero.")}}));
}

}  // namespace
}  // namespace pgclone::integration
