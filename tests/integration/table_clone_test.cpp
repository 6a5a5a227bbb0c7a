// One table, whole or in part, under its own or another name.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class TableClone : public BothModes {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE TABLE public.item (id serial PRIMARY KEY, name text NOT NULL UNIQUE,"
        "  price numeric(9,2) CHECK (price > 0), tags text[] DEFAULT '{}',"
        "  total numeric GENERATED ALWAYS AS (price * 2) STORED, CHECK (length(name) < id + 100));"
        "CREATE INDEX item_price ON public.item (price); CREATE INDEX item_both ON item (name, "
        "price);"
        "COMMENT ON TABLE item IS 'things'; COMMENT ON COLUMN item.name IS 'how it is called';"
        "INSERT INTO item (name, price, tags) SELECT 'item ' || i, i, ARRAY['t' || i % 3]"
        "  FROM generate_series(1, 1000) AS i;"
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
        "CREATE TRIGGER item_trigger BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION f()");
    target_.exec("CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'");
  }

  std::string dump(Cluster& cluster, const TempDatabase& database) {
    std::string text = cluster.run_tool({"pg_dump", "--schema-only", "--no-owner",
                                         "--no-privileges", "-t", "public.item", database.name()});
    // The lines that tell two runs apart.
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      const std::string line = text.substr(at, end - at);
      if (!line.starts_with("-- Dumped") && line.find("restrict") == std::string::npos) {
        out += line + "\n";
      }
      at = end + 1;
    }
    return out;
  }

  std::string count(const std::string& catalog_query) {
    return target_.value("SELECT count(*) FROM " + catalog_query);
  }
};

TEST_P(TableClone, ArrivesWhole) {
  clone(GetParam(), "table", "'public', 'item'");
  EXPECT_EQ(dump(source_server(), source_db_), dump(target_server(), target_db_));
  expect_same("SELECT * FROM item ORDER BY id", "SELECT * FROM item ORDER BY id");
  EXPECT_EQ(target_.value("SELECT nextval('item_id_seq')"), "1001");
  expect_no_backends();
}

TEST_P(TableClone, IntoASchemaThatTheTargetLacks) {
  source_.exec("CREATE SCHEMA \"N ew\"; CREATE TABLE \"N ew\".t AS SELECT 1 AS a");
  const SqlReport report = failing_clone(GetParam(), "table", "'N ew', 't'");
  EXPECT_EQ(report.sqlstate, "3F000");
  EXPECT_THAT(report.message, HasSubstr("\"N ew\""));
  EXPECT_THAT(report.hint, HasSubstr("CREATE SCHEMA"));
  target_.exec("CREATE SCHEMA \"N ew\"");
  clone(GetParam(), "table", "'N ew', 't'");
  EXPECT_EQ(target_.value("SELECT a FROM \"N ew\".t"), "1");
}

TEST_P(TableClone, WithoutDataItIsEmpty) {
  clone(GetParam(), "table", "'public', 'item', false");
  EXPECT_EQ(dump(source_server(), source_db_), dump(target_server(), target_db_));
  EXPECT_EQ(count("item"), "0");
}

TEST_P(TableClone, AnotherNameFollowsThrough) {
  clone(GetParam(), "table", "'public', 'item', true, 'Other \"name\"'");
  EXPECT_FALSE(exists("public.item"));
  expect_same("SELECT * FROM item ORDER BY id", "SELECT * FROM \"Other \"\"name\"\"\" ORDER BY id");
  // Its sequence is its own.
  target_.exec("INSERT INTO \"Other \"\"name\"\"\" (name, price) VALUES ('new', 1)");
  EXPECT_EQ(target_.value("SELECT max(id) FROM \"Other \"\"name\"\"\""), "1001");
  // Both can live side by side.
  clone(GetParam(), "table", "'public', 'item'");
  EXPECT_EQ(dump(source_server(), source_db_), dump(target_server(), target_db_));
}

TEST_P(TableClone, SomeColumnsAndRows) {
  clone(GetParam(), "table",
        R"('public', 'item', options => '{"columns": ["id", "price"], "where": "price <= 10"}')");
  expect_same("SELECT id, price FROM item WHERE price <= 10 ORDER BY id",
              "SELECT * FROM item ORDER BY id");
  // What needs a missing column is left out, what doesn't is there.
  EXPECT_EQ(target_.rows("SELECT indexrelid::regclass::text FROM pg_index"
                         " WHERE indrelid = 'item'::regclass ORDER BY 1"),
            (Rows{{"item_pkey"}, {"item_price"}}));
  EXPECT_EQ(target_.rows("SELECT conname FROM pg_constraint WHERE conrelid = 'item'::regclass"
                         " ORDER BY 1"),
            (Rows{{"item_pkey"}, {"item_price_check"}}));
}

