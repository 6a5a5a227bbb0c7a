// Binary rows that go straight into a table, beside the server's own COPY FROM: whatever the
// stream, the same rows or the same error. A table with a CHECK, true of every row, is COPY's.
#include "boundary_fixture.hpp"
#include "gmock/gmock.h"
#include "support/type_values.hpp"

namespace pgclone::test {
namespace {

using ::testing::IsEmpty;

struct LoadTest : Boundary {
  // The binary stream of a table, in a file that this expression reads.
  std::string stream_of(const std::string& table) {
    sql_.exec("DO $$ BEGIN EXECUTE format('COPY " + table +
              " TO %L (FORMAT binary)', current_setting('data_directory') || '/stream'); END $$");
    return "pg_read_binary_file('stream')";
  }

  // A table for each of the two ways.
  void make_targets(const std::string& like) {
    sql_.exec("CREATE TABLE public.direct (LIKE " + like +
              ");"
              "CREATE TABLE public.copied (LIKE " +
              like + "); ALTER TABLE public.copied ADD CHECK (true)");
  }

  std::string load(const std::string& table, const std::string& stream, int piece = 1000) {
    return "SELECT public.b_copy_bytes('" + table + "', " + stream + ", " + std::to_string(piece) +
           ")";
  }
};

TEST_F(LoadTest, EveryTypeArrives) {
  sql_.exec("SET client_encoding = UTF8");
  sql_.exec(table_of_every_type("public.every_type"));
  make_targets("public.every_type");
  const std::string stream = stream_of("public.every_type");
  const auto rows = [](const std::string& table) {
    return "SELECT md5(string_agg(md5(t::text), '' ORDER BY id)) FROM public." + table + " t";
  };
  const std::string count = sql_.value("SELECT count(*) FROM public.every_type");
  const std::string expected = sql_.value(rows("every_type"));
  for (const char* const table : {"direct", "copied"}) {
    for (const int piece : {7, 4096, 1 << 20}) {
      EXPECT_EQ(sql_.value(load(table, stream, piece)), count);
      EXPECT_EQ(sql_.value(rows(table)), expected) << table << " " << piece;
      sql_.exec(std::string("TRUNCATE public.") + table);
    }
  }
  expect_clean(sql_);
}

constexpr const char* kPlainTable = R"(
  CREATE DOMAIN public.some AS text NOT NULL;
  CREATE DOMAIN public.few AS int CHECK (VALUE < 100);
  CREATE TYPE public.mood AS ENUM ('sad', 'häppy');
  CREATE TABLE public.plain (gone int, id int NOT NULL, b bool, s smallint, l bigint, f float4,
    d float8, o oid, q "char", da date, ts timestamp, ts2 timestamp(2), tz timestamptz, u uuid,
    by bytea, t text, v varchar(3), c char(3), c0 bpchar, n numeric(6, 2), i interval, j jsonb,
    a int[], so public.some, fe public.few, m public.mood, gone2 text, e text NOT NULL);
  ALTER TABLE public.plain DROP COLUMN gone, DROP COLUMN gone2;
  INSERT INTO public.plain VALUES
    (1, true, 2, 3, 4.5, 'NaN', 5, 'x', '2020-02-29', 'infinity', '2020-01-01 00:00:00.12', now(),
     '00112233-4455-6677-8899-aabbccddeeff', '\x00ff', 'ä😀', 'äöü', 'ßab', 'x ', 1.5, '1 day',
     '{"a": [1]}', '{1,NULL}', '', 99, 'häppy', 'end');
  INSERT INTO public.plain (id, v, c, so, e) VALUES (2, 'a', 'b', 'there', '');)";

// What a load of a stream comes to: the rows' checksum, or the error; in either case taken back.
constexpr const char* kOutcome = R"(
  CREATE FUNCTION public.outcome(relation text, stream bytea) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE rows text;
  BEGIN
    PERFORM public.b_copy_bytes(relation, stream, 13);
    EXECUTE format('SELECT md5(string_agg(t::text, ''/'' ORDER BY t::text)) FROM public.%I t', relation)
      INTO rows;
    RAISE EXCEPTION '%', rows USING ERRCODE = 'ZZ000';
  EXCEPTION WHEN OTHERS THEN
    RETURN CASE WHEN SQLSTATE = 'ZZ000' THEN 'rows ' || SQLERRM
      WHEN SQLSTATE IN ('22P03', '22P04', '08P01', '54000', 'XX000') THEN 'malformed' ELSE SQLSTATE END;
  END $$;)";

