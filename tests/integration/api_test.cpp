// The SQL API: every function and view, with names, defaults and columns that users may rely on.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class ApiTest : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT i AS id FROM generate_series(1, 500) AS i;"
        "CREATE TABLE s.u AS SELECT 'x' AS a");
    target_.exec("CREATE SCHEMA s");
  }

  std::vector<std::string> columns(const std::string& view) {
    std::vector<std::string> out;
    for (const auto& row : target_.rows("SELECT attname FROM pg_attribute WHERE attnum > 0 AND"
                                        " attrelid = " +
                                        sql::literal(view) + "::regclass")) {
      out.push_back(row[0].value());
    }
    return out;
  }

  int finished_job() {
    const int job = submit("schema", "'s'");
    expect_completed(job);
    return job;
  }
};

TEST_F(ApiTest, FunctionsHaveTheirNamesAndDefaults) {
  const Rows expected = {
      {"cancel", "job_id integer", "boolean"},
      {"clear_jobs", "", "integer"},
      {"jobs", "", "json"},
      {"progress", "job_id integer", "json"},
      {"resume", "job_id integer, source_conninfo text DEFAULT NULL::text", "integer"},
      {"schema",
       "source_conninfo text, schema_name text, include_data boolean DEFAULT true, options jsonb"
       " DEFAULT NULL::jsonb",
       "text"},
      {"schema_async",
       "source_conninfo text, schema_name text, include_data boolean DEFAULT true, options jsonb"
       " DEFAULT NULL::jsonb",
       "integer"},
      {"submit", "strategy text, source_conninfo text, spec jsonb", "integer"},
      {"table",
       "source_conninfo text, schema_name text, table_name text, include_data boolean DEFAULT true,"
       " target_table_name text DEFAULT NULL::text, options jsonb DEFAULT NULL::jsonb",
       "text"},
      {"table_async",
       "source_conninfo text, schema_name text, table_name text, include_data boolean DEFAULT true,"
       " target_table_name text DEFAULT NULL::text, options jsonb DEFAULT NULL::jsonb",
       "integer"},
      {"version", "", "text"},
      {"wait", "job_id integer, timeout interval DEFAULT NULL::interval", "text"},
  };
  EXPECT_EQ(
      target_.rows("SELECT proname, pg_get_function_arguments(oid), prorettype::regtype"
                   " FROM pg_proc WHERE pronamespace = 'pgclone'::regnamespace AND NOT"
                   " proretset AND proname NOT LIKE '%owner%' ORDER BY proname COLLATE \"C\""),
      expected);
}

TEST_F(ApiTest, EverythingIsDocumentedInTheCatalog) {
  EXPECT_EQ(target_.rows("SELECT oid::regprocedure FROM pg_proc WHERE pronamespace ="
                         " 'pgclone'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL"),
            Rows{});
  EXPECT_EQ(target_.rows("SELECT oid::regclass FROM pg_class WHERE relkind IN ('v', 'r') AND"
                         " relnamespace = 'pgclone'::regnamespace AND"
                         " obj_description(oid, 'pg_class') IS NULL"),
            Rows{});
}

TEST_F(ApiTest, ViewsHaveTheirColumns) {
  EXPECT_THAT(
      columns("pgclone.jobs_view"),
      ::testing::IsSupersetOf(
          {"job_id",        "parent_job_id", "status",        "op_type",      "schema_name",
           "table_name",    "current_phase", "current_table", "tables_total", "tables_completed",
           "rows_copied",   "bytes_copied",  "elapsed_ms",    "start_time",   "end_time",
           "error_message", "pct_complete",  "progress_bar",  "elapsed_time", "eta",
           "owner",         "database",      "snapshot_id",   "retries",      "resumed_from"}));
  EXPECT_THAT(columns("pgclone.tasks"),
              ::testing::IsSupersetOf({"job_id", "task_id", "kind", "label", "status",
                                       "rows_copied", "notices", "error_message"}));
  EXPECT_THAT(columns("pgclone.strategies"),
              ::testing::IsSupersetOf(
                  {"id", "kind", "summary", "plugin", "version", "file", "enabled", "error"}));
}

TEST_F(ApiTest, VersionIsTheExtensions) {
  EXPECT_EQ(target_.value("SELECT pgclone.version()"),
            target_.value("SELECT extversion FROM pg_extension WHERE extname = 'pgclone'"));
}

TEST_F(ApiTest, SynchronousCallsReturnOneLine) {
  const std::string table = target_.value(statement(Mode::sync, "table", "'s', 't'"));
  EXPECT_THAT(table, HasSubstr("500"));
  EXPECT_THAT(table, Not(HasSubstr("\n")));
  target_.exec("DROP SCHEMA s CASCADE");
  const std::string schema = target_.value(statement(Mode::sync, "schema", "'s'"));
  EXPECT_THAT(schema, HasSubstr("501"));
  EXPECT_THAT(schema, Not(HasSubstr("\n")));
  // They are no jobs.
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.jobs_view"), "0");
}