TEST_F(CloneTest, WhatIsLeftOutIsToldInANotice) {
  source_.exec(
      "CREATE TABLE t (a int PRIMARY KEY, b int UNIQUE, c int CHECK (c > 0));"
      "CREATE INDEX t_bc ON t (b, c)");
  target_.exec(statement(Mode::sync, "table", R"('public', 't', options => '{"columns": ["a"]}')"));
  std::string all;
  for (const SqlReport& notice : target_.notices()) all += notice.message + "\n";
  EXPECT_THAT(all, HasSubstr("t_b_key"));
  EXPECT_THAT(all, HasSubstr("t_c_check"));
  EXPECT_THAT(all, HasSubstr("t_bc"));
}

TEST_P(TableClone, GeneratedColumnsAreRecomputed) {
  clone(GetParam(), "table", R"('public', 'item', options => '{"columns": ["price", "total"]}')");
  expect_same("SELECT price, total FROM item ORDER BY 1", "SELECT * FROM item ORDER BY 1");
  EXPECT_EQ(target_.value("SELECT attgenerated::text FROM pg_attribute"
                          " WHERE attrelid = 'item'::regclass AND attname = 'total'"),
            "s");
}

TEST_P(TableClone, PartsCanBeLeftOut) {
  clone(GetParam(), "table",
        R"('public', 'item', options => '{"indexes": false, "constraints": false,
                                          "triggers": false}')");
  expect_same("SELECT * FROM item ORDER BY id", "SELECT * FROM item ORDER BY id");
  EXPECT_EQ(count("pg_index WHERE indrelid = 'item'::regclass"), "0");
  EXPECT_EQ(count("pg_constraint WHERE conrelid = 'item'::regclass"), "0");
  EXPECT_EQ(count("pg_trigger WHERE tgrelid = 'item'::regclass"), "0");
  EXPECT_EQ(count("pg_attrdef WHERE adrelid = 'item'::regclass"), "3");
}

TEST_P(TableClone, TextAndBinaryGiveTheSameRows) {
  source_.exec(
      "CREATE TABLE v (i int, f float8, n numeric, t text, b bytea, ts timestamptz, j jsonb,"
      " a int[], u uuid, iv interval);"
      "INSERT INTO v VALUES (-2147483648, '-0', 'NaN', E'\\\\.\\n\\t\\\\N', '\\x00ff5c0a', "
      "'infinity',"
      " '{\"a\": [1, null]}', '[0:1]={1,NULL}', gen_random_uuid(), '1 mon -3 days 00:00:01.5'),"
      " (NULL, 'infinity', 123456789.000000000001, '', '', '4713-01-01 BC', 'null', '{}', NULL,"
      " '-178000000 years'), (1, 5e-324, -1e-30, repeat('ä😀', 100000), NULL, now(), '[]',"
      " '{{1},{2}}', gen_random_uuid(), '0')");
  for (const char* format : {"text", "binary", "auto"}) {
    const std::string name = std::string("v_") + format;
    clone(GetParam(), "table",
          "'public', 'v', true, '" + name + "', '{\"format\": \"" + format + "\"}'");
    expect_same("SELECT v::text FROM v ORDER BY 1",
                "SELECT x::text FROM " + name + " AS x ORDER BY 1");
  }
}

TEST_P(TableClone, AWideRowArrives) {
  source_.exec("CREATE TABLE wide AS SELECT repeat(md5('x'), 1000000) AS big");
  clone(GetParam(), "table", "'public', 'wide'");
  expect_same("SELECT md5(big), length(big) FROM wide", "SELECT md5(big), length(big) FROM wide");
}

TEST_P(TableClone, ANameOf63BytesWithQuotesAndEmoji) {
  std::string name = "\"q'😀\\";
  name += std::string(63 - name.size(), 'n');
  source_.exec("CREATE TABLE " + sql::identifier(name) +
               " (id serial PRIMARY KEY, x int UNIQUE);"
               "INSERT INTO " +
               sql::identifier(name) + " (x) VALUES (7)");
  clone(GetParam(), "table", "'public', " + sql::literal(name));
  EXPECT_EQ(target_.rows("SELECT id, x FROM " + sql::identifier(name)), (Rows{{"1", "7"}}));
}

PGCLONE_BOTH_MODES(TableClone);

}  // namespace
}  // namespace pgclone::integration
