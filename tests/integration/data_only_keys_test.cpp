// Rows that are there already, foreign keys in any order and in cycles, triggers, and what is
// refused before anything changes.
#include "data_only_fixture.hpp"

namespace pgclone::integration {
namespace {

class DataOnlyKeys : public DataOnlyTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.z (id int PRIMARY KEY, v text);"
        "CREATE TABLE s.a (id int PRIMARY KEY, z int REFERENCES s.z ON DELETE CASCADE);"
        "CREATE TABLE s.alone (id int);"
        "INSERT INTO s.z SELECT g, 'new' FROM generate_series(1, 5) g;"
        "INSERT INTO s.a SELECT g, g FROM generate_series(1, 5) g; INSERT INTO s.alone VALUES (1)");
  }
  static Mode mode() { return GetParam() == "sync" ? Mode::sync : Mode::async; }
  static std::string options(const std::string& more) {
    return GetParam() == "pool" ? R"("parallel": 4, )" + more : more;
  }
  void fill_in_mode(const std::string& more = R"("analyze": true)") { fill(mode(), options(more)); }
};

INSTANTIATE_TEST_SUITE_P(Modes, DataOnlyKeys, ::testing::Values("sync", "async", "pool"),
                         parameter_name);

TEST_P(DataOnlyKeys, RowsThatAreThereAreRefusedByDefault) {
  make_target();
  target_.exec("INSERT INTO s.z VALUES (9, 'old'); INSERT INTO s.alone VALUES (7)");
  const SqlReport report = failing_clone(mode(), "schema", "'s', true, " + with());
  EXPECT_EQ(report.sqlstate, "55000");
  EXPECT_EQ(report.message, "2 tables of the target have rows already");
  EXPECT_EQ(report.detail, "table \"s\".\"alone\" has rows\ntable \"s\".\"z\" has rows");
  EXPECT_THAT(report.hint, HasSubstr(R"({"conflict": "replace"})"));
  EXPECT_EQ(target_count("s.a"), "0");
}

TEST_P(DataOnlyKeys, SkipLeavesThem) {
  make_target();
  target_.exec("INSERT INTO s.alone VALUES (7)");
  fill_in_mode(R"("conflict": "skip")");
  EXPECT_EQ(target_.value("SELECT id FROM s.alone"), "7");
  EXPECT_EQ(target_count("s.a"), "5");
  if (mode() == Mode::sync) return;
  EXPECT_EQ(target_.value("SELECT label FROM pgclone.task WHERE status = 'skipped'"),
            "\"s\".\"alone\"");
}

TEST_P(DataOnlyKeys, ReplaceEmptiesThemFirst) {
  make_target();
  target_.exec(
      "INSERT INTO s.z VALUES (9, 'old'), (1, 'old'); INSERT INTO s.a VALUES (1, 9);"
      "INSERT INTO s.alone VALUES (7)");
  fill_in_mode(R"("conflict": "replace")");
  expect_equal("s");
}

TEST_P(DataOnlyKeys, ReplaceKeepsWhatOthersReference) {
  make_target();
  target_.exec(
      "INSERT INTO s.z VALUES (1, 'old'); CREATE TABLE public.other (z int REFERENCES s.z ON DELETE"
      " CASCADE); INSERT INTO public.other VALUES (1)");
  const SqlReport report =
      failing_clone(mode(), "schema", "'s', true, " + with(R"("conflict": "replace")"));
  EXPECT_EQ(report.sqlstate, "2BP01");
  EXPECT_EQ(report.detail,
            "table \"public\".\"other\" references table \"s\".\"z\" by \"other_z_fkey\"");
  EXPECT_EQ(target_.value("SELECT v FROM s.z"), "old");
  target_.exec(
      "TRUNCATE public.other; CREATE TABLE public.tree (z int REFERENCES s.z ON DELETE CASCADE)"
      " PARTITION BY LIST (z); CREATE TABLE public.leaf PARTITION OF public.tree DEFAULT;"
      "INSERT INTO public.tree VALUES (1)");
  EXPECT_THAT(
      failing_clone(mode(), "schema", "'s', true, " + with(R"("conflict": "replace")")).detail,
      HasSubstr("\"public\".\"leaf\" references"));
  EXPECT_EQ(target_count("public.tree"), "1");
  target_.exec("DROP TABLE public.tree");
  // A table without rows is no obstacle.
  target_.exec("DELETE FROM public.other");
  fill_in_mode(R"("conflict": "replace")");
  expect_equal("s");
}

