// Rows: every built-in type with its extreme values, in every format, between different encodings.
#include "support/type_values.hpp"
#include "table_fixture.hpp"

namespace pgclone::table {
namespace {

using test::error_of;
using test::Sql;
using test::TempDatabase;
using ::testing::IsEmpty;

// Types that are sent as text: their binary form holds OIDs of the server, or is not read back.
constexpr const char* kTextOnly = R"(
  CREATE TYPE s.inner_type AS (a int, b text, c numeric[]);
  CREATE TYPE s.outer_type AS (i s.inner_type, more s.inner_type[], n int);
  CREATE TYPE s.mood AS ENUM ('sad', 'h"a\ppy, 😀', '');
  CREATE DOMAIN s.words AS text[] CHECK (array_length(VALUE, 1) < 9);
  CREATE TYPE s.mood_range AS RANGE (subtype = s.mood);
  CREATE DOMAIN s.mood_domain AS s.mood CHECK (VALUE <> E'h"a\\ppy, 😀');
  CREATE TYPE s.less AS (a int, gone text, b s.mood);
  ALTER TYPE s.less DROP ATTRIBUTE gone;
  CREATE TABLE s.row_type (a int, gone int, "B" text);
  ALTER TABLE s.row_type DROP COLUMN gone;
  CREATE DOMAIN s.inner_domain AS s.inner_type CHECK ((VALUE).a IS DISTINCT FROM 99);
  CREATE TYPE s.c_range AS RANGE (subtype = text, collation = "C");)";
constexpr const char* kTextOnlyTable = R"(
  CREATE TABLE s.text_only (o s.outer_type, m s.mood, ms s.mood[], w s.words, r s.mood_range,
    rs s.mood_multirange, c regclass, p regprocedure, t regtype, n regnamespace, role regrole,
    op regoperator, cfg regconfig, dict regdictionary, coll regcollation, acl aclitem[], fp regproc, fo regoper, i2 int2vector, ov oidvector,
    q tsquery);
  INSERT INTO s.text_only VALUES
    (ROW(ROW(NULL, E'a"\\(,) ', '{NaN,NULL}'), ARRAY[ROW(1, '', NULL), NULL]::s.inner_type[], NULL),
     E'h"a\\ppy, 😀', E'{"",sad,NULL,"h\\"a\\\\ppy, 😀"}', '{a,NULL}', '[sad,)', '{[sad,sad]}',
     'pg_class', 'pg_catalog.abs(integer)', 'integer[]', 'pg_catalog', 'postgres', '+(integer,integer)',
     'english', 'simple', '"C"', '{postgres=arw/postgres,=r/postgres}', 'now', '||/', '', '4294967295 1',
     ''),
    (NULL, '', '{}', NULL, 'empty', '{}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     NULL, NULL, '1 -2 3', '', E'''a'':*A & !(''b'' <2> ''c'')'),
    (ROW(NULL, '{}', 3), NULL, NULL, '{}', '(,)', NULL, '0', '-', '-', '-', '-', '0', '-', '-', '-', '{}',
     '-', '0', NULL, NULL, NULL);)";

// Values of enums alone are sent as labels, in ranges and domains as well.
constexpr const char* kLabels = R"(
  CREATE TABLE s.labels (m s.mood, r s.mood_range, rs s.mood_multirange, d s.mood_domain);
  INSERT INTO s.labels VALUES (E'h"a\\ppy, 😀', '[sad,)', E'{[sad,sad],("h""a\\\\ppy, 😀",)}', ''),
    ('', 'empty', '{}', 'sad'), (NULL, '(,)', NULL, NULL);)";

// Types within types.
constexpr const char* kNestedTable = R"nested(
  CREATE TABLE s.nested (l s.less, ls s.less[], r s.row_type, rs s.row_type[], d s.inner_domain,
    ds s.inner_domain[], ws s.words[], c s.c_range, cs s.c_range[], cm s.c_multirange,
    cms s.c_multirange[], mrs int4multirange[], j jsonb[]);
  INSERT INTO s.nested VALUES
    (ROW(1, 'sad'), ARRAY[ROW(NULL, ''), NULL, ROW(NULL, NULL)]::s.less[], ROW(1, E'\\x "'),
     ARRAY[ROW(2, ','), NULL]::s.row_type[], ROW(1, '()', '{}'),
     ARRAY[ROW(NULL, E'\n', '{-Infinity,NULL}'), NULL]::s.inner_domain[],
     ARRAY['{a,"b "}', NULL, '{}']::s.words[], '["a ,""\\ä",)', '{"[a,b)",empty,NULL,"(,)"}',
     '{["",""],("}",)}', ARRAY['{}', '{[a,a],(x,)}', NULL]::s.c_multirange[],
     ARRAY['{[1,2),[4,)}', '{}', NULL]::int4multirange[], '[-1:0]={"null",NULL}'),
    (NULL, '{}', NULL, '{}', NULL, '{}', '{}', 'empty', '{}', '{}', '{}', '{}', '{}'),
    (ROW(NULL, NULL), NULL, ROW(NULL, NULL), NULL, ROW(NULL, NULL, NULL), NULL, NULL, NULL, NULL,
     NULL, NULL, NULL, NULL);)nested";

