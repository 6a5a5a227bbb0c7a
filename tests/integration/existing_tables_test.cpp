// Conflict strategies that load rows into the tables that are in the way.
#include "integration/strategy_fixture.hpp"
#include "integration/ways.hpp"

namespace pgclone::integration {
namespace {

class ExistingTables : public EveryWay {
 protected:
  void SetUp() override {
    install_strategies("fill");
    std::destroy_at(&target_);
    std::construct_at(&target_, target_db_.conninfo());
    EveryWay::SetUp();
    source_.exec("CREATE SCHEMA s");
    target_.exec("CREATE SCHEMA s");
  }
};

// The parts of a table that is cut wait for what comes in front of its first row.
TEST_P(ExistingTables, AreEmptiedBeforeTheFirstRow) {
  source_.exec(
      "CREATE TABLE s.t (id int PRIMARY KEY, v text); CREATE INDEX ON s.t (v);"
      "INSERT INTO s.t SELECT g, md5(g::text) FROM generate_series(1, 20000) AS g");
  target_.exec(
      "CREATE TABLE s.t (id int, v text);"
      "INSERT INTO s.t SELECT -g, 'of the target' FROM generate_series(1, 100) AS g");
  clone_schema("s", R"("conflict": "refill", "split_bytes": 100000)");
  EXPECT_EQ(target_.value("SELECT count(*) || ' ' || min(id) FROM s.t"), "20000 1");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_index WHERE indrelid = 's.t'::regclass"), "0");
}

// As with "data_only", by the same code: types, generated columns, triggers, and foreign keys in
// their order.
TEST_P(ExistingTables, TakeRowsAsTheirColumnsWantThem) {
  source_.exec(
      "CREATE TABLE s.z (id int PRIMARY KEY, n bigint, twice int);"
      "CREATE TABLE s.a (id int PRIMARY KEY, z int REFERENCES s.z);"
      "INSERT INTO s.z VALUES (1, 5, 10), (2, -7, 4); INSERT INTO s.a VALUES (3, 1), (4, 2)");
  target_.exec(
      "CREATE TABLE s.z (n float8, id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) "
      "STORED,"
      " own text DEFAULT 'own');"
      "CREATE TABLE s.a (id int, z int REFERENCES s.z);"
      "CREATE FUNCTION s.fail() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN RAISE EXCEPTION 'fired'; END $$;"
      "CREATE TRIGGER t BEFORE INSERT ON s.z FOR EACH ROW EXECUTE FUNCTION s.fail();"
      "ALTER TABLE s.z DISABLE TRIGGER t; INSERT INTO s.z VALUES (0.5, 9);"
      "ALTER TABLE s.z ENABLE TRIGGER t");
  clone_schema("s", R"("conflict": "append")");
  EXPECT_EQ(target_.rows("SELECT id, n, twice, own FROM s.z ORDER BY id"),
            (Rows{{"1", "5", "2", "own"}, {"2", "-7", "4", "own"}, {"9", "0.5", "18", "own"}}));
  EXPECT_EQ(target_.rows("SELECT id, z FROM s.a ORDER BY id"), (Rows{{"3", "1"}, {"4", "2"}}));
  EXPECT_EQ(target_.value("SELECT tgenabled FROM pg_trigger WHERE tgname = 't'"), "O");
}

// What can't take them is found before anything changes.
TEST_P(ExistingTables, ThatCannotTakeTheRowsAreRefused) {
  source_.exec("CREATE TABLE s.t (a int, b int); CREATE TABLE s.new (a int)");
  target_.exec("CREATE TABLE s.t (a int, c int NOT NULL)");
  const SqlReport report =
      failing_clone(GetParam() == Way::sync ? Mode::sync : Mode::async, "schema",
                    R"('s', true, '{"conflict": "append", "parallel": 2}')");
  EXPECT_EQ(report.sqlstate, "42703");
  EXPECT_EQ(report.message, "the target's tables cannot take the rows of schema \"s\"");
  EXPECT_EQ(report.detail,
            "column \"b\" of table \"s\".\"t\" does not exist\n"
            "column \"c\" of table \"s\".\"t\" is NOT NULL without a default, and gets no values");
  EXPECT_FALSE(exists("s.new"));
}

// New ones beside them, which reference them; partitions; a view.
TEST_P(ExistingTables, StandBesideNewOnes) {
  source_.exec(
      "CREATE TABLE s.kept (id int PRIMARY KEY, v text); INSERT INTO s.kept VALUES (1, 'one');"
      "CREATE TABLE s.new (id int PRIMARY KEY, kept int REFERENCES s.kept);"
      "INSERT INTO s.new VALUES (7, 1); CREATE VIEW s.v AS SELECT * FROM s.kept;"
      "CREATE MATERIALIZED VIEW s.m AS SELECT id FROM s.kept;"
      "CREATE TABLE s.p (k int, v text) PARTITION BY RANGE (k);"
      "CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES FROM (0) TO (10);"
      "CREATE TABLE s.p2 PARTITION OF s.p FOR VALUES FROM (10) TO (20);"
      "INSERT INTO s.p SELECT g, 'row' FROM generate_series(0, 19) AS g");
  target_.exec(
      "CREATE TABLE s.kept (id int PRIMARY KEY, v text); INSERT INTO s.kept VALUES (2, 'two');"
      "CREATE TABLE s.p (k int, v text) PARTITION BY RANGE (k);"
      "CREATE TABLE s.other PARTITION OF s.p FOR VALUES FROM (0) TO (15);"
      "CREATE TABLE s.p2 PARTITION OF s.p FOR VALUES FROM (15) TO (20);"
      "INSERT INTO s.p VALUES (3, 'of the target')");
  clone_schema("s", R"("conflict": "append")");
  EXPECT_EQ(target_.rows("SELECT id, v FROM s.v ORDER BY 1"), (Rows{{"1", "one"}, {"2", "two"}}));
  EXPECT_EQ(target_.value("SELECT kept FROM s.new"), "1");
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.m"), "2");
  EXPECT_EQ(
      target_.rows("SELECT tableoid::regclass::text, count(*) FROM s.p GROUP BY 1 ORDER BY 1"),
      (Rows{{"s.other", "16"}, {"s.p2", "5"}}));
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_constraint WHERE conrelid = 's.new'::regclass "
                          "AND contype = 'f'"),
            "1");
}

// Nothing is made, and what a strategy does before is done.
TEST_P(ExistingTables, StayWithoutRowsOfTheSource) {
  source_.exec("CREATE TABLE s.t (a int PRIMARY KEY); INSERT INTO s.t VALUES (1)");
  target_.exec("CREATE TABLE s.t (a int); INSERT INTO s.t VALUES (2)");
  clone_schema("s", R"("conflict": "append", "schema_only": true)");
  EXPECT_EQ(target_.value("SELECT string_agg(a::text, ',') FROM s.t"), "2");
  clone_schema("s", R"("conflict": "refill", "schema_only": true)");
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.t"), "0");
}

PGCLONE_EVERY_WAY(ExistingTables);

}  // namespace
}  // namespace pgclone::integration
