// Kinds of object that need no table.
#include "plugins/schema_clone_fixture.hpp"

namespace pgclone::test {
namespace {

TEST_F(SchemaClone, TypesOfEveryForm) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA s; COMMENT ON SCHEMA s IS 'the schema';
    CREATE TYPE s.mood AS ENUM ('sad', 'it''s\ok', 'happy 😀');
    ALTER TYPE s.mood ADD VALUE 'so so' BEFORE 'happy 😀';
    COMMENT ON TYPE s.mood IS 'a ''mood''';
    CREATE TYPE s.empty AS ENUM ();
    CREATE TYPE s.pair AS (a int, "B b" varchar(10) COLLATE "C", m s.mood[]);
    COMMENT ON COLUMN s.pair."B b" IS 'second';
    ALTER TYPE s.pair ADD ATTRIBUTE gone int; ALTER TYPE s.pair DROP ATTRIBUTE gone;
    CREATE DOMAIN s.positive AS int DEFAULT 7 NOT NULL CONSTRAINT above CHECK (VALUE > 0)
      CONSTRAINT below CHECK (VALUE < 1000);
    COMMENT ON CONSTRAINT above ON DOMAIN s.positive IS 'no zero';
    CREATE DOMAIN s.small AS s.positive CHECK (VALUE < 10);
    ALTER DOMAIN s.small ADD CONSTRAINT later CHECK (VALUE <> 5) NOT VALID;
    CREATE DOMAIN s.word AS text COLLATE "C" DEFAULT 'x\y''z';
    CREATE DOMAIN s.moods AS s.mood[] DEFAULT '{sad}';
    COMMENT ON DOMAIN s.word IS 'a word';
    CREATE FUNCTION s.delta(a float8, b float8) RETURNS float8 IMMUTABLE LANGUAGE sql
      AS 'SELECT a - b';
    CREATE TYPE s.span AS RANGE (subtype = float8, subtype_diff = s.delta);
    CREATE TYPE s.words AS RANGE (subtype = text, collation = "C",
      multirange_type_name = "s"."many words");
    COMMENT ON TYPE s.span IS 'a span';
    CREATE FUNCTION s.span_of(s.span) RETURNS s."many words" LANGUAGE sql
      AS 'SELECT s."many words"()';
    CREATE FUNCTION s.makes() RETURNS s.span LANGUAGE sql RETURN s.span(1.5, 2.5);
    CREATE TYPE s.shell;)");
  clone({});
  expect_equal("s");
}

TEST_F(SchemaClone, DomainWhoseCheckCallsAFunctionOfItself) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA s; CREATE DOMAIN s.d AS int;
    CREATE FUNCTION s.ok(s.d) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT true';
    ALTER DOMAIN s.d ADD CONSTRAINT c CHECK (s.ok(VALUE));)");
  clone({});
  expect_equal("s");
}

TEST_F(SchemaClone, BaseTypeWithItsFunctions) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA s; CREATE TYPE s.money;
    CREATE FUNCTION s.money_in(cstring) RETURNS s.money IMMUTABLE STRICT LANGUAGE internal AS 'int8in';
    CREATE FUNCTION s.money_out(s.money) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'int8out';
    CREATE TYPE s.money (INPUT = s.money_in, OUTPUT = s.money_out, INTERNALLENGTH = 8,
      PASSEDBYVALUE, ALIGNMENT = double, CATEGORY = 'N', DEFAULT = '42');
    COMMENT ON TYPE s.money IS 'cents';
    CREATE FUNCTION s.twice(s.money[]) RETURNS s.money LANGUAGE sql AS 'SELECT $1[1]';
    CREATE CAST (s.money AS int8) WITHOUT FUNCTION AS ASSIGNMENT;)");
  clone({});
  expect_equal("s");
  EXPECT_EQ(target_db_.connect().value(
                "SELECT castcontext FROM pg_cast WHERE castsource = 's.money'::regtype"),
            "a");
}

