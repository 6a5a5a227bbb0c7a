// The options "tables", "exclude" and "schema_only": a part of a schema. What should be there is
// what is left on the source once the rest is dropped.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class Selection : public BothModes {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; SET search_path = s;"
        "CREATE TABLE customers (id serial PRIMARY KEY, name text);"
        "CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers);"
        "CREATE TABLE \"Log * ? 😀\" (at int) PARTITION BY RANGE (at);"
        "CREATE TABLE log_1 PARTITION OF \"Log * ? 😀\" FOR VALUES FROM (1) TO (10);"
        "CREATE TABLE log_2 PARTITION OF \"Log * ? 😀\" FOR VALUES FROM (10) TO (20);"
        "CREATE VIEW v AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer;"
        "CREATE VIEW only_orders AS SELECT id FROM orders;"
        "CREATE MATERIALIZED VIEW m AS SELECT * FROM v;"
        "CREATE FUNCTION name_of(customers) RETURNS text LANGUAGE sql RETURN ($1).name;"
        "CREATE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql RETURN $1 * 2;"
        "CREATE SEQUENCE free; SELECT nextval('free');"
        "CREATE TABLE counted (id int DEFAULT nextval('free'), d int DEFAULT twice(1));"
        "INSERT INTO customers (name) SELECT g::text FROM generate_series(1, 10) g;"
        "INSERT INTO orders SELECT g, g FROM generate_series(1, 10) g;"
        "INSERT INTO \"Log * ? 😀\" SELECT generate_series(1, 19);"
        "INSERT INTO counted SELECT FROM generate_series(1, 5); REFRESH MATERIALIZED VIEW m;"
        "RESET search_path");
  }

  // Clones with the options, drops on the source what should be missing, compares.
  void expect_without(const std::string& options, const std::string& dropped) {
    clone(GetParam(), "schema", "'s', true, " + sql::literal(options));
    source_.exec("SET client_min_messages = error; SET search_path = s; " + dropped +
                 "; RESET search_path");
    expect_equal("s");
  }

  SqlReport refused(const std::string& options) {
    return failing_clone(GetParam(), "schema", "'s', true, " + sql::literal(options));
  }
};

PGCLONE_BOTH_MODES(Selection);

TEST_P(Selection, OnlyTheseTables) {
  expect_without(R"({"tables": ["orders"]})",
                 "DROP TABLE customers, \"Log * ? 😀\", counted CASCADE");
}

TEST_P(Selection, APatternAndAPool) {
  if (GetParam() == Mode::sync) GTEST_SKIP() << "a pool works in the background";
  expect_without(R"({"tables": ["c*", "?rders"], "parallel": 3})", "DROP TABLE \"Log * ? 😀\"");
}

TEST_P(Selection, APartitionedTableTakesItsPartitionsAlong) {
  expect_without(R"({"tables": ["Log * ? 😀", "counted"]})", "DROP TABLE orders, customers CASCADE");
}

TEST_P(Selection, APartitionComesAlone) {
  clone(GetParam(), "schema", R"('s', true, '{"tables": ["log_1"]}')");
  EXPECT_EQ(target_.value("SELECT array_agg(relname::text ORDER BY 1)::text FROM pg_class WHERE"
                          " relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 's'::regnamespace"),
            "{log_1}");
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.log_1"), "9");
}

TEST_P(Selection, WhatNeedsAnExcludedTableIsLeftOutToo) {
  expect_without(R"({"exclude": ["customers"]})", "DROP TABLE customers CASCADE");
}

TEST_P(Selection, AnExactNameMeansNoOther) {
  source_.exec("CREATE TABLE s.\"c*\" (id int)");
  expect_without(R"({"exclude": ["c*"]})", "DROP TABLE \"c*\"");
}

TEST_P(Selection, ViewsCanBeExcluded) {
  expect_without(R"({"exclude": ["v", "log_?"]})", "DROP VIEW v CASCADE; DROP TABLE log_1, log_2");
}

TEST_P(Selection, WhatATableNeedsCannotBeLeftOut) {
  const SqlReport report = refused(R"({"exclude": ["free"]})");
  EXPECT_EQ(report.sqlstate, "2BP01");
  EXPECT_EQ(report.detail, "default value for column id of table s.counted");
}

