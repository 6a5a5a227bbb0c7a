// A whole schema arrives: definitions by pg_dump, rows by checksum, sequences by state.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kSchema = "S a\"m'p\\l%e 😀";

class SchemaClone : public BothModes {
 protected:
  void load_every_kind() {
    run_file(source_db_, std::string(PGCLONE_SOURCE_DIR) + "/tests/integration/every_kind.sql");
  }
};

TEST_P(SchemaClone, EveryKindArrivesUnderHostileNames) {
  load_every_kind();
  clone(GetParam(), "schema", sql::literal(kSchema));
  expect_equal(kSchema);
  // The oracle itself must have seen something.
  EXPECT_EQ(test::table_checksums(source_, kSchema).size(), 10U);
  EXPECT_EQ(target_.value("SELECT count(*) FROM " + sql::qualified(kSchema, "Child \"tab\" 😀")),
            "1000");
  expect_no_backends();
}

TEST_P(SchemaClone, WithoutDataOnlyDefinitionsArrive) {
  load_every_kind();
  clone(GetParam(), "schema", sql::literal(kSchema) + ", false");
  EXPECT_EQ(test::dump_schema(source_server(), source_db_.name(), kSchema),
            test::dump_schema(target_server(), target_db_.name(), kSchema));
  EXPECT_EQ(target_.value("SELECT count(*) FROM " + sql::qualified(kSchema, "parent")), "0");
}

TEST_P(SchemaClone, AnExistingEmptySchemaIsFilled) {
  source_.exec("CREATE SCHEMA s; CREATE TABLE s.t AS SELECT i FROM generate_series(1, 9) AS i");
  target_.exec("CREATE SCHEMA s");
  clone(GetParam(), "schema", "'s'");
  expect_equal("s");
}

TEST_P(SchemaClone, AnEmptySchemaIsClonedToo) {
  source_.exec("CREATE SCHEMA nothing");
  clone(GetParam(), "schema", "'nothing'");
  expect_equal("nothing");
  EXPECT_EQ(target_.value("SELECT to_regnamespace('nothing') IS NOT NULL"), "t");
}

TEST_P(SchemaClone, KindsCanBeLeftOut) {
  source_.exec(
      "CREATE SCHEMA s; CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END';"
      "CREATE TABLE s.t (a int PRIMARY KEY, b int CHECK (b > 0)); CREATE INDEX ON s.t (b);"
      "CREATE TRIGGER g AFTER INSERT ON s.t EXECUTE FUNCTION s.f();"
      "CREATE MATERIALIZED VIEW s.m AS SELECT 1 AS one");
  clone(GetParam(), "schema",
        R"('s', options => '{"indexes": false, "constraints": false, "triggers": false,
                             "matviews": false}')");
  EXPECT_EQ(target_.rows("SELECT relname, relkind::text FROM pg_class"
                         " WHERE relnamespace = 's'::regnamespace"),
            (Rows{{"t", "r"}}));
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_trigger WHERE tgrelid = 's.t'::regclass"), "0");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_constraint WHERE conrelid = 's.t'::regclass"),
            "0");
}

TEST_P(SchemaClone, SixHundredSmallTables) {
  source_.exec(
      "CREATE SCHEMA many; DO $$ BEGIN FOR i IN 1..600 LOOP EXECUTE format("
      "'CREATE TABLE many.t%s (id int PRIMARY KEY, v text DEFAULT %L)', i, i);"
      "EXECUTE format('INSERT INTO many.t%s SELECT g FROM generate_series(1, %s) AS g', i, i % 7);"
      "END LOOP; END $$");
  clone(GetParam(), "schema", "'many'");
  expect_equal("many");
  EXPECT_EQ(test::table_checksums(target_, "many").size(), 600U);
}

TEST_P(SchemaClone, DependenciesDecideTheOrder) {
  // Names are chosen so that the alphabet is wrong everywhere.
  source_.exec(
      "CREATE SCHEMA s; CREATE TABLE s.zz (a int); INSERT INTO s.zz VALUES (1);"
      "CREATE VIEW s.yy AS SELECT a FROM s.zz;"
      "CREATE FUNCTION s.xx() RETURNS SETOF s.yy LANGUAGE sql BEGIN ATOMIC SELECT a FROM s.yy; END;"
      "CREATE MATERIALIZED VIEW s.ww AS SELECT * FROM s.xx();"
      "CREATE VIEW s.aa AS SELECT * FROM s.ww;"
      "CREATE FUNCTION s.bb(s.aa) RETURNS int LANGUAGE sql AS 'SELECT 1'");
  clone(GetParam(), "schema", "'s'");
  expect_equal("s");
}

PGCLONE_BOTH_MODES(SchemaClone);

}  // namespace
}  // namespace pgclone::integration