class DataTorture : public TableTest {
 protected:
  DataTorture() {
    source_.exec(test::table_of_every_type("s.built_in"));
    source_.exec(kTextOnly);
    source_.exec(kTextOnlyTable);
    source_.exec(kLabels);
    source_.exec(kNestedTable);
    target_.exec(kTextOnly);
  }

  void clone_and_compare(const std::string& table, const std::string& format) {
    clone({.relations = {table}, .options = R"({"format": ")" + format + "\"}"});
    const std::string rows =
        "SELECT string_agg(h, ' ' ORDER BY h) FROM (SELECT md5(t::text) FROM s." + table +
        " t) x(h)";
    EXPECT_EQ(source_.value(rows), target_.value(rows)) << table << " " << format;
    target_.exec("DROP TABLE s." + table);
  }
};

TEST_F(DataTorture, EveryTypeHasAColumn) {
  EXPECT_THAT(source_.rows(R"(
    SELECT t.typname FROM pg_type t WHERE t.typnamespace = 'pg_catalog'::regnamespace
      AND t.typtype IN ('b', 'r', 'm') AND t.typcategory NOT IN ('A', 'Z')
      AND t.typname NOT IN ('unknown', 'gtsvector', 'aclitem')
      AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.atttypid = t.oid AND a.attnum > 0
        AND a.attrelid IN ('s.built_in'::regclass, 's.text_only'::regclass)) ORDER BY 1)"),
              IsEmpty());
}

TEST_F(DataTorture, EqualInEveryFormat) {
  for (const char* const format : {"auto", "text", "binary"}) {
    clone_and_compare("built_in", format);
    clone_and_compare("labels", format);
  }
  for (const char* const format : {"auto", "text"}) clone_and_compare("text_only", format);
  for (const char* const format : {"auto", "text"}) clone_and_compare("nested", format);
}

// A bit takes a byte in text, so this row is small in binary and too large for text.
TEST_F(TableTest, ARowThatIsTooLargeForText) {
  source_.exec("CREATE TABLE s.t (id int, v varbit); ALTER TABLE s.t ALTER v SET STORAGE EXTERNAL");
  std::string bits = "SELECT ~ B'0'::bit(83886080) AS b";
  for (int i = 0; i < 4; ++i) bits = "SELECT b || b AS b FROM (" + bits + " OFFSET 0) x";
  source_.exec("INSERT INTO s.t SELECT 1, b FROM (" + bits + ") x");
  const Error error =
      error_of([&] { clone({.relations = {"t"}, .options = R"({"format": "text"})"}); });
  EXPECT_EQ(error.message(), "a row of table \"s\".\"t\" is larger than 1 GB on its way");
  EXPECT_EQ(error.detail(), "The source says: invalid memory alloc request size 1342177281.");
  EXPECT_EQ(error.hint(),
            "In text, bytea takes twice its size: use \"format\": \"binary\" if the columns allow "
            "it. Else clone the table by itself, and leave the row out with \"where\".");
  clone({.relations = {"t"}});
  EXPECT_EQ(target_.value("SELECT length(v) || ' ' || bit_count(v) FROM s.t"),
            "1342177280 1342177280");
}

constexpr const char* kLatin = "ENCODING 'LATIN1' LOCALE 'C'";