TEST_F(SchemaClone, RoutinesAndAggregates) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA s; CREATE TYPE s.t AS (a int, b text);
    CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FUNCTION s.f(a int, b s.t = ROW(1, 'x')) RETURNS SETOF s.t STABLE ROWS 7 COST 3
      SET search_path = s, public SET work_mem = '8MB' LANGUAGE sql AS 'SELECT $2';
    COMMENT ON FUNCTION s.f(int, s.t) IS 'overloaded';
    CREATE FUNCTION s.f(VARIADIC "A a" int[], OUT x int, OUT y text) LANGUAGE plpgsql SECURITY DEFINER
      LEAKPROOF PARALLEL SAFE AS $_$ BEGIN x := $1[1]; y := '$$ $_x$'; END $_$;
    CREATE FUNCTION s.body(n int) RETURNS int IMMUTABLE RETURN n + (SELECT a FROM s.f(1, NULL::s.t));
    CREATE FUNCTION s."Ta""ble %s\"() RETURNS TABLE (a s.t[], "Ü" numeric(5,2)) LANGUAGE sql BEGIN ATOMIC
      SELECT ARRAY[s1.*]::s.t[], 1.5 FROM s.f(2) s1; END;
    CREATE PROCEDURE s.p(INOUT a int, b text DEFAULT 'q') LANGUAGE plpgsql AS 'BEGIN a := 2; END';
    CREATE PROCEDURE s.p(OUT a int) LANGUAGE plpgsql AS 'BEGIN a := 2; END';
    COMMENT ON PROCEDURE s.p(int, text) IS 'a procedure';
    CREATE FUNCTION s.acc(s.t, int) RETURNS s.t LANGUAGE sql AS 'SELECT $1';
    CREATE FUNCTION s.acc(int8, int) RETURNS int8 LANGUAGE sql AS 'SELECT $1 + $2';
    CREATE FUNCTION s.fin(int8) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
    CREATE FUNCTION s.com(int8, int8) RETURNS int8 LANGUAGE sql AS 'SELECT $1 + $2';
    CREATE AGGREGATE s.sum_up(x int) (SFUNC = s.acc, STYPE = int8, INITCOND = '0', FINALFUNC = s.fin,
      FINALFUNC_MODIFY = SHAREABLE, COMBINEFUNC = s.com, PARALLEL = SAFE, MSFUNC = s.acc,
      MINVFUNC = s.acc, MSTYPE = int8, MINITCOND = '5', MFINALFUNC = s.fin, SSPACE = 12);
    COMMENT ON AGGREGATE s.sum_up(int) IS 'an aggregate';
    CREATE AGGREGATE s.count_all(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
    COMMENT ON AGGREGATE s.count_all(*) IS 'all';
    CREATE AGGREGATE s.low(anycompatible) (SFUNC = array_append, STYPE = anycompatiblearray);
    CREATE AGGREGATE s.perc(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition,
      STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
    CREATE AGGREGATE s.least_of(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);
    CREATE FUNCTION s.win() RETURNS int8 WINDOW LANGUAGE internal AS 'window_row_number';)");
  clone({});
  expect_equal("s");
}

TEST_F(SchemaClone, SequencesWithTheirStates) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA s;
    CREATE SEQUENCE s."Never called"; CREATE SEQUENCE s.called START 5; SELECT nextval('s.called');
    CREATE SEQUENCE s.small AS smallint INCREMENT -3 MINVALUE -300 MAXVALUE -2 START -9 CACHE 4 CYCLE;
    CREATE SEQUENCE s.set_only; SELECT setval('s.set_only', 77, false);
    CREATE UNLOGGED SEQUENCE s.unlogged; COMMENT ON SEQUENCE s.called IS 'c';)");
  clone({});
  expect_equal("s");
}

TEST_F(SchemaClone, SequenceStatesAreReadLateWithoutASnapshot) {
  source_db_.connect().exec(
      "CREATE SCHEMA s; CREATE SEQUENCE s.\"a'\\\"\"b\"; SELECT setval('s.\"a''\\\"\"b\"', 9)");
  clone({.consistent = false});
  expect_equal("s");
}

