// The option "data_only": rows and sequences arrive in tables that exist, and nothing else changes.
#include "data_only_fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kSchema =
    "CREATE SCHEMA s; SET search_path = s; CREATE TYPE mood AS ENUM ('so', 'la');"
    "CREATE TABLE \"Kunden 😀\" (id serial PRIMARY KEY, name varchar(20), m mood DEFAULT 'so');"
    "CREATE TABLE a_orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
    "  customer int NOT NULL REFERENCES \"Kunden 😀\", total numeric(10, 2),"
    "  twice numeric GENERATED ALWAYS AS (total * 2) STORED);"
    "CREATE TABLE a_items (id int PRIMARY KEY, o int REFERENCES a_orders ON DELETE CASCADE);"
    "CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree);"
    "CREATE TABLE log (at int, note text) PARTITION BY RANGE (at);"
    "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (1) TO (10);"
    "CREATE TABLE log_2 PARTITION OF log DEFAULT PARTITION BY HASH (at);"
    "CREATE TABLE log_2a PARTITION OF log_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
    "CREATE TABLE log_2b PARTITION OF log_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);"
    "CREATE TABLE base (id int, b text); CREATE TABLE derived (d int) INHERITS (base);"
    "CREATE SEQUENCE free INCREMENT 5; CREATE SEQUENCE unused START 7;"
    "CREATE MATERIALIZED VIEW m AS SELECT name FROM \"Kunden 😀\";"
    "CREATE MATERIALIZED VIEW m2 AS SELECT name FROM m;"
    "INSERT INTO \"Kunden 😀\" (name, m) SELECT 'k' || g, 'la' FROM generate_series(1, 30) g;"
    "INSERT INTO a_orders (customer, total) SELECT g, g FROM generate_series(1, 30) g;"
    "INSERT INTO a_items SELECT g, g FROM generate_series(1, 30) g;"
    "INSERT INTO tree SELECT g, nullif(g - 1, 0) FROM generate_series(1, 9) g ORDER BY g DESC;"
    "INSERT INTO log SELECT g, 'n' || g FROM generate_series(1, 40) g;"
    "INSERT INTO base VALUES (1, 'b'); INSERT INTO derived VALUES (2, 'd', 3);"
    "SELECT nextval('free'), setval('unused', 9, false);"
    "REFRESH MATERIALIZED VIEW m; REFRESH MATERIALIZED VIEW m2; RESET search_path";

class DataOnly : public DataOnlyTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(kSchema);
  }
  // Alone in the caller's transaction, or in the background with these options.
  static Mode mode() { return GetParam() == "sync" ? Mode::sync : Mode::async; }
  static std::string options(const std::string& more = "") {
    std::string all;
    if (GetParam() == "pool") all = R"("parallel": 4, "split_bytes": 8192)";
    if (GetParam() == "inconsistent") all = R"("consistent": false)";
    return all + (all.empty() || more.empty() ? "" : ", ") + more;
  }
};

TEST_P(DataOnly, EverythingArrives) {
  make_target();
  fill(mode(), options());
  expect_equal("s");
}

TEST_P(DataOnly, InAnotherSchema) {
  make_target(R"({"schema_only": true, "target_schema": "T \" x"})");
  fill(mode(), options(R"("target_schema": "T \" x")"));
  target_.exec("ALTER SCHEMA \"T \"\" x\" RENAME TO s");
  expect_equal("s");
}

