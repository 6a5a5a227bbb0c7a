// Rows into tables that exist while others are about: what references them, reads or writes them,
// or fills them at the same time; and who may do what.
#include "data_only_fixture.hpp"

namespace pgclone::integration {
namespace {

class DataOnlyOthers : public DataOnlyTest {
 protected:
  void replace(const std::string& more = "") {
    fill(Mode::async, R"("conflict": "replace")" + (more.empty() ? "" : ", " + more));
  }
};

// DELETE leaves checks behind on what is referenced, unlike TRUNCATE.
TEST_F(DataOnlyOthers, ACycleIsReplacedByDeleteAlsoWithTriggers) {
  source_.exec(
      "CREATE SCHEMA s; SET search_path = s; CREATE TABLE a (id int PRIMARY KEY, o int);"
      "CREATE TABLE b (id int PRIMARY KEY, o int CONSTRAINT \"B ä\" REFERENCES a);"
      "CREATE TABLE c (id int PRIMARY KEY, o int REFERENCES b DEFERRABLE INITIALLY DEFERRED);"
      "ALTER TABLE a ADD FOREIGN KEY (o) REFERENCES b;"
      "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
      "CREATE TRIGGER t BEFORE INSERT OR DELETE ON a FOR EACH ROW EXECUTE FUNCTION stop();"
      "CREATE TRIGGER t BEFORE INSERT OR DELETE ON b FOR EACH ROW EXECUTE FUNCTION stop();"
      "ALTER TABLE a DISABLE TRIGGER t; ALTER TABLE b DISABLE TRIGGER t;"
      "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1); UPDATE a SET o = 1;"
      "INSERT INTO c VALUES (1, 1);"
      "ALTER TABLE a ENABLE TRIGGER t; ALTER TABLE b ENABLE ALWAYS TRIGGER t; RESET search_path");
  make_target();
  target_.exec(
      "CREATE TABLE public.x (a int REFERENCES s.a DEFERRABLE INITIALLY DEFERRED, b int REFERENCES"
      " s.b ON DELETE CASCADE, c int REFERENCES s.c)");
  fill(Mode::async);
  expect_equal("s");
  replace();
  expect_equal("s");
  target_.exec("BEGIN; " +
               statement(Mode::sync, "schema", "'s', true, " + with(R"("conflict": "replace")")));
  target_.exec("COMMIT");
  expect_equal("s");
}

// TRUNCATE wants the partitioned table that references another named as well, whose own triggers
// would then fire; the file of what is deleted from would not be a new one.
TEST_F(DataOnlyOthers, TreesThatReferenceOthersAreTruncated) {
  source_.exec(
      "CREATE SCHEMA s; SET search_path = s; CREATE TABLE k (id int PRIMARY KEY);"
      "CREATE TABLE p (id int PRIMARY KEY REFERENCES k) PARTITION BY RANGE (id);"
      "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE p2 PARTITION OF p DEFAULT PARTITION BY LIST (id);"
      "CREATE TABLE p2_all PARTITION OF p2 DEFAULT;"
      "CREATE TABLE q (id int REFERENCES p, k int REFERENCES k) PARTITION BY HASH (id);"
      "CREATE TABLE q1 PARTITION OF q FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
      "INSERT INTO k SELECT generate_series(1, 20); INSERT INTO p SELECT id FROM k;"
      "INSERT INTO q SELECT id, id FROM k;"
      "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired'';"
      " END'; CREATE TRIGGER x BEFORE TRUNCATE ON q EXECUTE FUNCTION stop(); RESET search_path");
  make_target();
  fill(Mode::async);
  const std::string files =
      "SELECT min(relfilenode) FROM pg_class WHERE relnamespace ="
      " 's'::regnamespace AND relkind = 'r'";
  const std::string newest = target_.value("SELECT max(relfilenode) FROM pg_class");
  replace(R"("parallel": 4)");
  expect_equal("s");
  EXPECT_EQ(target_.value("SELECT (" + files + ") > " + newest), "t");
}

// c and a go together, since both are emptied; b, which has no rows, stands between them.
TEST_F(DataOnlyOthers, WhatIsReplacedMayBeTiedByWhatIsNot) {
  source_.exec(
      "CREATE SCHEMA s; CREATE TABLE s.c (id int PRIMARY KEY);"
      "CREATE TABLE s.b (id int PRIMARY KEY, c int REFERENCES s.c);"
      "CREATE TABLE s.a (id int PRIMARY KEY, b int REFERENCES s.b, c int REFERENCES s.c);"
      "INSERT INTO s.c SELECT generate_series(1, 3000); INSERT INTO s.b SELECT id, id FROM s.c;"
      "INSERT INTO s.a SELECT id, id, id FROM s.c");
  make_target();
  target_.exec("INSERT INTO s.c VALUES (7); INSERT INTO s.a VALUES (7, NULL, 7)");
  replace(R"("parallel": 4, "split_bytes": 8192)");
  expect_equal("s");
}

TEST_F(DataOnlyOthers, SequencesOfPartitionsThatTheTargetLacksAreNamed) {
  source_.exec(
      "CREATE SCHEMA s; CREATE TABLE s.p (id int, v int) PARTITION BY LIST (v);"
      "CREATE TABLE s.own (id serial, v int); ALTER TABLE s.p ATTACH PARTITION s.own FOR VALUES IN"
      " (1); INSERT INTO s.own (v) VALUES (1), (1)");
  target_.exec(
      "CREATE SCHEMA s; CREATE TABLE s.p (id int, v int) PARTITION BY LIST (v);"
      "CREATE TABLE s.rest PARTITION OF s.p DEFAULT");
  fill(Mode::sync);
  EXPECT_EQ(target_count("s.p"), "2");
  EXPECT_THAT(target_.notices(),
              ::testing::Contains(::testing::Field(
                  &SqlReport::message, HasSubstr("\"s\".\"own_id_seq\" goes nowhere"))));
}

// Left out by an option, or a foreign table: its twin on the target keeps what it has.
TEST_F(DataOnlyOthers, PartitionsThatAreLeftOutAreLeftAlone) {
  for (Sql* sql : {&source_, &target_})
    sql->exec("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER far FOREIGN DATA WRAPPER w");
  source_.exec(
      "CREATE SCHEMA s; CREATE TABLE s.p (id int) PARTITION BY RANGE (id);"
      "CREATE TABLE s.\"P 1\" PARTITION OF s.p FOR VALUES FROM (0) TO (10) PARTITION BY LIST (id);"
      "CREATE TABLE s.p1_all PARTITION OF s.\"P 1\" DEFAULT;"
      "CREATE TABLE s.p2 PARTITION OF s.p FOR VALUES FROM (10) TO (20);"
      "CREATE FOREIGN TABLE s.cold PARTITION OF s.p FOR VALUES FROM (20) TO (30) SERVER far;"
      "CREATE TABLE s.rest PARTITION OF s.p DEFAULT;"
      "INSERT INTO s.p SELECT g FROM generate_series(0, 39) g WHERE g NOT BETWEEN 20 AND 29");
  make_target();
  target_.exec("INSERT INTO s.p VALUES (7), (17), (37)");
  replace(R"("exclude": ["P 1"], "analyze": false)");
  EXPECT_EQ(target_.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM ONLY s.p1_all"), "7");
  EXPECT_EQ(target_count("s.p2"), "10");
  EXPECT_EQ(target_count("s.rest"), "10");
  target_.exec("DROP TABLE s.p2; CREATE TABLE s.p2 PARTITION OF s.p FOR VALUES FROM (10) TO (15)");
  const SqlReport report = refused(R"("conflict": "replace", "exclude": ["P 1", "cold"])");
  EXPECT_EQ(report.sqlstate, "42809");
  EXPECT_THAT(report.detail, HasSubstr("table \"s\".\"P 1\", which is left out, would get rows"));
  EXPECT_EQ(target_count("s.p1_all"), "1");
}

class DataOnlyTwice : public DataOnlyOthers {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.t (id int, v text); INSERT INTO s.t SELECT g,"
        " repeat('v', 200) FROM generate_series(1, 2000) g");
    make_target();
  }
  Sql other_ = target_db_.connect();
};

// Nothing but the lock keeps the second from the rows that it cannot see yet.
TEST_F(DataOnlyTwice, TheSecondWaitsAndFindsTheRows) {
  for (const char* more : {"", R"("conflict": "replace")", R"("parallel": 3)"}) {
    target_.exec("TRUNCATE s.t");
    other_.exec("BEGIN; " + statement(Mode::sync, "schema", "'s', true, " + with()));
    const int job = submit("schema", "'s', true, " + with(more));
    wait_until(target_,
               "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'"
               " AND classid = 1259 AND NOT granted)");
    other_.exec("COMMIT");
    EXPECT_EQ(wait(job), "failed") << more;
    const SqlReport error = state(job).error;
    EXPECT_EQ(error.sqlstate, "55000") << more;
    EXPECT_EQ(error.message, "table \"s\".\"t\" has rows") << more;
    EXPECT_EQ(target_count("s.t"), "2000") << more;
  }
}

TEST_F(DataOnlyTwice, PartsAreNotMixed) {
  const std::string parts = R"("parallel": 3, "split_bytes": 40960)";
  other_.exec("BEGIN; LOCK TABLE s.t IN SHARE MODE");
  const int first = submit("schema", "'s', true, " + with(parts));
  wait_until(target_,
             "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 's.t'::regclass"
             " AND mode = 'RowExclusiveLock' AND NOT granted)");
  const int second = submit("schema", "'s', true, " + with(parts));
  EXPECT_EQ(wait(second), "failed");
  EXPECT_EQ(state(second).error.sqlstate, "55006");
  EXPECT_EQ(state(second).error.message, "table \"s\".\"t\" gets rows from another session");
  const int whole = submit("schema", "'s', true, " + with());
  wait_until(target_,
             "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory'"
             " AND classid = 1259 AND NOT granted)");
  other_.exec("COMMIT");
  expect_completed(first);
  EXPECT_EQ(wait(whole), "failed");
  EXPECT_EQ(state(whole).error.sqlstate, "55000");
  expect_equal("s");
}

// The triggers are back, whatever ended the job.
TEST_F(DataOnlyTwice, ACancelledJobLeavesTriggersAndRows) {
  target_.exec(
      "CREATE FUNCTION s.stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
      "INSERT INTO s.t VALUES (0, 'old');"
      "CREATE TRIGGER x BEFORE INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION s.stop();"
      "ALTER TABLE s.t ENABLE ALWAYS TRIGGER x");
  const std::string triggers = "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal";
  const Rows before = target_.rows(triggers);
  Gate gate(source_db_);
  const int job =
      submit("schema", "'s', true, " + with(R"("conflict": "replace", "data": {"t": ")" +
                                            std::string(Gate::kPass) + "\"}"));
  wait_for_blocked_source();
  target_.value("SELECT pgclone.cancel(" + std::to_string(job) + ")");
  EXPECT_EQ(wait(job), "cancelled");
  EXPECT_EQ(target_.rows(triggers), before);
  EXPECT_EQ(target_.value("SELECT v FROM s.t"), "old");
}

}  // namespace
}  // namespace pgclone::integration