// Streams that are cut, or have one byte changed, doubled or dropped, at random but always the same
// ones. COPY FROM also takes a stream without an end mark, and calls data behind the mark by
// another code; and it fails otherwise where it cannot have a buffer of the length that it is told.
TEST_F(LoadTest, WhateverTheStreamItIsAsCopySays) {
  sql_.exec(kPlainTable);
  sql_.exec(kOutcome);
  make_targets("public.plain");
  sql_.exec("SELECT setseed(0.5); CREATE TABLE public.streams AS SELECT " +
            stream_of("public.plain") + " AS s");
  sql_.exec(R"(
    CREATE TABLE public.trials AS
    SELECT n, CASE n % 4
        WHEN 0 THEN substr(s, 1, at)
        WHEN 1 THEN set_byte(s, at, (random() * 255)::int)
        WHEN 2 THEN substr(s, 1, at) || substr(s, at)
        ELSE substr(s, 1, at) || substr(s, at + 2) END AS stream
    FROM public.streams, LATERAL (SELECT n, (random() * (length(s) - 1))::int AS at
                                  FROM generate_series(1, 4000) n) x;
    ALTER TABLE public.trials ADD direct text, ADD copied text;
    UPDATE public.trials SET direct = public.outcome('direct', stream),
                             copied = public.outcome('copied', stream))");
  EXPECT_THAT(sql_.rows(R"(
    SELECT n, direct, copied FROM public.trials WHERE direct <> copied
      AND NOT (direct = 'malformed' AND copied LIKE 'rows %' AND right(stream::text, 4) <> 'ffff')
    ORDER BY n LIMIT 5)"),
              IsEmpty());
  EXPECT_EQ(sql_.value("SELECT count(DISTINCT direct) > 9 FROM public.trials"), "t")
      << "the trials tell little";
  expect_clean(sql_);
}

// Of a source whose column is longer than ours, or that lies.
TEST_F(LoadTest, LengthsAreChecked) {
  sql_.exec(kOutcome);
  for (const char* const type : {"varchar(3)", "char(3)", "varchar", "bpchar", "varchar(5000)"}) {
    sql_.exec(std::string("CREATE TABLE public.plain (v ") + type + ")");
    make_targets("public.plain");
    for (const char* const value :
         {"''", "'a'", "' '", "'ab '", "'abc'", "'abcd'", "'abc '", "'abc     '", "'äöü'", "'äö'",
          "'äöü '", "'äöüß'", "'😀ab'", "repeat('x', 4000)", "repeat('ß', 4000)"}) {
      sql_.exec(std::string("CREATE TABLE public.sent AS SELECT ") + value + "::text AS v");
      const std::string stream = stream_of("public.sent");
      const auto outcome = [&](const std::string& table) {
        return sql_.value("SELECT public.outcome('" + table + "', " + stream + ")");
      };
      EXPECT_EQ(outcome("direct"), outcome("copied")) << type << " " << value;
      sql_.exec("DROP TABLE public.sent");
    }
    sql_.exec("DROP TABLE public.plain, public.direct, public.copied");
  }
}

// A length says what memory is asked for, before anything of the value has come.
TEST_F(LoadTest, NoRowIsLargerThanAGigabyte) {
  sql_.exec("CREATE TABLE public.plain (a bytea, b text, c bytea)");
  make_targets("public.plain");
  const std::string head =
      "'\\x5047434f50590aff0d0a00"
      "00000000"
      "00000000"
      "0003";
  const std::string half = " || pg_catalog.decode(pg_catalog.repeat('00', 2000000), 'hex')";
  for (const std::string& stream :
       {head + "3fffffff'::bytea", head + "7fffffff'::bytea",
        head + "001e8480'::bytea" + half + " || '\\x3ffff000'::bytea"}) {
    const SqlReport report =
        sql_.expect_error("SELECT public.b_copy_bytes('direct', " + stream + ", 65536)");
    EXPECT_EQ(report.sqlstate, "54000") << report.message;
    EXPECT_EQ(report.message, "the source's row is too large");
    EXPECT_NE(report.hint, "");
  }
  expect_clean(sql_);
}