TEST_P(DataOnly, TheTargetMayDiffer) {
  make_target();
  target_.exec(
      "SET search_path = s; DROP TABLE tree; CREATE TABLE tree (note text, up bigint, id text);"
      "ALTER TABLE a_orders ADD more int NOT NULL DEFAULT 4, ADD nullable int;"
      "ALTER TABLE \"Kunden 😀\" ALTER m TYPE text; RESET search_path");
  fill(mode(), options());
  expect_same("SELECT id::text, up FROM s.tree ORDER BY 1",
              "SELECT id, up FROM s.tree WHERE note IS NULL ORDER BY 1");
  expect_same("SELECT id, customer, total, twice FROM s.a_orders ORDER BY 1",
              "SELECT id, customer, total, twice FROM s.a_orders WHERE more = 4 ORDER BY 1");
  expect_same("SELECT id, name, m::text FROM s.\"Kunden 😀\" ORDER BY 1",
              "SELECT id, name, m FROM s.\"Kunden 😀\" ORDER BY 1");
}

TEST_P(DataOnly, OtherPartitionsGetTheirRows) {
  make_target();
  target_.exec(
      "DROP TABLE s.log; CREATE TABLE s.log (note text, at int) PARTITION BY LIST (at);"
      "CREATE TABLE s.log_1 PARTITION OF s.log FOR VALUES IN (1, 2, 39);"
      "CREATE TABLE s.rest PARTITION OF s.log DEFAULT");
  fill(mode(), options());
  expect_same("SELECT at, note FROM s.log ORDER BY 1", "SELECT at, note FROM s.log ORDER BY 1");
  EXPECT_EQ(target_count("s.log_1"), "3");
}

TEST_P(DataOnly, APartitionedTableMayBePlainThereAndAPlainOnePartitioned) {
  make_target();
  target_.exec(
      "DROP TABLE s.log, s.tree; CREATE TABLE s.log (at int, note text);"
      "CREATE TABLE s.tree (id int, up int) PARTITION BY HASH (id);"
      "CREATE TABLE s.tree_0 PARTITION OF s.tree FOR VALUES WITH (MODULUS 2, REMAINDER 0);"
      "CREATE TABLE s.tree_1 PARTITION OF s.tree FOR VALUES WITH (MODULUS 2, REMAINDER 1)");
  fill(mode(), options());
  for (const char* query : {"SELECT * FROM s.log ORDER BY 1", "SELECT * FROM s.tree ORDER BY 1"})
    expect_same(query, query);
}

TEST_P(DataOnly, OnlyWhatIsAskedFor) {
  make_target();
  fill(mode(), options(R"("exclude": ["a_items", "unused", "m2"], "matviews": true,
                          "data": {"log": "at % 2 = 0", "tree": false})"));
  EXPECT_EQ(target_count("s.a_items"), "0");
  EXPECT_EQ(target_count("s.tree"), "0");
  EXPECT_EQ(target_count("s.a_orders"), "30");
  EXPECT_EQ(target_count("s.log"), "20");
  EXPECT_EQ(target_count("s.m"), "30");
  EXPECT_EQ(target_.value("SELECT relispopulated FROM pg_class WHERE oid = 's.m2'::regclass"), "f");
  EXPECT_EQ(target_.value("SELECT last_value FROM s.unused"), "7");
}

TEST_P(DataOnly, OneTable) {
  make_target();
  target_.exec("CREATE TABLE s.few (total numeric, id int)");
  clone(mode(), "table",
        "'s', 'a_orders', true, 'few', " +
            with(options(R"("columns": ["id", "total"], "where": "id <= 3")")));
  EXPECT_EQ(target_.rows("SELECT id, total FROM s.few ORDER BY id"),
            source_.rows("SELECT id, total FROM s.a_orders WHERE id <= 3 ORDER BY id"));
  EXPECT_EQ(target_count("s.a_orders"), "0");
  clone(mode(), "table", "'s', 'log', true, NULL, " + with(options()));
  expect_same("SELECT * FROM s.log_2b ORDER BY 1", "SELECT * FROM s.log_2b ORDER BY 1");
}

INSTANTIATE_TEST_SUITE_P(Modes, DataOnly,
                         ::testing::Values("sync", "async", "pool", "inconsistent"),
                         parameter_name);

}  // namespace
}  // namespace pgclone::integration
