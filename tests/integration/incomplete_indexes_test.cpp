// Indexes of partitioned tables that not every partition has: CREATE INDEX ON ONLY, and no more
// ALTER INDEX … ATTACH PARTITION than the source has seen.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kNewName = "Neu \"x\" 🐘";

// Two levels; indexes and keys that end at each of them.
constexpr const char* kTree = R"(
  CREATE SCHEMA s; SET search_path = s; CREATE EXTENSION file_fdw SCHEMA public;
  CREATE SERVER srv FOREIGN DATA WRAPPER file_fdw;
  CREATE TABLE "P %" (a int NOT NULL, b int NOT NULL, c text) PARTITION BY RANGE (a);
  CREATE TABLE low PARTITION OF "P %" FOR VALUES FROM (MINVALUE) TO (10) PARTITION BY LIST (b);
  CREATE TABLE "low 1" PARTITION OF low FOR VALUES IN (1);
  CREATE TABLE low_2 PARTITION OF low DEFAULT;
  CREATE TABLE high PARTITION OF "P %" FOR VALUES FROM (10) TO (MAXVALUE);
  INSERT INTO "P %" SELECT g, g % 3, 'c' || g FROM generate_series(1, 2000) g;

  CREATE INDEX "none '" ON ONLY "P %" (c); COMMENT ON INDEX "none '" IS 'of no partition';
  CREATE INDEX leaf ON ONLY "P %" (b) WITH (fillfactor = 77);
  CREATE INDEX "leaf high" ON high (b); ALTER INDEX leaf ATTACH PARTITION "leaf high";
  CREATE INDEX half ON ONLY "P %" ((a + b)); ALTER INDEX half ALTER COLUMN 1 SET STATISTICS 9;
  CREATE INDEX half_low ON ONLY low ((a + b)); ALTER INDEX half ATTACH PARTITION half_low;
  CREATE INDEX half_low_1 ON "low 1" ((a + b)); ALTER INDEX half_low ATTACH PARTITION half_low_1;
  CREATE INDEX middle ON ONLY "P %" (lower(c));
  CREATE INDEX middle_low ON low (lower(c)); ALTER INDEX middle ATTACH PARTITION middle_low;
  CREATE UNIQUE INDEX uniq ON ONLY "P %" (a, b, c) WHERE a > 0;
  ALTER TABLE ONLY "P %" ADD CONSTRAINT "key %" PRIMARY KEY (a, b);
  COMMENT ON CONSTRAINT "key %" ON "P %" IS 'half a key';
  ALTER TABLE high ADD CONSTRAINT high_key PRIMARY KEY (a, b);
  ALTER INDEX "key %" ATTACH PARTITION high_key;
  ALTER TABLE ONLY "P %" ADD CONSTRAINT twice UNIQUE (b, a) INCLUDE (c) DEFERRABLE;
  ALTER TABLE ONLY low ADD CONSTRAINT twice_low UNIQUE (b, a) INCLUDE (c) DEFERRABLE;
  ALTER INDEX twice ATTACH PARTITION twice_low;
  CREATE VIEW by_key AS SELECT a, b, c FROM "P %" GROUP BY a, b;
  CREATE INDEX whole ON "P %" (b, c);

  CREATE TABLE mixed (a int, b int) PARTITION BY LIST (a);
  CREATE FOREIGN TABLE far PARTITION OF mixed FOR VALUES IN (1)
    SERVER srv OPTIONS (filename '/dev/null');
  CREATE TABLE near PARTITION OF mixed FOR VALUES IN (2);
  CREATE UNIQUE INDEX mixed_key ON ONLY mixed (a, b);
  CREATE UNIQUE INDEX near_key ON near (a, b); ALTER INDEX mixed_key ATTACH PARTITION near_key;
  RESET search_path)";

class IncompleteIndexes : public BothModes {
 protected:
  void SetUp() override {
    BothModes::SetUp();
    target_.exec("CREATE EXTENSION file_fdw; CREATE SERVER srv FOREIGN DATA WRAPPER file_fdw");
    source_.exec(kTree);
  }

  // What pg_dump doesn't say: which are valid, and how they hang together.
  static Rows indexes(Sql& sql) {
    return sql.rows(
        "SELECT i.indexrelid::regclass, i.indrelid::regclass, i.indisvalid, h.inhparent::regclass"
        " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " LEFT JOIN pg_inherits h ON h.inhrelid = c.oid"
        " WHERE c.relnamespace = 's'::regnamespace ORDER BY c.relname");
  }

  void expect_equal_trees() {
    expect_equal("s");
    EXPECT_EQ(indexes(source_), indexes(target_));
  }
};

PGCLONE_BOTH_MODES(IncompleteIndexes);

TEST_P(IncompleteIndexes, ArriveAsTheyAre) {
  clone(GetParam(), "schema", "'s'");
  expect_equal_trees();
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "10");
}

TEST_P(IncompleteIndexes, ArriveUnderAnotherNameAndInAPool) {
  clone(GetParam(), "schema", R"('s', true, '{"target_schema": "Neu \"x\" 🐘"}')");
  target_.exec("ALTER SCHEMA " + sql::identifier(kNewName) + " RENAME TO s");
  expect_equal_trees();
  if (GetParam() == Mode::sync) return;
  target_.exec("SET client_min_messages = error; DROP SCHEMA s CASCADE");
  clone(GetParam(), "schema", R"('s', true, '{"parallel": 4, "split_bytes": 8192}')");
  expect_equal_trees();
}

TEST_P(IncompleteIndexes, ArriveWithATable) {
  source_.exec("DROP TABLE s.mixed CASCADE; DROP VIEW s.by_key");
  target_.exec("CREATE SCHEMA s");
  clone(GetParam(), "table", "'s', 'P %'");
  expect_equal_trees();
  clone(GetParam(), "table", "'s', 'P %', true, 'Other'");
  EXPECT_EQ(
      target_.value("SELECT string_agg(relname, ', ' ORDER BY relname COLLATE \"C\") FROM pg_index"
                    " JOIN pg_class c ON c.oid = indexrelid"
                    " WHERE indrelid = 's.\"Other\"'::regclass AND NOT indisvalid"),
      "Other_half, Other_key %, Other_leaf, Other_middle, Other_none ', Other_twice, Other_uniq");
}

TEST_P(IncompleteIndexes, CanBeFinishedOnTheTarget) {
  clone(GetParam(), "schema", "'s'");
  target_.exec(
      "CREATE INDEX leaf_low ON s.low (b); ALTER INDEX s.leaf ATTACH PARTITION s.leaf_low");
  EXPECT_EQ(target_.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 's.leaf'::regclass"),
            "t");
}

// Whose build failed: that of a partition, which would otherwise be a part.
TEST_P(IncompleteIndexes, ABrokenPartIsLeftOut) {
  source_.exec("INSERT INTO s.high SELECT 5000 + g, 1, 'same' FROM generate_series(1, 2) g");
  source_.expect_error("CREATE UNIQUE INDEX CONCURRENTLY broken ON s.high (c)");
  source_.exec(
      "CREATE INDEX part ON s.high (c); UPDATE pg_index SET indisvalid = false WHERE indexrelid ="
      " 's.part'::regclass; ALTER INDEX s.\"none '\" ATTACH PARTITION s.part");
  clone(GetParam(), "schema", "'s'");
  expect_equal("s");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_class WHERE relname IN ('broken', 'part')"),
            "0");
}

}  // namespace
}  // namespace pgclone::integration