TEST_P(DataOnlyKeys, AFailedReplacementLeavesTheOld) {
  make_target();
  target_.exec(
      "INSERT INTO s.z VALUES (1, 'old'); INSERT INTO s.a VALUES (1, 1);"
      "ALTER TABLE s.a ADD CHECK (id < 3)");
  const SqlReport report =
      failing_clone(mode(), "schema", "'s', true, " + with(R"("conflict": "replace")"));
  EXPECT_EQ(report.sqlstate, "23514");
  EXPECT_EQ(target_.value("SELECT v FROM s.z"), "old");
  EXPECT_EQ(target_count("s.a"), "1");
}

TEST_P(DataOnlyKeys, CyclesOfKeys) {
  source_.exec(
      "SET search_path = s; CREATE TABLE c1 (id int PRIMARY KEY, o int);"
      "CREATE TABLE c2 (id int PRIMARY KEY, o int REFERENCES c1);"
      "CREATE TABLE c3 (id int PRIMARY KEY, o int REFERENCES c2 DEFERRABLE);"
      "ALTER TABLE c1 ADD CONSTRAINT back FOREIGN KEY (o) REFERENCES c3 DEFERRABLE INITIALLY "
      "DEFERRED;"
      "CREATE TABLE same (id int REFERENCES z); ALTER TABLE same RENAME CONSTRAINT same_id_fkey TO"
      " c3_o_fkey;"
      "CREATE TABLE part (id int PRIMARY KEY, o int) PARTITION BY RANGE (id);"
      "CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (3);"
      "CREATE TABLE part_2 PARTITION OF part FOR VALUES FROM (3) TO (9);"
      "ALTER TABLE part ADD FOREIGN KEY (o) REFERENCES part;"
      "BEGIN; INSERT INTO c1 VALUES (1, 1); INSERT INTO c2 VALUES (1, 1);"
      "INSERT INTO c3 VALUES (1, 1); COMMIT;"
      "INSERT INTO part VALUES (1, 5), (2, 1), (5, 2); RESET search_path");
  make_target();
  fill_in_mode();
  expect_equal("s");
  fill_in_mode(R"("conflict": "replace")");
  expect_equal("s");
}

TEST_P(DataOnlyKeys, KeysAreStillChecked) {
  make_target();
  target_.exec(
      "CREATE TABLE s.none (id int PRIMARY KEY); ALTER TABLE s.alone ADD UNIQUE (id);"
      "ALTER TABLE s.alone ADD CONSTRAINT lost FOREIGN KEY (id) REFERENCES s.none"
      " DEFERRABLE INITIALLY DEFERRED");
  EXPECT_EQ(failing_clone(mode(), "schema", "'s', true, " + with()).sqlstate, "23503");
  EXPECT_EQ(target_count("s.alone"), "0");
}

TEST_P(DataOnlyKeys, TriggersRestAndComeBackAsTheyWere) {
  source_.exec(
      "CREATE TABLE s.p (id int) PARTITION BY LIST (id); CREATE TABLE s.p1 PARTITION OF s.p FOR "
      "VALUES IN (1); CREATE TABLE s.p2 PARTITION OF s.p DEFAULT; INSERT INTO s.p VALUES (1), (2);"
      "CREATE FUNCTION s.stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      " IF current_setting('server_version_num')::int > 0 AND current_setting('test.fires', true)"
      " = 'on' THEN RAISE EXCEPTION 'fired'; END IF; RETURN NEW; END $$;"
      "CREATE TRIGGER \"O t\" BEFORE INSERT ON s.z FOR EACH ROW EXECUTE FUNCTION s.stop();"
      "CREATE TRIGGER r AFTER INSERT ON s.z FOR EACH ROW EXECUTE FUNCTION s.stop();"
      "CREATE TRIGGER al AFTER INSERT OR DELETE ON s.a EXECUTE FUNCTION s.stop();"
      "CREATE TRIGGER tr BEFORE TRUNCATE ON s.alone EXECUTE FUNCTION s.stop();"
      "CREATE TRIGGER d BEFORE INSERT ON s.z FOR EACH ROW EXECUTE FUNCTION s.stop();"
      "CREATE TRIGGER pt BEFORE INSERT ON s.p FOR EACH ROW EXECUTE FUNCTION s.stop();"
      "ALTER TABLE s.z ENABLE REPLICA TRIGGER r; ALTER TABLE s.a ENABLE ALWAYS TRIGGER al;"
      "ALTER TABLE s.z DISABLE TRIGGER d; ALTER TABLE s.p1 ENABLE ALWAYS TRIGGER pt");
  make_target();
  target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) +
               " SET test.fires = 'on'; SET test.fires = 'on'");
  fill_in_mode();
  expect_equal("s");
  fill_in_mode(R"("conflict": "replace")");
  expect_equal("s");
  EXPECT_THAT(target_.expect_error("INSERT INTO s.z VALUES (99)").message, "fired");
}