TEST_P(Selection, NeitherItsRulesNorWhatAForeignTableNeeds) {
  source_.exec(
      "CREATE RULE keep AS ON DELETE TO s.counted DO ALSO INSERT INTO s.customers VALUES (OLD.id)");
  EXPECT_EQ(refused(R"({"exclude": ["customers"]})").detail, "rule keep on table s.counted");
  source_.exec(
      "DROP RULE keep ON s.counted; CREATE FOREIGN DATA WRAPPER w; CREATE SERVER v FOREIGN DATA"
      " WRAPPER w; CREATE SEQUENCE s.other;"
      "CREATE FOREIGN TABLE s.far (id int DEFAULT nextval('s.other')) SERVER v");
  EXPECT_EQ(refused(R"({"exclude": ["other"]})").detail,
            "default value for column id of foreign table s.far");
}

TEST_P(Selection, ATableOfAnExcludedTablesTypeCannotStay) {
  source_.exec("CREATE TABLE s.composed (c s.customers)");
  const SqlReport report = refused(R"({"tables": ["composed"]})");
  EXPECT_EQ(report.sqlstate, "2BP01");
  EXPECT_EQ(report.detail, "type s.customers");
}

TEST_P(Selection, ANameThatMeansNothingIsRefused) {
  for (const char* option : {"tables", "exclude"}) {
    const SqlReport report = refused(R"({")" + std::string(option) + R"(": ["order"]})");
    EXPECT_EQ(report.sqlstate, "42P01");
    EXPECT_EQ(report.message,
              "option \"" + std::string(option) + "\" means nothing in schema \"s\": 'order'");
  }
}

TEST_P(Selection, IsTold) {
  if (GetParam() == Mode::async) GTEST_SKIP() << "told in the log";
  target_.exec(statement(Mode::sync, "schema", R"('s', true, '{"exclude": ["customers"]}')"));
  ASSERT_GE(target_.notices().size(), 2U);
  EXPECT_EQ(target_.notices()[0].message, "left out by the options: 1 relation");
  EXPECT_EQ(target_.notices()[0].detail, "table s.customers");
  EXPECT_EQ(target_.notices()[1].detail,
            "function s.name_of(s.customers)\nview s.v\nmaterialized view s.m");
}

TEST_P(Selection, SomeRows) {
  expect_without(
      R"({"data": {"customers": "id <= 5 -- half", "orders": "id < 3", "counted": false,
                   "Log * ? 😀": "at % 2 = 0", "log_1": "at > 4"}, "matviews": false})",
      "DROP MATERIALIZED VIEW m; DELETE FROM orders WHERE id >= 3;"
      "DELETE FROM customers WHERE id > 5; DELETE FROM counted;"
      "DELETE FROM \"Log * ? 😀\" WHERE at % 2 <> 0; DELETE FROM log_1 WHERE at <= 4");
}

TEST_P(Selection, AFilterIsOneConditionOfAClonedTable) {
  EXPECT_EQ(refused(R"({"data": {"customer": "true"}})").hint,
            "Perhaps you meant \"s\".\"customers\".");
  EXPECT_EQ(refused(R"({"data": {"customers": "true", "orders": "x = 1"}})").sqlstate, "42703");
  EXPECT_EQ(refused(R"({"data": {"orders": "true); DROP TABLE s.orders; --"}})").sqlstate, "42601");
  EXPECT_EQ(refused(R"({"data": {"orders": 1}})").sqlstate, "22023");
  EXPECT_EQ(refused(R"({"data": {"orders": "true"}, "schema_only": true})").sqlstate, "22023");
  EXPECT_EQ(refused(R"({"data": ["orders"]})").sqlstate, "22023");
  EXPECT_EQ(refused(R"({"data": {"orders": "true"}, "exclude": ["orders"]})").sqlstate, "42P01");
}

TEST_P(Selection, NoRows) {
  expect_without(R"({"schema_only": true, "exclude": ["m"]})",
                 "DROP MATERIALIZED VIEW m; TRUNCATE customers, orders, \"Log * ? 😀\", counted;"
                 "ALTER SEQUENCE free RESTART; ALTER SEQUENCE customers_id_seq RESTART");
}

TEST_P(Selection, IsForSchemas) {
  const SqlReport report =
      failing_clone(GetParam(), "table", R"('s', 'orders', true, NULL, '{"tables": ["orders"]}')");
  EXPECT_EQ(report.sqlstate, "22023");
}

}  // namespace
}  // namespace pgclone::integration
