// A caller gains no right by cloning: neither on the target's tables nor on the jobs of others.
#include <memory>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kPassword = "app-pass";

// Roles "app" and "other" may call everything; "app" reaches the source with a password of its own.
class RightsTest : public BothModes {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    static const bool prepared = [this] {
      for (Cluster* cluster : {&source_server(), &target_server()}) {
        Sql sql(cluster->conninfo());
        sql.exec(std::string("CREATE ROLE app LOGIN PASSWORD '") + kPassword +
                 "'; CREATE ROLE other LOGIN; CREATE ROLE plain LOGIN; CREATE ROLE team;"
                 "CREATE ROLE mate LOGIN IN ROLE app");
      }
      source_server().append_hba_first("host all app 127.0.0.1/32 scram-sha-256");
      source_server().reload();
      return true;
    }();
    ASSERT_TRUE(prepared);
    source_.exec(
        "CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 100) AS i;"
        "GRANT SELECT ON t TO PUBLIC");
    target_.exec(
        "GRANT USAGE ON SCHEMA pgclone TO app, other, mate;"
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO app, other, mate;"
        "GRANT SELECT ON pgclone.jobs_view, pgclone.tasks, pgclone.strategies TO app, other, mate");
    app_ = std::make_unique<Sql>(connect_as("app"));
    app_->exec("SET client_min_messages = warning");
  }

  Sql connect_as(const std::string& role) {
    return Sql(target_server().tcp_conninfo(target_db_.name(), role));
  }

  [[nodiscard]] std::string app_source() const {
    return sql::literal(source_server().tcp_conninfo(source_db_.name(), "app", kPassword));
  }

  // The error of a clone of t by app, at once or as the job's verdict.
  SqlReport refused(const std::string& arguments, const std::string& function = "table") {
    if (GetParam() == Mode::sync) {
      return app_->expect_error(call(function, app_source() + ", " + arguments));
    }
    int job = 0;
    try {
      job = std::stoi(app_->value(call(function + "_async", app_source() + ", " + arguments)));
    } catch (const test::SqlError& error) {
      return error.report();
    }
    EXPECT_EQ(wait(job), "failed");
    return state(job).error;
  }

  void run(const std::string& arguments, const std::string& function = "table") {
    if (GetParam() == Mode::sync) {
      ASSERT_NO_THROW(app_->exec(call(function, app_source() + ", " + arguments)));
    } else {
      expect_completed(
          std::stoi(app_->value(call(function + "_async", app_source() + ", " + arguments))));
    }
  }

  std::unique_ptr<Sql> app_;
};

TEST_P(RightsTest, WithoutCreateOnTheSchema) {
  const SqlReport report = refused("'public', 't'");
  EXPECT_EQ(report.sqlstate, "42501") << report.message;
  EXPECT_FALSE(exists("public.t"));
}

TEST_P(RightsTest, WithCreateItIsTheCallersTable) {
  target_.exec("GRANT CREATE ON SCHEMA public TO app");
  run("'public', 't'");
  EXPECT_EQ(target_.value("SELECT count(*) FROM t"), "100");
  EXPECT_EQ(target_.value("SELECT relowner::regrole FROM pg_class WHERE oid = 't'::regclass"),
            "app");
}

TEST_P(RightsTest, WithoutCreateOnTheTablespaceTheDefaultOneIsUsed) {
  for (Sql* sql : {&source_, &target_}) make_tablespace(*sql, "not yours");
  source_.exec("ALTER TABLE t SET TABLESPACE \"not yours\"");
  target_.exec("GRANT CREATE ON SCHEMA public TO app");
  app_->exec("SET client_min_messages = notice");
  run("'public', 't'");
  EXPECT_EQ(target_.value("SELECT reltablespace FROM pg_class WHERE oid = 't'::regclass"), "0");
  if (GetParam() == Mode::async) return;
  ASSERT_EQ(app_->notices().size(), 1U);
  EXPECT_EQ(app_->notices()[0].detail,
            "The cloning role may not create in the target's tablespace \"not yours\":"
            " table \"public\".\"t\".");
}

