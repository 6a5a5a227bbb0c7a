// A source that is a standby: it has no rows of what is unlogged, and its primary may take rows
// away that a clone still reads.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

// Of the source server, made once, without hot_standby_feedback, and impatient.
class Standby : public CloneTest {
 protected:
  static void SetUpTestSuite() {
    const std::string folder = source_server().socket_dir() + "/standby";
    source_server().run_tool({"pg_basebackup", "-D", folder, "-c", "fast", "-R", "--no-sync"});
    test::check_process({"chown", "-R", "--reference=" + source_server().data_dir(), folder});
    standby_ = std::make_unique<Cluster>(
        Cluster::From{folder}, std::vector<std::string>{"max_standby_streaming_delay = 0"});
  }
  static void TearDownTestSuite() { standby_.reset(); }

  // All that the primary has.
  void catch_up() {
    const std::string position = source_.value("SELECT pg_current_wal_lsn()");
    Sql standby(standby_->conninfo());
    wait_until(standby, "SELECT pg_last_wal_replay_lsn() >= '" + position + "'");
  }
  [[nodiscard]] std::string from_standby() const {
    return sql::literal(standby_->conninfo(source_db_.name()));
  }
  // How a clone is made: its function and options.
  struct Way {
    Mode mode;
    std::string options;
  };
  static std::vector<Way> ways() {
    return {{Mode::sync, ""},
            {Mode::async, ""},
            {Mode::async, R"("parallel": 4)"},
            {Mode::sync, R"("consistent": false)"}};
  }
  // With the warnings that it gives.
  std::vector<std::string> clone_schema(const Way& way, const std::string& more = "") {
    const std::string options =
        "{" + way.options + (way.options.empty() || more.empty() ? "" : ", ") + more + "}";
    target_.clear_notices();
    target_.exec("DROP SCHEMA IF EXISTS s CASCADE");
    const std::string statement = call(way.mode == Mode::sync ? "schema" : "schema_async",
                                       from_standby() + ", 's', true, '" + options + "'");
    target_.clear_notices();
    if (way.mode == Mode::async) {
      expect_completed(std::stoi(target_.value(statement)));
      return {};
    }
    target_.exec(statement);
    std::vector<std::string> warnings;
    for (const SqlReport& report : target_.notices())
      if (report.severity == "WARNING") warnings.push_back(report.message + "|" + report.detail);
    return warnings;
  }

  static std::unique_ptr<Cluster> standby_;
};

std::unique_ptr<Cluster> Standby::standby_;

constexpr const char* kObjects = R"(
  CREATE SCHEMA s;
  CREATE TABLE s.logged (id int PRIMARY KEY, v text);
  INSERT INTO s.logged SELECT g, 'row ' || g FROM generate_series(1, 1000) g;
  CREATE UNLOGGED TABLE s.scratch (id serial PRIMARY KEY, v text);
  INSERT INTO s.scratch (v) SELECT 'lost ' || g FROM generate_series(1, 100) g;
  CREATE UNLOGGED SEQUENCE s.counter;
  CREATE SEQUENCE s.kept;
  SELECT nextval('s.counter'), setval('s.kept', 5);
  CREATE TABLE s.parted (id int, v text) PARTITION BY RANGE (id);
  CREATE UNLOGGED TABLE s.low PARTITION OF s.parted FOR VALUES FROM (0) TO (10);
  CREATE TABLE s.high PARTITION OF s.parted FOR VALUES FROM (10) TO (20);
  INSERT INTO s.parted SELECT g, 'part' FROM generate_series(0, 19) g;
  CREATE MATERIALIZED VIEW s.summary AS SELECT count(*) FROM s.logged)";

// Everything but the rows and states of what is unlogged, and a WARNING that says so.
TEST_F(Standby, UnloggedTablesArriveWithoutRows) {
  source_.exec(kObjects);
  catch_up();
  for (const Way& way : ways()) {
    const std::vector<std::string> warnings = clone_schema(way);
    if (way.mode == Mode::sync) {
      EXPECT_THAT(
          warnings,
          ::testing::UnorderedElementsAre(
              "the source is a standby, which has no rows of what is unlogged: they stay behind|"
              "table \"s\".\"low\"\ntable \"s\".\"scratch\"\nsequence \"s\".\"scratch_id_seq\"",
              "the source is a standby, which has no states of unlogged sequences: they stay "
              "behind|sequence \"s\".\"counter\""))
          << way.options;
    }
    EXPECT_EQ(test::dump_schema(source_server(), source_db_.name(), "s"),
              test::dump_schema(target_server(), target_db_.name(), "s"));
    EXPECT_EQ(
        target_.rows("SELECT (SELECT count(*) FROM s.logged), (SELECT count(*) FROM s.scratch),"
                     " (SELECT string_agg(id::text, ' ' ORDER BY id) FROM s.parted),"
                     " (SELECT count FROM s.summary), (SELECT last_value FROM s.kept),"
                     " nextval('s.counter'), nextval('s.scratch_id_seq')"),
        (Rows{{"1000", "0", "10 11 12 13 14 15 16 17 18 19", "1000", "5", "1", "1"}}))
        << way.options;
  }
}

