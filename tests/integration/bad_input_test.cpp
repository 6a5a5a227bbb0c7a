// Every kind of bad input is a clean error with SQLSTATE, DETAIL and HINT, and leaves nothing
// behind.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class BadInput : public BothModes {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT i AS id FROM generate_series(1, 100) AS i");
    target_.exec("CREATE SCHEMA s");
    before_ = catalog_state(target_);
  }

  // Also after a call that never reached the source.
  void expect_clean(const SqlReport& report, const std::string& sqlstate,
                    const std::string& named) {
    EXPECT_EQ(report.sqlstate, sqlstate) << report.message;
    EXPECT_THAT(report.message + "\n" + report.detail, HasSubstr(named));
    EXPECT_NE(report.detail, "") << report.message;
    EXPECT_NE(report.hint, "") << report.message;
    EXPECT_EQ(catalog_state(target_), before_) << report.message;
    expect_no_backends();
  }

  void expect_bad(const std::string& function, const std::string& arguments,
                  const std::string& sqlstate, const std::string& named) {
    expect_clean(failing_clone(GetParam(), function, arguments), sqlstate, named);
  }

  void expect_bad_options(const std::string& options, const std::string& named,
                          const std::string& sqlstate = "22023") {
    expect_bad("table", "'s', 't', options => " + sql::literal(options), sqlstate, named);
  }

  // The same with another source than ours.
  void expect_bad_source(const std::string& source, const std::string& sqlstate,
                         const std::string& named) {
    const std::string arguments = sql::literal(source) + ", 's', 't'";
    if (GetParam() == Mode::sync) {
      expect_clean(target_.expect_error(call("table", arguments)), sqlstate, named);
      return;
    }
    SqlReport report;
    try {
      const int job = std::stoi(target_.value(call("table_async", arguments)));
      EXPECT_EQ(wait(job), "failed");
      report = state(job).error;
    } catch (const test::SqlError& error) {
      report = error.report();
    }
    expect_clean(report, sqlstate, named);
  }

  std::map<std::string, std::string> before_;
};

TEST_P(BadInput, MalformedConnectionString) {
  expect_bad_source("host=a = b 'c", "22023", "connection string");
  expect_bad_source("hots=localhost", "22023", "connection string");
  expect_bad_source("postgresql://user:secret@[broken/db", "22023", "connection string");
}

TEST_P(BadInput, NoSuchForeignServer) {
  expect_bad_source("no_such_server", "42704", "no_such_server");
}

TEST_P(BadInput, UnreachableHost) {
  expect_bad_source("host=127.0.0.1 port=1 dbname=x user=postgres", "08001", "127.0.0.1");
  expect_bad_source("host=/no/such/folder dbname=x user=postgres", "08001", "/no/such/folder");
}

TEST_P(BadInput, MissingDatabase) {
  expect_bad_source(source_server().conninfo("no such database"), "08001", "no such database");
}

TEST_P(BadInput, WrongPassword) {
  source_.exec(
      "SET password_encryption = 'scram-sha-256';"
      "DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'right'");
  static const bool hba = [] {
    source_server().append_hba_first("host all locked 127.0.0.1/32 scram-sha-256");
    source_server().reload();
    return true;
  }();
  ASSERT_TRUE(hba);
  expect_bad_source(source_server().tcp_conninfo(source_db_.name(), "locked", "wr0ngpass"), "08001",
                    "locked");
}

TEST_P(BadInput, MissingSchemaTableColumn) {
  expect_bad("schema", "'no \"such\" schema'", "3F000", "no \"\"such\"\" schema");
  expect_bad("table", "'nowhere', 't'", "3F000", "nowhere");
  expect_bad("table", "'s', 'no such table'", "42P01", "no such table");
  expect_bad_options(R"({"columns": ["id", "no such column"]})", "no such column", "42703");
}