class DataOnlyChecks : public DataOnlyTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.t (id serial, a int, b int); INSERT INTO s.t VALUES"
        " (1, 1, 1), (2, 2, 2); CREATE TABLE s.u (id int); INSERT INTO s.u VALUES (1)");
  }
};

TEST_F(DataOnlyChecks, WhatDoesNotFitIsListedAsAWhole) {
  EXPECT_EQ(refused().sqlstate, "3F000");
  target_.exec(
      "CREATE SCHEMA s; CREATE TABLE s.t (id int, b int, more int NOT NULL, dflt int NOT NULL "
      "DEFAULT 1)");
  EXPECT_EQ(refused().detail,
            "table \"s\".\"u\" does not exist\n"
            "column \"a\" of table \"s\".\"t\" does not exist\n"
            "column \"more\" of table \"s\".\"t\" is NOT NULL without a default, and gets no "
            "values");
  target_.exec("DROP TABLE s.t; CREATE VIEW s.t AS SELECT 1 AS id; CREATE TABLE s.u (id int)");
  EXPECT_EQ(refused().sqlstate, "42809");
  EXPECT_EQ(target_count("s.u"), "0");
}

TEST_F(DataOnlyChecks, NonsenseIsRefused) {
  make_target();
  for (const char* more : {R"("schema_only": true)", R"("indexes": true)",
                           R"("constraints": false)", R"("triggers": true)", R"("owners": true)",
                           R"("privileges": false)", R"("extensions": true)", R"("cascade": true)",
                           R"("conflict": "rename")", R"("columns": ["a"])"}) {
    EXPECT_EQ(refused(more).sqlstate, "22023") << more;
  }
  EXPECT_EQ(target_.expect_error(statement(Mode::sync, "schema", "'s', false, " + with())).sqlstate,
            "22023");
}

TEST_F(DataOnlyChecks, ARollbackUndoesAll) {
  make_target();
  target_.exec("SELECT nextval('s.t_id_seq')");
  const auto before = catalog_state(target_);
  // ANALYZE counts rows outside of the transaction.
  target_.exec("BEGIN; " +
               statement(Mode::sync, "schema", "'s', true, " + with(R"("analyze": false)")));
  EXPECT_EQ(target_count("s.t"), "2");
  target_.exec("ROLLBACK");
  EXPECT_EQ(target_count("s.t"), "0");
  EXPECT_EQ(target_.value("SELECT last_value || ' ' || is_called FROM s.t_id_seq"), "1 true");
  EXPECT_EQ(catalog_state(target_), before);
}

TEST_F(DataOnlyChecks, TheSummaryTellsWhatWasDone) {
  make_target();
  EXPECT_THAT(target_.value(statement(Mode::sync, "schema", "'s', true, " + with())),
              ::testing::StartsWith("copied rows of 2 tables into schema \"s\": 3 rows in "));
}

TEST_F(DataOnlyChecks, AResumedJobDoublesNoRow) {
  make_target();
  target_.exec("ALTER TABLE s.u ADD CHECK (id > 1)");
  for (const char* more :
       {"", R"("conflict": "replace")", R"("parallel": 3, "conflict": "skip")"}) {
    target_.exec(
        "TRUNCATE s.t, s.u; ALTER TABLE s.u DROP CONSTRAINT IF EXISTS u_id_check;"
        "ALTER TABLE s.u ADD CHECK (id > 1)");
    const int job = submit("schema", "'s', true, " + with(more));
    EXPECT_EQ(wait(job), "failed");
    EXPECT_EQ(target_count("s.t"), "2");
    const std::string before = target_.value("SELECT string_agg(xmin::text, ' ') FROM s.t");
    target_.exec("ALTER TABLE s.u DROP CONSTRAINT u_id_check");
    expect_completed(
        std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")")));
    expect_equal("s");
    EXPECT_EQ(target_.value("SELECT string_agg(xmin::text, ' ') FROM s.t"), before);
  }
}

// Parts commit one by one: those of a job that failed among them are taken back.
TEST_F(DataOnlyChecks, AResumedJobTakesPartsBack) {
  source_.exec("INSERT INTO s.t SELECT g, g, g FROM generate_series(3, 5000) g");
  make_target();
  target_.exec("ALTER TABLE s.t ADD CHECK (id < 4900)");
  const int job = submit("schema", "'s', true, " + with(R"("parallel": 3, "split_bytes": 40960)"));
  EXPECT_EQ(wait(job), "failed");
  EXPECT_NE(target_count("s.t"), "0");
  target_.exec("ALTER TABLE s.t DROP CONSTRAINT t_id_check");
  expect_completed(std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")")));
  expect_equal("s");
}

}  // namespace
}  // namespace pgclone::integration