TEST_P(RightsTest, ASchemaNeedsCreateOnTheDatabase) {
  source_.exec(
      "CREATE SCHEMA mine; CREATE TABLE mine.t AS SELECT 1 AS a;"
      "GRANT USAGE ON SCHEMA mine TO app; GRANT SELECT ON mine.t TO app");
  const SqlReport report = refused("'mine'", "schema");
  EXPECT_EQ(report.sqlstate, "42501");
  EXPECT_FALSE(exists("mine.t"));
}

TEST_P(RightsTest, ASchemaOfSomebodyElseGetsNoLabel) {
  load_label_provider(source_db_, source_);
  load_label_provider(target_db_, target_);
  app_ = std::make_unique<Sql>(connect_as("app"));
  source_.exec(
      "CREATE SCHEMA mine; CREATE TABLE mine.t AS SELECT 1 AS a;"
      "GRANT USAGE ON SCHEMA mine TO app; GRANT SELECT ON mine.t TO app;"
      "SECURITY LABEL FOR another ON SCHEMA mine IS 'schema';"
      "SECURITY LABEL FOR \"test \"\"provider\" ON SCHEMA mine IS 'schema';"
      "SECURITY LABEL FOR another ON TABLE mine.t IS 'table'");
  target_.exec("CREATE SCHEMA mine; GRANT ALL ON SCHEMA mine TO app");
  run("'mine'", "schema");
  EXPECT_EQ(target_.value("SELECT label FROM pg_seclabel"), "table");
  if (GetParam() == Mode::async) return;
  ASSERT_EQ(app_->notices().size(), 1U);
  EXPECT_EQ(app_->notices()[0].message, "the security labels of schema \"mine\" stay as they are");
}

TEST_P(RightsTest, AForeignTableIsNotReplaced) {
  target_.exec(
      "GRANT CREATE ON SCHEMA public TO app; CREATE TABLE t AS SELECT 'not yours' AS a;"
      "GRANT ALL ON t TO app");
  for (const char* conflict : {"replace", "rename"}) {
    const SqlReport report =
        refused("'public', 't', options => '{\"conflict\": \"" + std::string(conflict) + "\"}'");
    EXPECT_EQ(report.sqlstate, "42501") << report.message;
  }
  EXPECT_EQ(target_.value("SELECT a FROM t"), "not yours");
}

TEST_P(RightsTest, ANonSuperuserNeedsAPasswordOfItsOwn) {
  target_.exec("GRANT CREATE ON SCHEMA public TO app");
  // By trust, as superuser of the source, with the server's identity: all of it is refused.
  for (const std::string& source :
       {source_db_.conninfo(), source_server().tcp_conninfo(source_db_.name(), "other"),
        source_server().tcp_conninfo(source_db_.name(), "postgres", "ignored-by-trust")}) {
    SqlReport report;
    try {
      const std::string arguments = sql::literal(source) + ", 'public', 't'";
      if (GetParam() == Mode::sync) {
        app_->exec(call("table", arguments));
        ADD_FAILURE() << "cloned without a password";
        continue;
      }
      const int job = std::stoi(app_->value(call("table_async", arguments)));
      EXPECT_EQ(wait(job), "failed");
      report = state(job).error;
    } catch (const test::SqlError& error) {
      report = error.report();
    }
    EXPECT_EQ(report.sqlstate, "2F003") << report.message;
    EXPECT_NE(report.hint, "");
  }
  EXPECT_FALSE(exists("public.t"));
  expect_no_backends();
}

TEST_P(RightsTest, TheServersPasswordFileIsNotTheCallers) {
  target_.exec("GRANT CREATE ON SCHEMA public TO app");
  const SqlReport report = [&] {
    const std::string arguments =
        sql::literal("passfile=/etc/passwd " + source_db_.conninfo()) + ", 'public', 't'";
    try {
      if (GetParam() == Mode::sync) return app_->expect_error(call("table", arguments));
      const int job = std::stoi(app_->value(call("table_async", arguments)));
      EXPECT_EQ(wait(job), "failed");
      return state(job).error;
    } catch (const test::SqlError& error) {
      return error.report();
    }
  }();
  EXPECT_EQ(report.sqlstate, "2F003") << report.message;
}