TEST_P(BadInput, NotATable) {
  source_.exec("CREATE VIEW s.v AS SELECT 1 AS a");
  const SqlReport report = failing_clone(GetParam(), "table", "'s', 'v'");
  EXPECT_EQ(report.sqlstate.substr(0, 2), "42") << report.message;
  expect_clean(report, report.sqlstate, "v");
}

TEST_P(BadInput, NoSelectRight) {
  source_.exec(
      "DROP ROLE IF EXISTS nobody; CREATE ROLE nobody LOGIN; GRANT USAGE ON SCHEMA s TO nobody");
  expect_bad_source(source_server().tcp_conninfo(source_db_.name(), "nobody"), "42501", "t");
}

TEST_P(BadInput, RowSecurityOfTheSourceIsNoSilentFilter) {
  source_.exec(
      "DROP ROLE IF EXISTS filtered; CREATE ROLE filtered LOGIN; GRANT USAGE ON SCHEMA s TO "
      "filtered;"
      "GRANT SELECT ON s.t TO filtered; ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY p ON s.t USING (id < 10)");
  expect_bad_source(source_server().tcp_conninfo(source_db_.name(), "filtered"), "42501", "t");
}

TEST_P(BadInput, Options) {
  expect_bad_options("[1]", "object");
  expect_bad_options("\"text\"", "object");
  expect_bad_options(R"({"paralel": 2})", "paralel");
  expect_bad_options(R"({"parallel": "2"})", "parallel");
  expect_bad_options(R"({"parallel": 0})", "parallel");
  expect_bad_options(R"({"parallel": -1})", "parallel");
  expect_bad_options(R"({"parallel": 1.5})", "parallel");
  expect_bad_options(R"({"parallel": 1000000000000000000000})", "parallel");
  expect_bad_options(R"({"parallel": 1000000})", "parallel");
  expect_bad_options(R"({"indexes": "yes"})", "indexes");
  expect_bad_options(R"({"indexes": null})", "indexes");
  expect_bad_options(R"({"columns": "id"})", "columns");
  expect_bad_options(R"({"columns": [1]})", "columns");
  expect_bad_options(R"({"columns": []})", "columns");
  expect_bad_options(R"({"where": true})", "where");
  expect_bad_options(R"({"consistent": 1})", "consistent");
  expect_bad_options(R"({"format": "xml"})", "format");
}

TEST_P(BadInput, TheNearestOptionIsSuggested) {
  const SqlReport report =
      failing_clone(GetParam(), "table", R"('s', 't', options => '{"paralel": 2}')");
  EXPECT_THAT(report.hint, HasSubstr("\"parallel\""));
}

TEST_P(BadInput, UnknownStrategy) {
  const SqlReport report =
      failing_clone(GetParam(), "table", R"('s', 't', options => '{"conflict": "nosuch"}')");
  expect_clean(report, "42704", "nosuch");
}

TEST_P(BadInput, WhereThatIsNoCondition) {
  expect_bad_options(R"({"where": "id >"})", "where", "42601");
  expect_bad_options(R"({"where": "no_such > 1"})", "no_such", "42703");
  expect_bad_options(R"({"where": "id"})", "boolean", "42804");
}

TEST_P(BadInput, WhereWithASecondStatement) {
  for (const char* where :
       {"true; DROP TABLE s.t", "true) TO STDOUT; DROP TABLE s.t; COPY (SELECT 1",
        "true) TO STDOUT; COMMIT; DROP TABLE s.t; --"}) {
    expect_bad_options("{\"where\": " + ("\"" + std::string(where) + "\"") + "}", "where", "42601");
  }
  EXPECT_EQ(source_.value("SELECT count(*) FROM s.t"), "100");
}