TEST_F(SchemaClone, SequencesStayAtTheirStartWithoutData) {
  source_db_.connect().exec(
      "CREATE SCHEMA s; CREATE SEQUENCE s.q START 3; SELECT setval('s.q', 9)");
  clone({.include_data = false});
  Sql target = target_db_.connect();
  EXPECT_EQ(sequence_states(target, "s"), (std::map<std::string, std::string>{{"q", "3:false"}}));
}

TEST_F(SchemaClone, OperatorsClassesCollationsAndTextSearch) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA s; CREATE TYPE s.t AS (a int);
    CREATE FUNCTION s.lt(s.t, s.t) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1.a < $2.a';
    CREATE FUNCTION s.eq(s.t, s.t) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1.a = $2.a';
    CREATE FUNCTION s.gt(s.t, s.t) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1.a > $2.a';
    CREATE FUNCTION s.ne(s.t, s.t) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1.a <> $2.a';
    CREATE FUNCTION s.cmp(s.t, s.t) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1.a - $2.a';
    CREATE FUNCTION s.cmp(s.t, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1.a - $2';
    CREATE FUNCTION s.eq(s.t, int) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1.a = $2';
    CREATE FUNCTION s.neg(s.t) RETURNS s.t IMMUTABLE LANGUAGE sql AS 'SELECT ROW(-$1.a)::s.t';
    CREATE OPERATOR s.<# (FUNCTION = s.lt, LEFTARG = s.t, RIGHTARG = s.t, COMMUTATOR = OPERATOR(s.>#),
      RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
    CREATE OPERATOR s.># (FUNCTION = s.gt, LEFTARG = s.t, RIGHTARG = s.t, COMMUTATOR = OPERATOR(s.<#));
    CREATE OPERATOR s.=# (FUNCTION = s.eq, LEFTARG = s.t, RIGHTARG = s.t, COMMUTATOR = OPERATOR(s.=#),
      NEGATOR = OPERATOR(s.<>#), HASHES, MERGES);
    CREATE OPERATOR s.<># (FUNCTION = s.ne, LEFTARG = s.t, RIGHTARG = s.t, NEGATOR = OPERATOR(s.=#));
    CREATE OPERATOR s.=# (FUNCTION = s.eq, LEFTARG = s.t, RIGHTARG = int);
    CREATE OPERATOR s.- (FUNCTION = s.neg, RIGHTARG = s.t);
    COMMENT ON OPERATOR s.- (NONE, s.t) IS 'minus'; COMMENT ON OPERATOR s.<# (s.t, s.t) IS 'less';
    CREATE OPERATOR FAMILY s."Fam" USING btree; COMMENT ON OPERATOR FAMILY s."Fam" USING btree IS 'f';
    CREATE OPERATOR CLASS s.cls DEFAULT FOR TYPE s.t USING btree FAMILY s."Fam" AS OPERATOR 1 s.<#,
      OPERATOR 3 s.=#, OPERATOR 5 s.>#, FUNCTION 1 s.cmp(s.t, s.t);
    COMMENT ON OPERATOR CLASS s.cls USING btree IS 'c';
    ALTER OPERATOR FAMILY s."Fam" USING btree ADD OPERATOR 3 s.=# (s.t, int),
      FUNCTION 1 (s.t, int) s.cmp(s.t, int);
    CREATE COLLATION s.german (PROVIDER = icu, LOCALE = 'de-u-co-phonebk', DETERMINISTIC = false);
    CREATE COLLATION s.plain FROM "C"; COMMENT ON COLLATION s.plain IS 'C';
    CREATE FUNCTION s.upper_german(text) RETURNS text LANGUAGE sql
      RETURN upper($1 COLLATE s.german);
    CREATE CONVERSION s.conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
    CREATE TEXT SEARCH DICTIONARY s.dict (TEMPLATE = simple, accept = 'false', stopwords = 'english');
    CREATE TEXT SEARCH CONFIGURATION s.conf (PARSER = default);
    ALTER TEXT SEARCH CONFIGURATION s.conf ADD MAPPING FOR word, asciiword WITH s.dict, simple;
    CREATE TEXT SEARCH TEMPLATE s.templ (INIT = dsimple_init, LEXIZE = dsimple_lexize);
    CREATE TEXT SEARCH PARSER s.pars (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
      LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
    COMMENT ON TEXT SEARCH CONFIGURATION s.conf IS 'conf';
    COMMENT ON TEXT SEARCH DICTIONARY s.dict IS 'dict';)");
  clone({});
  expect_equal("s");
}

// pg_dump --schema leaves them out.
Rows transforms(Sql& sql) {
  return sql.rows(
      "SELECT trftype::regtype, lanname, trffromsql::regprocedure, trftosql::regprocedure,"
      " obj_description(t.oid, 'pg_transform') FROM pg_transform t JOIN pg_language l"
      " ON l.oid = trflang ORDER BY trftype::regtype::text, lanname");
}

TEST_F(SchemaClone, TransformsComeBeforeWhatNamesThem) {
  Sql source = source_db_.connect();
  source.exec(R"(
    CREATE SCHEMA s; SET search_path = s; CREATE TYPE "Money '"; CREATE TYPE mood AS ENUM ('ok');
    CREATE FUNCTION m_in(cstring) RETURNS "Money '" IMMUTABLE STRICT LANGUAGE internal AS 'int8in';
    CREATE FUNCTION m_out("Money '") RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'int8out';
    CREATE TYPE "Money '" (INPUT = m_in, OUTPUT = m_out, LIKE = int8);
    CREATE TABLE t (a int, m "Money '");
    CREATE FUNCTION "z ""from"(internal) RETURNS internal IMMUTABLE LANGUAGE internal AS 'prsd_lextype';
    CREATE FUNCTION z_to(internal) RETURNS "Money '" IMMUTABLE LANGUAGE internal AS 'int8recv';
    CREATE FUNCTION z_row(internal) RETURNS t IMMUTABLE LANGUAGE internal AS 'record_recv';
    CREATE TRANSFORM FOR "Money '" LANGUAGE plpgsql (FROM SQL WITH FUNCTION "z ""from"(internal),
      TO SQL WITH FUNCTION z_to(internal));
    CREATE TRANSFORM FOR "Money '" LANGUAGE sql (TO SQL WITH FUNCTION z_to(internal));
    CREATE TRANSFORM FOR t LANGUAGE plpgsql (TO SQL WITH FUNCTION z_row(internal));
    CREATE TRANSFORM FOR mood LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal));
    COMMENT ON TRANSFORM FOR "Money '" LANGUAGE sql IS 'it''s a transform';
    CREATE FUNCTION a_names() RETURNS int IMMUTABLE LANGUAGE plpgsql
      TRANSFORM FOR TYPE "Money '", FOR TYPE t, FOR TYPE mood AS 'BEGIN RETURN 1; END';
    CREATE FUNCTION a_takes("Money '") RETURNS t LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE DOMAIN a_domain AS int CHECK (VALUE = a_names()))");
  EXPECT_THAT(clone({}), ::testing::IsEmpty());
  expect_equal("s");
  Sql target = target_db_.connect();
  const Rows expected = transforms(source);
  EXPECT_EQ(expected.size(), 4U);
  target.exec("SET search_path = s");
  EXPECT_EQ(transforms(target), expected);
  clone({.target_schema = "x", .last_first = true});
  target.exec("DROP SCHEMA s CASCADE; ALTER SCHEMA x RENAME TO s");
  EXPECT_EQ(transforms(target), expected);
}

TEST_F(SchemaClone, TransformsElsewhereMustBeThere) {
  const std::string transform =
      "CREATE TRANSFORM FOR int LANGUAGE plpgsql (TO SQL WITH FUNCTION int4recv(internal));";
  source_db_.connect().exec(transform +
                            "CREATE SCHEMA s; CREATE FUNCTION s.f() RETURNS text LANGUAGE plpgsql"
                            " TRANSFORM FOR TYPE int AS 'BEGIN RETURN 1; END'");
  const Error error = failing_clone({});
  EXPECT_EQ(error.sqlstate(), "42704");
  EXPECT_EQ(error.detail(), "transform for integer on language plpgsql");
  target_db_.connect().exec(transform);
  clone({});
  expect_equal("s");
}

}  // namespace
}  // namespace pgclone::test