PGCLONE_BOTH_MODES(RightsTest);

using RightsOnJobs = RightsTest;

TEST_F(RightsOnJobs, FunctionsAreRevokedFromPublic) {
  Sql plain = connect_as("plain");
  const Rows functions = target_.rows(
      "SELECT p.oid::regprocedure::text, has_function_privilege('plain', p.oid, 'EXECUTE')"
      " FROM pg_proc p WHERE pronamespace = 'pgclone'::regnamespace");
  EXPECT_GT(functions.size(), 12U);
  for (const auto& function : functions) EXPECT_EQ(function[1], "f") << function[0].value();
  for (const char* statement :
       {"SELECT pgclone.table('host=x', 's', 't')", "SELECT pgclone.schema('host=x', 's')",
        "SELECT pgclone.table_async('host=x', 's', 't')",
        "SELECT pgclone.schema_async('host=x', 's')",
        "SELECT pgclone.submit('table', 'host=x', '{}')", "SELECT pgclone.progress(1)",
        "SELECT pgclone.jobs()", "SELECT pgclone.progress_detail()", "SELECT pgclone.cancel(1)",
        "SELECT pgclone.resume(1)", "SELECT pgclone.clear_jobs()", "SELECT pgclone.wait(1)"}) {
    EXPECT_EQ(plain.expect_error(statement).sqlstate, "42501") << statement;
  }
}

TEST_F(RightsOnJobs, TheJournalIsNotForReading) {
  for (const char* table : {"pgclone.job", "pgclone.task"}) {
    EXPECT_EQ(app_->expect_error(std::string("SELECT * FROM ") + table).sqlstate, "42501");
    EXPECT_EQ(app_->expect_error(std::string("DELETE FROM ") + table).sqlstate, "42501");
  }
}

TEST_F(RightsOnJobs, AJobBelongsToItsOwner) {
  target_.exec("GRANT CREATE ON SCHEMA public TO app");
  Gate gate(source_db_);
  const std::string job = app_->value(
      call("table_async", app_source() + ", 'public', 't', options => " +
                              sql::literal(std::string("{\"where\": \"") + Gate::kPass + "\"}")));
  wait_for_blocked_source();
  Sql other = connect_as("other");
  for (const char* function : {"cancel", "progress", "resume", "wait"}) {
    const std::string sqlstate = other.expect_error(call(function, job)).sqlstate;
    // Not allowed, or as if there were no such job.
    EXPECT_THAT(sqlstate, ::testing::AnyOf("42501", "42704")) << function;
  }
  const std::string seen = other.value(
      "SELECT coalesce(string_agg(v::text, ' '), '') FROM pgclone.jobs_view AS v WHERE job_id = " +
      job);
  EXPECT_THAT(seen, Not(HasSubstr("public")));
  EXPECT_THAT(seen, Not(HasSubstr("host")));
  EXPECT_EQ(other.value("SELECT count(*) FROM pgclone.tasks WHERE job_id = " + job), "0");
  EXPECT_EQ(other.value("SELECT pgclone.clear_jobs()"), "0");
  // Its owner, a member of the owner's role and a superuser see and may.
  Sql mate = connect_as("mate");
  EXPECT_EQ(mate.value("SELECT table_name FROM pgclone.jobs_view WHERE parent_job_id IS NULL AND"
                       " job_id = " +
                       job),
            "t");
  EXPECT_EQ(mate.value("SELECT pgclone.cancel(" + job + ")"), "t");
  EXPECT_EQ(app_->value("SELECT pgclone.wait(" + job + ", '20 s')"), "cancelled");
  expect_no_backends();
}