// What arrives is text of the database; the client's encoding is the client's business.
TEST_F(LoadTest, TheClientsEncodingDoesNotMatter) {
  const TempDatabase latin(target_cluster(), "ENCODING 'LATIN1' LOCALE 'C'");
  for (const TempDatabase* const database :
       std::initializer_list<const TempDatabase*>{&database_, &latin}) {
    const bool is_latin = database == &latin;
    Sql sql = database->connect();
    sql.exec("SET client_encoding = UTF8");
    if (is_latin)
      sql.exec("CREATE FUNCTION public.b_copy_bytes(text, bytea, int) RETURNS bigint AS '" +
               boundary_module() + "' LANGUAGE c STRICT");
    sql.exec(R"(
      CREATE TYPE public.mood AS ENUM ('häppy');
      CREATE DOMAIN public.words AS text;
      CREATE TABLE public.plain (t text, v varchar(3), c char(3), c2 char(4), n name, j json, b jsonb,
                                 m public.mood, w public.words);
      INSERT INTO public.plain VALUES
        ('ä', 'äöü', 'äöü', 'ß', 'é', '{"ä": 1}', '"ü"', 'häppy', 'ñ');
      CREATE TABLE public.direct (LIKE public.plain);
      CREATE TABLE public.copied (LIKE public.plain, CHECK (true));
      SELECT set_config('client_encoding', pg_encoding_to_char(encoding), false)
        FROM pg_database WHERE datname = current_database();
      DO $$ BEGIN EXECUTE format('COPY public.plain TO %L (FORMAT binary)',
        current_setting('data_directory') || '/stream'); END $$)");
    for (const char* const client : {"UTF8", "LATIN1"}) {
      sql.exec(std::string("SET client_encoding = ") + client);
      for (const char* const table : {"direct", "copied"}) {
        EXPECT_EQ(sql.value(load(table, "pg_read_binary_file('stream')")), "1");
        EXPECT_EQ(sql.value(std::string("SELECT (d.*)::text = (p.*)::text FROM public.") + table +
                            " d, public.plain p"),
                  "t")
            << client << " " << table << " " << is_latin;
        EXPECT_EQ(sql.value("SHOW client_encoding"), client);
        EXPECT_EQ(sql.value("SELECT 'ok: ' || chr(228)"),
                  client == std::string("UTF8") ? "ok: ä" : "ok: \xe4");
        sql.exec(std::string("TRUNCATE public.") + table);
      }
    }
  }
}

// No server sends such bytes, so some receive functions call them an internal error.
TEST_F(LoadTest, BytesThatAreNoValueAreTheValuesError) {
  struct NoValue {
    const char* type;
    const char* bytes;
    const char* message;
  };
  constexpr const char* kHeader = "5047434f50590aff0d0a000000000000000000";
  for (const NoValue& no : {NoValue{"jsonb", "0031", "unsupported jsonb version number 0"},
                            NoValue{"jsonpath", "0031", "unsupported jsonpath version number: 0"},
                            NoValue{"tsquery", "7fff", "invalid size of tsquery"}}) {
    const bool is_query = no.type == std::string("tsquery");
    const std::string bytes = std::string(no.bytes) + (is_query ? "ffff" : "");
    const std::string stream = std::string("'\\x") + kHeader + "0001000000" +
                               (is_query ? "04" : "02") + bytes + "ffff'::bytea";
    sql_.exec(std::string("CREATE TABLE public.direct (a ") + no.type +
              "); CREATE TABLE public.copied (a " + no.type + ", CHECK (true))");
    for (const char* const table : {"direct", "copied"}) {
      const SqlReport report = sql_.expect_error(load(table, stream));
      EXPECT_EQ(report.sqlstate, "22P03") << no.type << " " << table;
      EXPECT_EQ(report.message, no.message);
      EXPECT_EQ(report.context, std::string("COPY ") + table + ", line 1, column a");
    }
    sql_.exec("DROP TABLE public.direct, public.copied");
  }
  // Elsewhere it stays what it is.
  sql_.exec(
      "CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS"
      " $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'internal_error'; END $$;"
      "CREATE TABLE public.copied (a int);"
      "CREATE TRIGGER t BEFORE INSERT ON public.copied FOR EACH ROW EXECUTE FUNCTION "
      "public.fail()");
  const std::string one = std::string("'\\x") + kHeader + "00010000000400000001ffff'::bytea";
  EXPECT_EQ(sql_.expect_error(load("copied", one)).sqlstate, "XX000");
  expect_clean(sql_);
}