TEST_F(TableTest, AnotherEncoding) {
  const TempDatabase latin(test::source_cluster(), kLatin);
  const TempDatabase latin_target(test::target_cluster(), kLatin);
  Sql latin_source = latin.connect();
  latin_source.exec("SET client_encoding = UTF8");
  latin_source.exec(
      "CREATE SCHEMA s; CREATE TABLE s.\"tä\" (id int, \"ö\" text, c "
      "char(3));"
      "INSERT INTO s.\"tä\" VALUES (1, 'äöü ÿ', 'ß'), (2, '\\', NULL);"
      "CREATE TABLE s.h (t text) PARTITION BY HASH (t);"
      "CREATE TABLE s.h0 PARTITION OF s.h FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
      "CREATE TABLE s.h1 PARTITION OF s.h FOR VALUES WITH (MODULUS 2, REMAINDER 1);"
      "INSERT INTO s.h SELECT 'ä' || g FROM generate_series(1, 50) g;");
  latin_target.connect().exec("CREATE SCHEMA s");
  const auto rows = [](const TempDatabase& database, const std::string& table) {
    Sql sql = database.connect();
    sql.exec("SET client_encoding = UTF8");
    return sql.rows("SELECT t::text FROM s." + table + " t ORDER BY t::text COLLATE \"C\"");
  };
  for (const char* const format : {"text", "binary"}) {
    const std::string options = R"({"format": ")" + std::string(format) + "\"}";
    clone({.relations = {"tä"}, .options = options}, latin, target_db_);
    clone({.relations = {"h"}, .options = options}, latin, target_db_);
    for (const char* const table : {"\"tä\"", "h"}) {
      EXPECT_EQ(rows(latin, table), rows(target_db_, table)) << table << format;
    }
    source_.exec(
        "DROP TABLE IF EXISTS s.fits; CREATE TABLE s.fits (a text); INSERT INTO s.fits VALUES "
        "('äÿ')");
    clone({.relations = {"fits"}, .options = options}, source_db_, latin_target);
    EXPECT_EQ(rows(source_db_, "fits"), rows(latin_target, "fits"));
    target_.exec("DROP TABLE s.\"tä\", s.h");
    latin_target.connect().exec("DROP TABLE s.fits");
  }
}

class Untranslatable : public TableTest, public ::testing::WithParamInterface<const char*> {
 protected:
  Untranslatable() { latin_.connect().exec("CREATE SCHEMA s"); }

  Error failing_clone(const std::string& more_options = "") {
    const std::string format = GetParam();
    Error error = error_of([&] {
      clone({.relations = {"t"}, .options = R"({"format": ")" + format + "\"" + more_options + "}"},
            source_db_, latin_);
    });
    EXPECT_EQ(error.sqlstate(), "22P05");
    EXPECT_EQ(error.hint(),
              "Change it on the source, or clone into a database with encoding UTF8.");
    return error;
  }

  static std::string says(const std::string& bytes) {
    return " The source says: character with byte sequence " + bytes +
           " in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\".";
  }

  TempDatabase latin_{test::target_cluster(), kLatin};
};

INSTANTIATE_TEST_SUITE_P(Formats, Untranslatable, ::testing::Values("text", "auto"));

// Of many rows and columns, in several blocks.
TEST_P(Untranslatable, NamesTableColumnAndKey) {
  source_.exec(R"(CREATE TABLE s.t (x int, "i ""D" int, a text, b text, k text,
                                    PRIMARY KEY (k, "i ""D"));
                  INSERT INTO s.t SELECT 0, g, 'ä', repeat('é', g % 90), 'k' || g
                    FROM generate_series(1, 5000) g;
                  UPDATE s.t SET b = 'für 5 €' WHERE "i ""D" IN (3217, 4000))");
  Error error = failing_clone();
  EXPECT_EQ(error.message(),
            "column \"b\" of table \"s\".\"t\" has text that the target's encoding lacks");
  EXPECT_EQ(error.detail(), "It is in the row whose key (\"k\", \"i \"\"D\") is (k3217, 3217)." +
                                says("0xe2 0x82 0xac"));
  // Only the rows that are asked for.
  error = failing_clone(R"(, "where": "\"i \"\"D\" <> 3217")");
  EXPECT_EQ(error.detail(), "It is in the row whose key (\"k\", \"i \"\"D\") is (k4000, 4000)." +
                                says("0xe2 0x82 0xac"));
}

TEST_P(Untranslatable, InTheKeyItself) {
  source_.exec("CREATE TABLE s.t (id text PRIMARY KEY); INSERT INTO s.t VALUES ('a'), ('é€')");
  const Error error = failing_clone();
  EXPECT_EQ(error.message(),
            "column \"id\" of table \"s\".\"t\" has text that the target's encoding lacks");
  EXPECT_EQ(error.detail(), R"(It is in the row whose key ("id") is (\303\251\342\202\254).)" +
                                says("0xe2 0x82 0xac"));
}

TEST_P(Untranslatable, WithoutAKey) {
  source_.exec("CREATE TABLE s.t (j jsonb[]); INSERT INTO s.t VALUES ('{}'), ('{\"\\\"€\\\"\"}')");
  const Error error = failing_clone();
  EXPECT_EQ(error.message(),
            "column \"j\" of table \"s\".\"t\" has text that the target's encoding lacks");
  EXPECT_EQ(error.detail(), "It is in the row at ctid (0,2)." + says("0xe2 0x82 0xac"));
}

}  // namespace
}  // namespace pgclone::table
