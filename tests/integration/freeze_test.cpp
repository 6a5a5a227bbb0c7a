// Rows of a table that is made and loaded in one transaction need no vacuum to be frozen.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

class Freeze : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    target_.exec("CREATE EXTENSION pg_visibility SCHEMA public");
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.\"Loaded 😀\" (id int PRIMARY KEY, filler text);"
        "INSERT INTO s.\"Loaded 😀\" SELECT g, pg_catalog.repeat('x', 400)"
        " FROM pg_catalog.generate_series(1, 5000) AS g;"
        "CREATE TABLE s.parted (id int, filler text) PARTITION BY RANGE (id);"
        "CREATE TABLE s.part PARTITION OF s.parted FOR VALUES FROM (0) TO (10000);"
        "INSERT INTO s.parted SELECT * FROM s.\"Loaded 😀\"");
  }

  Rows frozen(Mode mode, const std::string& options) {
    clone(mode, "schema", "'s', true, '" + options + "'");
    return target_.rows(
        "SELECT c.relname, m.all_frozen > 100 AND m.all_frozen = pg_catalog.pg_relation_size(c.oid)"
        " / pg_catalog.current_setting('block_size')::int FROM pg_catalog.pg_class c,"
        " public.pg_visibility_map_summary(c.oid) m WHERE c.relkind = 'r'"
        " AND c.relnamespace = 's'::pg_catalog.regnamespace ORDER BY 1");
  }

  // Rows of both tables, as a transaction sees them.
  static Rows seen(Sql& sql, const std::string& schema) {
    return sql.rows("SELECT (SELECT count(*) FROM " + schema +
                    ".\"Loaded 😀\"), (SELECT count(*) FROM " + schema + ".parted)");
  }
  Sql old_snapshot() {
    Sql sql = target_db_.connect();
    sql.exec("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_catalog.pg_class LIMIT 1");
    return sql;
  }

  static Rows everything(const std::string& is_frozen) {
    return {{"Loaded 😀", is_frozen}, {"part", is_frozen}};
  }
};

TEST_F(Freeze, WhatIsCopiedAsOne) {
  EXPECT_EQ(frozen(Mode::async, R"({"parallel": 2})"), everything("t"));
}

// Their transactions did not make the table.
TEST_F(Freeze, ButNoTableInParts) {
  EXPECT_EQ(frozen(Mode::async, R"({"parallel": 2, "split_bytes": 100000})"), everything("f"));
}

// The caller may have snapshots that are older than the rows, and would see them.
TEST_F(Freeze, ButNothingInTheCallersTransaction) {
  EXPECT_EQ(frozen(Mode::sync, "{}"), everything("f"));
}

TEST_F(Freeze, NorWhereTheOptionSaysNo) {
  EXPECT_EQ(frozen(Mode::async, R"({"parallel": 2, "freeze": false})"), everything("f"));
}

// The tables are new, and the catalogs are always read as they are now.
TEST_F(Freeze, ATransactionThatBeganBeforeSeesFrozenRowsAlone) {
  Sql old = old_snapshot();
  for (const std::string more : {"", R"(, "parallel": 2)"}) {
    const std::string name = more.empty() ? "alone" : "pool";
    clone(Mode::async, "schema",
          "'s', true, '{\"target_schema\": \"frozen_" + name + "\"" + more + "}'");
    clone(Mode::async, "schema",
          "'s', true, '{\"target_schema\": \"not_" + name + "\", \"freeze\": false" + more + "}'");
    EXPECT_EQ(seen(old, "frozen_" + name), (Rows{{"5000", "5000"}}));
    EXPECT_EQ(seen(old, "not_" + name), (Rows{{"0", "0"}}));
    EXPECT_EQ(seen(target_, "not_" + name), (Rows{{"5000", "5000"}}));
  }
  clone(Mode::sync, "schema", R"('s', true, '{"target_schema": "sync"}')");
  EXPECT_EQ(seen(old, "sync"), (Rows{{"0", "0"}}));
}

// TRUNCATE leaves older snapshots nothing, and what comes then isn't theirs either.
TEST_F(Freeze, NorIntoTablesThatExist) {
  clone(Mode::async, "schema", R"('s', true, '{"freeze": false}')");
  Sql old = old_snapshot();
  EXPECT_EQ(frozen(Mode::async, R"({"data_only": true, "conflict": "replace"})"), everything("f"));
  EXPECT_EQ(seen(old, "s"), (Rows{{"0", "0"}}));
  EXPECT_EQ(seen(target_, "s"), (Rows{{"5000", "5000"}}));
  const SqlReport refused =
      failing_clone(Mode::async, "schema", R"('s', true, '{"data_only": true, "freeze": true}')");
  EXPECT_EQ(refused.sqlstate, "22023");
  EXPECT_EQ(refused.message, "option \"freeze\" is not possible with option \"data_only\"");
  EXPECT_EQ(refused.detail, "Rows that go into tables that exist are never frozen.");
}

}  // namespace
}  // namespace pgclone::integration
