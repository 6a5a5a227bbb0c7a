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

}  // namespace
}  // namespace pgclone::integration