TEST_F(ApiTest, ProgressOfAFinishedJob) {
  const std::string job = std::to_string(finished_job());
  const Rows rows = target_.rows(
      "SELECT p->>'job_id', p->>'status', p->>'tables_completed', p->>'tables_total',"
      " p->>'rows_copied', p->>'error' FROM pgclone.progress(" +
      job + ") AS p");
  EXPECT_EQ(rows, (Rows{{job, "completed", "2", "2", "501", std::nullopt}}));
  for (const char* key :
       {"phase", "bytes_copied", "bytes_total", "current_table", "elapsed_ms", "eta_ms"}) {
    EXPECT_EQ(target_.value("SELECT (pgclone.progress(" + job + ")::jsonb) ? '" + key + "'"), "t")
        << key;
  }
  EXPECT_EQ(target_.value("SELECT pgclone.jobs()->0->>'job_id'"), job);
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.progress_detail() WHERE job_id = " + job),
            "1");
}

// Nothing of a materialized view travels: it is computed here.
TEST_F(ApiTest, BytesAreThoseThatMove) {
  const auto bytes = [&] {
    return target_.value("SELECT pgclone.progress(" + std::to_string(finished_job()) +
                         ")->>'bytes_total'");
  };
  const std::string before = bytes();
  target_.exec("DROP SCHEMA s CASCADE");
  source_.exec("CREATE MATERIALIZED VIEW s.m AS SELECT * FROM generate_series(1, 5000)");
  EXPECT_EQ(bytes(), before);
}

TEST_F(ApiTest, TheViewOfAFinishedJob) {
  const std::string job = std::to_string(finished_job());
  const Rows rows = target_.rows(
      "SELECT status, op_type, schema_name, table_name, tables_total, tables_completed, "
      "rows_copied,"
      " pct_complete::int, owner, database, error_message, end_time >= start_time,"
      " snapshot_id <> '', retries, resumed_from FROM pgclone.jobs_view WHERE job_id = " +
      job);
  EXPECT_EQ(rows,
            (Rows{{"completed", "schema", "s", std::nullopt, "2", "2", "501", "100", "postgres",
                   target_db_.name(), std::nullopt, "t", "t", "0", std::nullopt}}));
  EXPECT_THAT(target_.value("SELECT progress_bar FROM pgclone.jobs_view WHERE job_id = " + job),
              ::testing::ContainsRegex(
                  "^\\[████████████████████\\] 100.0% \\| 501 rows \\| 00:00:[0-9][0-9] elapsed"));
}

TEST_F(ApiTest, ProgressOfARunningJob) {
  source_.exec(
      "CREATE TABLE big AS SELECT i AS id, repeat('x', 50) AS filler"
      " FROM generate_series(1, 50000) AS i");
  Gate gate(source_db_);
  const std::string job =
      std::to_string(submit("table", "'public', 'big', options => " +
                                         sql::literal(std::string("{\"where\": \"id < 40000 OR ") +
                                                      Gate::kPass + "\"}")));
  wait_for_blocked_source();
  const std::string of_job =
      " FROM pgclone.jobs_view WHERE parent_job_id IS NULL AND job_id = " + job;
  wait_until(target_, "SELECT bytes_copied > 0" + of_job);
  const Rows rows = target_.rows(
      "SELECT status, current_phase, current_table, end_time,"
      " pct_complete > 0 AND pct_complete < 100" +
      of_job);
  EXPECT_EQ(rows, (Rows{{"running", "copying", "\"public\".\"big\"", std::nullopt, "t"}}));
  const std::string bar = target_.value("SELECT progress_bar" + of_job);
  EXPECT_THAT(bar, HasSubstr("░"));
  EXPECT_THAT(bar, HasSubstr("elapsed"));
  // Waiting with a limit tells the present state.
  EXPECT_EQ(target_.value("SELECT pgclone.wait(" + job + ", '10 ms')"), "running");
  gate.open();
  expect_completed(std::stoi(job));
}

TEST_F(ApiTest, TasksTellEachVerdict) {
  source_.exec("CREATE VIEW s.v AS SELECT * FROM s.t");
  const std::string job = std::to_string(finished_job());
  EXPECT_EQ(target_.value("SELECT bool_and(status = 'completed') AND count(*) > 0 FROM"
                          " pgclone.tasks WHERE job_id = " +
                          job),
            "t");
  EXPECT_EQ(target_.value("SELECT sum(rows_copied) FROM pgclone.tasks WHERE job_id = " + job),
            "501");
  EXPECT_EQ(target_.value("SELECT rows_copied FROM pgclone.tasks WHERE label = '\"s\".\"t\"' AND"
                          " job_id = " +
                          job),
            "500");
}

