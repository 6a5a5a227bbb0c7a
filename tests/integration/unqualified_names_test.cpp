// Functions whose bodies name no schema run while a clone is made, and find what they name in their
// schema, as they do on the source.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kSchema = "un \"Q\" 😀";

class UnqualifiedNames : public BothModes {
 protected:
  static std::string arguments(const std::string& options = "{}") {
    return sql::literal(kSchema) + ", true, " + sql::literal(options);
  }

  // Each way by which a function runs while rows load, indexes build and views fill.
  void load() {
    const std::string id = sql::identifier(kSchema);
    source_.exec("CREATE SCHEMA " + id + "; SET search_path = " + id + ", public");
    // The oracle's own queries are planned with the indexes' and statistics' expressions.
    target_.exec("SET search_path = " + id + ", public");
    source_.exec(R"(
      CREATE TABLE lookup (k int PRIMARY KEY, v int NOT NULL);
      INSERT INTO lookup SELECT i, i * 10 FROM generate_series(1, 50) i;
      CREATE FUNCTION zz_helper(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
      CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT zz_helper($1) * 2';
      CREATE FUNCTION g(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        'DECLARE l lookup; BEGIN SELECT * INTO l FROM lookup WHERE k = $1; RETURN coalesce(l.v, -1); END';
      CREATE TYPE "Mood %s" AS ENUM ('bad', 'good');
      CREATE FUNCTION is_good(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
        $f$ BEGIN RETURN $1::"Mood %s" = 'good'; END $f$;
      CREATE TABLE generated (a int, b int GENERATED ALWAYS AS (f(a)) STORED, d int DEFAULT f(1));
      INSERT INTO generated SELECT i FROM generate_series(1, 50) i;
      CREATE TABLE checked (a int CHECK (g(a) > 0), m text, CONSTRAINT merry CHECK (is_good(m)));
      INSERT INTO checked SELECT i, 'good' FROM generate_series(1, 50) i;
      CREATE DOMAIN even AS int CHECK (f(VALUE) > 0);
      CREATE TABLE of_domain (e even, n even DEFAULT 3); INSERT INTO of_domain VALUES (1), (2);
      CREATE TABLE indexed (a int, m text); INSERT INTO indexed SELECT i, 'good' FROM generate_series(1, 50) i;
      CREATE INDEX ON indexed (f(a)) WHERE is_good(m);
      CREATE STATISTICS st ON f(a), (a + 1) FROM indexed;
      CREATE MATERIALIZED VIEW filled AS SELECT a, f(a), g(a) FROM indexed; CREATE INDEX ON filled (f(a));
      CREATE TABLE parts (a int) PARTITION BY LIST (f(a));
      CREATE TABLE part_4 PARTITION OF parts FOR VALUES IN (4);
      CREATE TABLE part_rest PARTITION OF parts DEFAULT; INSERT INTO parts VALUES (1), (2), (3);
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.m = zz_helper(NEW.a); RETURN NEW; END';
      CREATE TRIGGER touched BEFORE UPDATE ON indexed FOR EACH ROW EXECUTE FUNCTION touch();)");
  }

  void expect_arrived() { expect_equal(kSchema); }
};

TEST_P(UnqualifiedNames, AreFoundInTheSchema) {
  load();
  clone(GetParam(), "schema", arguments());
  expect_arrived();
}

TEST_P(UnqualifiedNames, AreFoundInAStagingSchema) {
  load();
  const std::string id = sql::identifier(kSchema);
  target_.exec("CREATE SCHEMA " + id + "; CREATE TABLE " + id + ".lookup (other text)");
  clone(GetParam(), "schema", arguments(R"({"conflict": "replace"})"));
  expect_arrived();
}

TEST_P(UnqualifiedNames, AreFoundByASingleTable) {
  load();
  clone(GetParam(), "schema", arguments());
  const std::string id = sql::identifier(kSchema);
  source_.exec("INSERT INTO " + id + ".generated VALUES (77)");
  clone(GetParam(), "table",
        sql::literal(kSchema) + ", 'generated', options => '{\"conflict\": \"replace\"}'");
  expect_arrived();
}

INSTANTIATE_TEST_SUITE_P(Modes, UnqualifiedNames, ::testing::Values(Mode::sync, Mode::async),
                         mode_name);

class Captures : public CloneTest {
 protected:
  // What the clone's definitions and rows make of names that both pg_catalog and the schema have.
  void expect_faithful(const std::string& objects) {
    source_.exec("CREATE SCHEMA s; " + objects);
    clone(Mode::sync, "schema", "'s'");
    expect_equal("s");
  }
};

// The view means array_length(anyarray, integer) of pg_catalog; the schema's fits better.
TEST_F(Captures, ABetterFittingFunctionTakesNoCall) {
  expect_faithful(R"(
    CREATE FUNCTION s.array_length(int[], int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -1';
    CREATE TABLE s.t (a int[], n int GENERATED ALWAYS AS (array_length(a, 1)) STORED);
    INSERT INTO s.t VALUES ('{1,2}'); CREATE VIEW s.v AS SELECT array_length(a, 1) FROM s.t;)");
}

TEST_F(Captures, ABetterFittingOperatorTakesNoComparison) {
  expect_faithful(R"(
    CREATE TYPE s.mood AS ENUM ('bad', 'good');
    CREATE FUNCTION s.never(s.mood, s.mood) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT false';
    CREATE OPERATOR s.= (LEFTARG = s.mood, RIGHTARG = s.mood, FUNCTION = s.never);
    CREATE TABLE s.t (a s.mood CHECK (a OPERATOR(pg_catalog.=) 'good')); INSERT INTO s.t VALUES ('good');
    CREATE VIEW s.v AS SELECT a OPERATOR(pg_catalog.=) 'bad' FROM s.t;)");
}

// A default lets the schema's be called with two arguments, too.
TEST_F(Captures, AFunctionWithDefaultsTakesNoCall) {
  expect_faithful(R"(
    CREATE FUNCTION s.array_length(int[], int, text DEFAULT '') RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -1';
    CREATE TABLE s.t (a int[], n int GENERATED ALWAYS AS (array_length(a, 1)) STORED);
    INSERT INTO s.t VALUES ('{1,2}'); CREATE VIEW s.v AS SELECT array_length(a, 1) FROM s.t;)");
}

TEST_F(Captures, AVariadicFunctionTakesNoCall) {
  expect_faithful(R"(
    CREATE FUNCTION s.num_nulls(int, VARIADIC int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -1';
    CREATE TABLE s.t (a int, n int GENERATED ALWAYS AS (num_nulls(a, a, a)) STORED);
    INSERT INTO s.t VALUES (NULL); CREATE VIEW s.v AS SELECT num_nulls(a, 1, 2) FROM s.t;)");
}

TEST_F(Captures, AVariadicBuiltInKeepsItsCalls) {
  expect_faithful(R"(
    CREATE FUNCTION s.num_nulls(int, int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -1';
    CREATE TABLE s.t (a int, n int GENERATED ALWAYS AS (num_nulls(a, a, a)) STORED);
    INSERT INTO s.t VALUES (NULL); CREATE VIEW s.v AS SELECT num_nulls(a, 1, 2) FROM s.t;)");
}

TEST_F(Captures, AFunctionOfARowTypeTakesNoCall) {
  expect_faithful(R"(
    CREATE TABLE s.t (a int); INSERT INTO s.t VALUES (1);
    CREATE FUNCTION s.row_to_json(s.t) RETURNS json LANGUAGE sql IMMUTABLE AS $$SELECT '{}'::json$$;
    CREATE VIEW s.v AS SELECT row_to_json(t) FROM s.t;)");
}

TEST_F(Captures, AnAggregateTakesNoCall) {
  expect_faithful(R"(
    CREATE TABLE s.t (a int); INSERT INTO s.t VALUES (1);
    CREATE FUNCTION s.step(bigint, int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT -1';
    CREATE AGGREGATE s.count(int) (SFUNC = s.step, STYPE = bigint);
    CREATE VIEW s.v AS SELECT count(a) FROM s.t;)");
}

// The casts of the CASE's operand are not printed.
TEST_F(Captures, AnOperatorOfABuiltInTypeTakesNoComparison) {
  expect_faithful(R"(
    CREATE FUNCTION s.never(varchar, text) RETURNS bool LANGUAGE sql IMMUTABLE AS 'SELECT false';
    CREATE OPERATOR s.= (LEFTARG = varchar, RIGHTARG = text, FUNCTION = s.never);
    CREATE TABLE s.t (a varchar, n int GENERATED ALWAYS AS (CASE a WHEN 'x'::text THEN 1 ELSE 2 END) STORED);
    INSERT INTO s.t VALUES ('x'); CREATE VIEW s.v AS SELECT CASE a WHEN 'x'::text THEN 1 END FROM s.t;)");
  expect_same("SELECT * FROM s.v", "SELECT * FROM s.v");
}

TEST_F(Captures, WhatTheTargetsSchemaHasTakesNoCall) {
  target_.exec(R"(CREATE SCHEMA s;
    CREATE FUNCTION s.array_length(int[], int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -1')");
  source_.exec(R"(CREATE SCHEMA s;
    CREATE TABLE s.t (a int[], n int GENERATED ALWAYS AS (array_length(a, 1)) STORED);
    INSERT INTO s.t VALUES ('{1,2}'))");
  clone(Mode::sync, "schema", "'s'");
  target_.exec("DROP FUNCTION s.array_length");
  expect_equal("s");
}

// As if the source were of a newer version: the target hasn't the function that is called.
TEST_F(Captures, ABuiltInThatTheTargetLacksIsMissed) {
  source_.exec(R"(CREATE SCHEMA s;
    CREATE FUNCTION pg_catalog.newer(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    SET allow_system_table_mods = on; UPDATE pg_proc SET oid = 9999 WHERE proname = 'newer';
    CREATE FUNCTION s.newer(numeric) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -1';
    CREATE TABLE s.t (a int, n int GENERATED ALWAYS AS (newer(a)) STORED);)");
  const SqlReport report = failing_clone(Mode::sync, "schema", "'s'");
  EXPECT_EQ(report.sqlstate, "42883");
  EXPECT_THAT(report.message, HasSubstr("newer(integer)"));
}

// They bear names of built-in ones, and no call of those could mean them: another number of
// arguments; the same or other types, where the built-in ones take but one.
TEST_F(Captures, NamesAloneKeepNoBodyFromItsSchema) {
  expect_faithful(R"(
    CREATE TYPE s.mood AS ENUM ('bad', 'good');
    CREATE FUNCTION s.lower(text, int) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'mine'$$;
    CREATE FUNCTION s.length(s.mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -1';
    CREATE FUNCTION s.gen_random_uuid() RETURNS uuid LANGUAGE sql AS 'SELECT NULL::uuid';
    CREATE FUNCTION s.none(s.mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT -1';
    CREATE OPERATOR s.% (RIGHTARG = s.mood, FUNCTION = s.none);
    CREATE FUNCTION s.one(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    SET search_path = s;
    CREATE FUNCTION two(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT one($1) + 1';
    CREATE TABLE t (a text, l text GENERATED ALWAYS AS (lower(a) || length(a)) STORED,
      u uuid DEFAULT pg_catalog.gen_random_uuid(), b int, n int GENERATED ALWAYS AS (two(b) % 2) STORED, r regproc);
    INSERT INTO t (a, b, r) VALUES ('ABC', 4, 'pg_catalog.gen_random_uuid'), (NULL, 5, NULL);
    CREATE VIEW v AS SELECT lower(a), length(a), two(b) FROM t; RESET search_path;)");
}

TEST_F(Captures, BareNamesOfRoutinesInRowsAreRead) {
  expect_faithful(R"(
    CREATE FUNCTION s.now(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE TABLE s.t (f regproc, n int GENERATED ALWAYS AS (s.now(1)) STORED);
    INSERT INTO s.t VALUES ('pg_catalog.now'), ('s.now');)");
}

}  // namespace
}  // namespace pgclone::integration