TEST_F(RightsOnJobs, OthersJobsAreNotResumed) {
  source_.exec("CREATE TABLE priv AS SELECT 'private' AS a");
  const std::string job = target_.value(call("table_async", from() + ", 'public', 'no_such'"));
  EXPECT_EQ(wait(std::stoi(job)), "failed");
  EXPECT_THAT(app_->expect_error("SELECT pgclone.resume(" + job + ")").sqlstate,
              ::testing::AnyOf("42501", "42704"));
}

TEST_P(RightsTest, RowsAloneNeedTheRightToInsert) {
  target_.exec(
      "CREATE TABLE t (id int); CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN RETURN NULL; END'; CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION"
      " stop()");
  const std::string rows = R"('public', 't', true, NULL, '{"data_only": true}')";
  const SqlReport report = refused(rows);
  EXPECT_EQ(report.sqlstate, "42501");
  EXPECT_EQ(report.detail,
            "INSERT on table \"public\".\"t\"\n"
            "ownership, to keep its triggers from firing, of table \"public\".\"t\"");
  target_.exec("DROP TRIGGER x ON t; GRANT INSERT ON t TO app");
  run(rows);
  EXPECT_EQ(target_.value("SELECT count(*) FROM t"), "100");
}

TEST_P(RightsTest, ReplacingRowsNeedsTheRightToRemoveThem) {
  target_.exec(
      "CREATE TABLE t (id int); INSERT INTO t VALUES (7); GRANT INSERT, SELECT ON t TO app");
  const std::string rows =
      R"('public', 't', true, NULL, '{"data_only": true, "conflict": "replace"}')";
  const SqlReport report = refused(rows);
  EXPECT_EQ(report.sqlstate, "42501");
  EXPECT_EQ(report.detail, "DELETE on table \"public\".\"t\"");
  for (const char* right : {"DELETE", "TRUNCATE"}) {
    target_.exec(std::string("REVOKE DELETE ON t FROM app; GRANT ") + right + " ON t TO app");
    run(rows);
    EXPECT_EQ(target_.value("SELECT count(*) FROM t"), "100") << right;
  }
}

// Policies would hide rows that are there.
TEST_P(RightsTest, RowsAloneDoNotGoWhereRowsAreHidden) {
  target_.exec(
      "CREATE TABLE t (id int) PARTITION BY RANGE (id);"
      "CREATE TABLE t_1 PARTITION OF t DEFAULT; INSERT INTO t VALUES (7);"
      "ALTER TABLE t_1 ENABLE ROW LEVEL SECURITY; GRANT INSERT, SELECT ON t, t_1 TO app");
  const SqlReport report = refused(R"('public', 't', true, NULL, '{"data_only": true}')");
  EXPECT_EQ(report.sqlstate, "0A000");
  EXPECT_EQ(report.detail, "exemption from the row security of table \"public\".\"t_1\"");
  EXPECT_EQ(target_.value("SELECT count(*) FROM t"), "1");
}

// Of the views only those that are refreshed.
TEST_P(RightsTest, RowsAloneNeedTheViewsThatDependOnThem) {
  source_.exec(
      "CREATE SCHEMA v; CREATE TABLE v.t AS SELECT 1 AS id; CREATE MATERIALIZED VIEW v.m AS SELECT"
      " id FROM v.t; CREATE MATERIALIZED VIEW v.idle AS SELECT id FROM v.t WITH NO DATA;"
      "GRANT USAGE ON SCHEMA v TO PUBLIC; GRANT SELECT ON v.t TO PUBLIC");
  clone(Mode::sync, "schema", R"('v', true, '{"schema_only": true}')");
  target_.exec("GRANT USAGE, CREATE ON SCHEMA v TO app; GRANT SELECT, INSERT ON v.t TO app");
  const std::string rows = R"('v', true, '{"data_only": true}')";
  const SqlReport report = refused(rows, "schema");
  EXPECT_EQ(report.sqlstate, "42501");
  EXPECT_EQ(report.detail, "\"v\".\"m\"");
  target_.exec("ALTER MATERIALIZED VIEW v.m OWNER TO app");
  run(rows, "schema");
  EXPECT_EQ(target_.value("SELECT id FROM v.m"), "1");
}

}  // namespace
}  // namespace pgclone::integration