TEST_F(ApiTest, SubmitRunsAnyCloneStrategy) {
  const int job = std::stoi(target_.value(
      "SELECT pgclone.submit('table', " + from() +
      R"(, '{"schema": "s", "table": "t", "target_table": "copy", "include_data": true,
            "options": {"where": "id <= 5"}}'))"));
  expect_completed(job);
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.copy"), "5");
}

TEST_F(ApiTest, SubmitRefusesWhatItDoesNotKnow) {
  for (const char* arguments :
       {R"('table', '{"schema": "s", "tabel": "t"}')", R"('table', '[]')", R"('table', '{}')",
        R"('table', '{"schema": 1, "table": "t"}')", R"('table', NULL)",
        R"('schema', '{"schema": "s", "include_data": "yes"}')"}) {
    const std::string text = arguments;
    const std::size_t comma = text.find(',');
    const SqlReport report = target_.expect_error("SELECT pgclone.submit(" + text.substr(0, comma) +
                                                  ", " + from() + text.substr(comma) + ")");
    EXPECT_EQ(report.sqlstate.substr(0, 2), "22") << arguments;
    EXPECT_NE(report.hint, "") << arguments;
  }
  const SqlReport report =
      target_.expect_error("SELECT pgclone.submit('tabel', " + from() + ", '{\"schema\": \"s\"}')");
  EXPECT_EQ(report.sqlstate, "42704");
  EXPECT_THAT(report.message, HasSubstr("tabel"));
}

TEST_F(ApiTest, ClearForgetsWhatHasEnded) {
  finished_job();
  Gate gate(source_db_);
  const int running =
      submit("table", "'s', 't', true, 't2', " +
                          sql::literal(std::string("{\"where\": \"") + Gate::kPass + "\"}"));
  wait_for_blocked_source();
  EXPECT_EQ(target_.value("SELECT pgclone.clear_jobs()"), "1");
  EXPECT_EQ(target_.value("SELECT pgclone.clear_jobs()"), "0");
  EXPECT_EQ(target_.rows("SELECT DISTINCT job_id::text FROM pgclone.jobs_view"),
            (Rows{{std::to_string(running)}}));
  gate.open();
  expect_completed(running);
}

TEST_F(ApiTest, SeveralJobsRunAtTheSameTime) {
  Gate gate(source_db_);
  std::vector<int> jobs;
  for (const char* name : {"one", "two", "three"}) {
    jobs.push_back(
        submit("table", std::string("'s', 't', true, '") + name + "', " +
                            sql::literal(std::string("{\"where\": \"") + Gate::kPass + "\"}")));
  }
  wait_until(source_,
             "SELECT count(*) = 3 FROM pg_stat_activity WHERE datname = current_database()"
             " AND wait_event = 'advisory'");
  gate.open();
  for (const int job : jobs) expect_completed(job);
  EXPECT_EQ(target_.value("SELECT (SELECT count(*) FROM s.one) + (SELECT count(*) FROM s.two)"
                          " + (SELECT count(*) FROM s.three)"),
            "1500");
}

TEST_F(ApiTest, WithoutPreloadOnlyTheBackgroundIsMissing) {
  Cluster plain;
  Sql sql(plain.conninfo());
  sql.exec("CREATE EXTENSION pgclone");
  for (const std::string& statement :
       {statement(Mode::async, "table", "'s', 't'"), statement(Mode::async, "schema", "'s'"),
        "SELECT pgclone.submit('table', " + from() +
            ", '{\"schema\": \"s\", \"table\": \"t\"}')"}) {
    const SqlReport report = sql.expect_error(statement);
    EXPECT_EQ(report.sqlstate, "55000") << statement;
    EXPECT_THAT(report.hint, HasSubstr("shared_preload_libraries = 'pgclone'")) << statement;
  }
  sql.exec("CREATE SCHEMA s");
  sql.exec(statement(Mode::sync, "table", "'s', 't'"));
  EXPECT_EQ(sql.value("SELECT count(*) FROM s.t"), "500");
  EXPECT_EQ(sql.value("SELECT count(*) FROM pgclone.jobs_view"), "0");
}

TEST_F(ApiTest, TheExtensionCanBeDroppedAndMadeAgain) {
  const std::string job = std::to_string(finished_job());
  target_.exec("DROP EXTENSION pgclone CASCADE; CREATE EXTENSION pgclone");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.jobs_view"), "0");
  target_.exec("DROP SCHEMA s CASCADE");
  finished_job();
}

}  // namespace
}  // namespace pgclone::integration