// Conditions are tried on what can be read, and `false` on nothing.
TEST_F(Standby, ConditionsOnUnloggedTables) {
  source_.exec(kObjects);
  catch_up();
  for (const Way& way : ways()) {
    clone_schema(way, R"("data": {"scratch": false, "parted": "id > 14", "logged": "id <= 7"})");
    EXPECT_EQ(
        target_.rows("SELECT (SELECT count(*) FROM s.logged), (SELECT count(*) FROM s.scratch),"
                     " (SELECT string_agg(id::text, ' ' ORDER BY id) FROM s.parted)"),
        (Rows{{"7", "0", "15 16 17 18 19"}}))
        << way.options;
    clone_schema(way, R"("data": {"scratch": "id > 3", "parted": false})");
    EXPECT_EQ(
        target_.rows("SELECT (SELECT count(*) FROM s.scratch), (SELECT count(*) FROM s.parted)"),
        (Rows{{"0", "0"}}))
        << way.options;
  }
  const SqlReport refused =
      target_.expect_error(call("schema", from_standby() + R"(, 's', true, '{"target_schema": "x",
                     "data": {"parted": "nothing > 3"}}')"));
  EXPECT_EQ(refused.sqlstate, "42703");
  EXPECT_EQ(refused.message, "option \"data\" is not a valid condition for table \"s\".\"parted\"");
}

// Nothing is emptied for rows that can't come.
TEST_F(Standby, ReplacedRowsOfUnloggedTablesStay) {
  source_.exec(kObjects);
  clone(Mode::sync, "schema", "'s'");
  target_.exec("INSERT INTO s.logged VALUES (5000, 'mine'); SELECT setval('s.counter', 77)");
  catch_up();
  for (const Mode mode : {Mode::sync, Mode::async}) {
    const std::string statement =
        call(mode == Mode::sync ? "schema" : "schema_async",
             from_standby() + R"(, 's', true, '{"data_only": true, "conflict": "replace"}')");
    if (mode == Mode::sync) {
      target_.exec(statement);
    } else {
      expect_completed(std::stoi(target_.value(statement)));
    }
    EXPECT_EQ(
        target_.rows("SELECT (SELECT count(*) FROM s.logged), (SELECT count(*) FROM s.scratch),"
                     " (SELECT count(*) FROM s.parted), (SELECT last_value FROM s.counter)"),
        (Rows{{"1000", "100", "20", "77"}}));
  }
}

TEST_F(Standby, ASingleTable) {
  source_.exec(kObjects);
  catch_up();
  target_.exec("CREATE SCHEMA s; CREATE TABLE s.logged (id int PRIMARY KEY)");
  for (const std::string options : {"{}", R"({"where": "id > 3"})"}) {
    target_.exec(call("table", from_standby() + ", 's', 'scratch', options => '" + options + "'"));
    EXPECT_EQ(target_.value("SELECT count(*) FROM s.scratch"), "0");
    target_.exec("DROP TABLE s.scratch");
  }
}

// VACUUM on the primary takes away what the clone's snapshot sees; the standby prefers to follow.
// The job says so, and is whole after a resume.
TEST_F(Standby, AConflictWithRecovery) {
  source_.exec(kObjects);
  source_.exec("ALTER TABLE s.logged SET (autovacuum_enabled = off)");
  catch_up();
  for (const std::string parallel : {"1", "4"}) {
    target_.exec("DROP SCHEMA IF EXISTS s CASCADE");
    Sql gate(standby_->conninfo(source_db_.name()));
    gate.exec("SELECT pg_advisory_lock(42)");
    const int job = std::stoi(target_.value(call(
        "schema_async", from_standby() + R"(, 's', true, '{"retries": 0, "parallel": )" + parallel +
                            R"(, "data": {"logged": ")" + Gate::kPass + R"("}}')")));
    Sql standby(standby_->conninfo());
    wait_until(standby,
               "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'advisory'"
               " AND application_name LIKE 'pgclone%'");
    source_.exec("DELETE FROM s.logged WHERE id % 10 = " + parallel);
    source_.exec("VACUUM s.logged");
    EXPECT_EQ(wait(job), "failed");
    const SqlReport error = state(job).error;
    EXPECT_EQ(error.sqlstate, "40001");
    EXPECT_THAT(error.message, HasSubstr("conflict with recovery"));
    EXPECT_THAT(error.hint, HasSubstr("hot_standby_feedback"));
    gate.exec("SELECT pg_advisory_unlock_all()");
    const int next = std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ", " +
                                             from_standby() + ")"));
    catch_up();
    expect_completed(next);
    EXPECT_EQ(target_.value("SELECT count(*) FROM s.logged"),
              source_.value("SELECT count(*) FROM s.logged"));
    expect_no_backends();
  }
}

}  // namespace
}  // namespace pgclone::integration