TEST_P(BadInput, AWhereWithAnOpenQuoteOrComment) {
  expect_bad_options(R"({"where": "true /* "})", "where", "42601");
  expect_bad_options(R"({"where": "id > 'x"})", "where", "42601");
  // A closing comment does no harm.
  clone(GetParam(), "table", R"('s', 't', options => '{"where": "id < 5 -- few"}')");
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.t"), "4");
}

TEST_P(BadInput, ATypeThatTheTargetLacks) {
  source_.exec("CREATE EXTENSION citext; CREATE TABLE s.c (a citext)");
  const SqlReport report = failing_clone(GetParam(), "table", "'s', 'c'");
  expect_clean(report, "42704", "citext");
  EXPECT_THAT(report.hint, HasSubstr("CREATE EXTENSION"));
  EXPECT_THAT(report.hint, HasSubstr("citext"));
}

TEST_P(BadInput, NullsAreRefusedWhereTheyMakeNoSense) {
  const SqlReport report = failing_clone(GetParam(), "table", "NULL, 't'");
  expect_clean(report, "22004", "schema_name");
}

PGCLONE_BOTH_MODES(BadInput);

TEST_F(CloneTest, UnknownJob) {
  for (const char* statement :
       {"SELECT pgclone.progress(4711)", "SELECT pgclone.cancel(4711)",
        "SELECT pgclone.resume(4711)", "SELECT pgclone.wait(4711)", "SELECT pgclone.wait(-1)"}) {
    const SqlReport report = target_.expect_error(statement);
    EXPECT_EQ(report.sqlstate, "42704") << statement;
    EXPECT_NE(report.detail, "") << statement;
    EXPECT_NE(report.hint, "") << statement;
  }
}

TEST_F(CloneTest, AFinishedJobIsNeitherCancelledNorResumed) {
  source_.exec("CREATE TABLE t AS SELECT 1 AS a");
  const int job = submit("table", "'public', 't'");
  expect_completed(job);
  for (const char* function : {"cancel", "resume"}) {
    const SqlReport report = target_.expect_error(call(function, std::to_string(job)));
    EXPECT_EQ(report.sqlstate, "55000") << function;
    EXPECT_THAT(report.message + report.detail, HasSubstr("completed")) << function;
    EXPECT_NE(report.hint, "") << function;
  }
  EXPECT_EQ(wait(job), "completed");
}

TEST_P(BadInput, ATableDroppedOnTheSourceBetweenPlanAndCopy) {
  source_.exec(
      "CREATE FUNCTION s.gate(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
      " IF current_setting('test.gate', true) = 'on' THEN"
      " PERFORM pg_advisory_lock_shared(42); END IF; RETURN true; END $$;"
      "CREATE TABLE s.first (id int, g bool GENERATED ALWAYS AS (s.gate(id)) STORED);"
      "INSERT INTO s.first SELECT generate_series(1, 50000);"
      // So that it comes later.
      "DROP TABLE s.t; CREATE TABLE s.t AS SELECT NULL::s.first AS a");
  target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " SET test.gate = 'on'");
  target_.exec("SET test.gate = 'on'");
  Gate gate(target_db_);
  const std::string arguments = R"('s', options => '{"consistent": false}')";
  Sql other = target_db_.connect();
  int job = 0;
  if (GetParam() == Mode::sync) {
    target_.send(statement(Mode::sync, "schema", arguments));
  } else {
    job = submit("schema", arguments);
  }
  wait_until(other,
             "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'advisory'"
             " AND datname = current_database())");
  source_.exec("SET lock_timeout = '10 s'; DROP TABLE s.t");
  gate.open();
  SqlReport report;
  if (GetParam() == Mode::sync) {
    try {
      target_.finish();
      ADD_FAILURE() << "a clone without its table succeeded";
    } catch (const test::SqlError& error) {
      report = error.report();
    }
  } else {
    EXPECT_EQ(wait(job), "failed");
    report = state(job).error;
  }
  EXPECT_EQ(report.sqlstate, "42P01");
  EXPECT_THAT(report.message + report.detail + report.context, HasSubstr("\"s\".\"t\""));
  EXPECT_NE(report.hint, "");
  EXPECT_FALSE(exists("s.t"));
  expect_no_backends();
}

}  // namespace
}  // namespace pgclone::integration