TEST_F(LoadTest, ErrorsNameLineAndColumn) {
  sql_.exec(
      "CREATE TABLE public.plain (id int, t text);"
      "INSERT INTO public.plain VALUES (1, 'a'), (NULL, 'b')");
  const std::string stream = stream_of("public.plain");
  make_targets("public.plain");
  for (const char* const table : {"direct", "copied"}) {
    sql_.exec(std::string("ALTER TABLE public.") + table + " ALTER id SET NOT NULL");
    const SqlReport report = sql_.expect_error(load(table, stream));
    EXPECT_EQ(report.sqlstate, "23502");
    EXPECT_EQ(report.message, std::string("null value in column \"id\" of relation \"") + table +
                                  "\" violates not-null constraint");
    EXPECT_THAT(report.context, ::testing::StartsWith(std::string("COPY ") + table + ", line 2"));
  }
  sql_.exec("ALTER TABLE public.direct ALTER t TYPE int USING 0");
  EXPECT_EQ(sql_.expect_error(load("direct", stream)).context, "COPY direct, line 1, column t");
  expect_clean(sql_);
}

// COPY FROM takes it; a source whose stream ends early may have lost rows.
TEST_F(LoadTest, AStreamWithoutItsEndIsAnError) {
  sql_.exec("CREATE TABLE public.plain AS SELECT 1 AS id");
  const std::string stream = stream_of("public.plain");
  make_targets("public.plain");
  const std::string cut = "substr(" + stream + ", 1, length(" + stream + ") - 2)";
  const SqlReport report = sql_.expect_error(load("direct", cut));
  EXPECT_EQ(report.sqlstate, "22P04");
  EXPECT_EQ(report.message, "unexpected EOF in COPY data");
}

// What hangs on a table is COPY's business: it must be seen, not passed by.
TEST_F(LoadTest, IndexesTriggersAndPartitionsAreServed) {
  sql_.exec("CREATE TABLE public.plain AS SELECT g AS id FROM generate_series(1, 10) g");
  const std::string stream = stream_of("public.plain");
  sql_.exec(R"(
    CREATE TABLE public.keyed (id int PRIMARY KEY);
    CREATE TABLE public.made (id int, twice int GENERATED ALWAYS AS (2 * id) STORED);
    CREATE TABLE public.told (id int);
    CREATE FUNCTION public.less() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN NEW.id := -NEW.id; RETURN NEW; END';
    CREATE TRIGGER less BEFORE INSERT ON public.told FOR EACH ROW EXECUTE FUNCTION public.less();
    CREATE TABLE public.tree (id int) PARTITION BY RANGE (id);
    CREATE TABLE public.leaf PARTITION OF public.tree FOR VALUES FROM (1) TO (10))");
  EXPECT_EQ(sql_.value(load("keyed", stream)), "10");
  EXPECT_EQ(sql_.expect_error(load("keyed", stream)).sqlstate, "23505");
  EXPECT_EQ(sql_.value(load("made", stream)), "10");
  EXPECT_EQ(sql_.value("SELECT sum(twice) FROM public.made"), "110");
  EXPECT_EQ(sql_.value(load("told", stream)), "10");
  EXPECT_EQ(sql_.value("SELECT sum(id) FROM public.told"), "-55");
  EXPECT_EQ(sql_.expect_error(load("leaf", stream)).sqlstate, "23514");
  expect_clean(sql_);
}

}  // namespace
}  // namespace pgclone::test
