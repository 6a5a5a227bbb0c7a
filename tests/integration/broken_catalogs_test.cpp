// Sources whose catalogs say what no server's catalogs say. Those of lying_source_test are found by
// chance, these are the ones that once ended the target server, or kept it busy for ever.
#include "fixture.hpp"
#include "support/proxy.hpp"
#include "support/rewriter.hpp"

namespace pgclone::integration {
namespace {

struct Way {
  const char* name;
  Mode mode;
  const char* options;
};

constexpr Way kWays[] = {{"sync", Mode::sync, "{}"},
                         {"async", Mode::async, "{}"},
                         {"pool", Mode::async, R"({"parallel": 4})"}};

class BrokenCatalogs : public CloneTest, public ::testing::WithParamInterface<Way> {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec("SET allow_system_table_mods = on; CREATE SCHEMA s; SET search_path = s");
    started_ = start_time();
  }
  void TearDown() override { EXPECT_EQ(start_time(), started_); }

  std::string start_time() { return target_.value("SELECT pg_catalog.pg_postmaster_start_time()"); }

  static std::string arguments() { return "'s', true, " + sql::literal(GetParam().options); }

  SqlReport refused() {
    const SqlReport report = failing_clone(GetParam().mode, "schema", arguments());
    EXPECT_NE(report.detail, "");
    EXPECT_NE(report.hint, "");
    EXPECT_FALSE(exists("s.a"));
    return report;
  }

  void expect_below_itself(const std::string& table) {
    const SqlReport report = refused();
    EXPECT_EQ(report.sqlstate, "08P01");
    EXPECT_EQ(report.message, "the source says that table \"s\"." + table + " is below itself");
  }

  [[nodiscard]] std::string through(const test::Proxy& proxy) const {
    return sql::literal("host=127.0.0.1 port=" + std::to_string(proxy.port()) +
                        " user=postgres sslmode=disable gssencmode=disable dbname=" +
                        test::conninfo_value(source_db_.name()));
  }

  std::string started_;
};

TEST_P(BrokenCatalogs, ATableIsItsOwnParent) {
  source_.exec(
      "CREATE TABLE a (i int PRIMARY KEY); CREATE TABLE b () INHERITS (a);"
      "UPDATE pg_inherits SET inhparent = inhrelid WHERE inhrelid = 'b'::regclass");
  expect_below_itself("\"b\"");
}

TEST_P(BrokenCatalogs, TablesAreEachOthersParents) {
  source_.exec(
      "CREATE TABLE a (i int); CREATE TABLE b () INHERITS (a); CREATE TABLE c () INHERITS (b);"
      "CREATE TABLE d () INHERITS (c);"
      "UPDATE pg_inherits SET inhparent = 'd'::regclass WHERE inhrelid = 'b'::regclass");
  const SqlReport report = refused();
  EXPECT_EQ(report.sqlstate, "08P01");
  EXPECT_THAT(report.message, HasSubstr("is below itself"));
  EXPECT_THAT(report.detail, HasSubstr(R"("s"."b")"));
  EXPECT_THAT(report.detail, Not(HasSubstr(R"("s"."a")")));
}

TEST_P(BrokenCatalogs, APartitionIsItsOwnParent) {
  source_.exec(
      "CREATE TABLE a (i int, j int) PARTITION BY RANGE (i); CREATE TABLE b PARTITION OF a"
      " FOR VALUES FROM (0) TO (9) PARTITION BY LIST (j);"
      "UPDATE pg_inherits SET inhparent = inhrelid WHERE inhrelid = 'b'::regclass");
  expect_below_itself("\"b\"");
}

TEST_P(BrokenCatalogs, APartitionHasTwoParents) {
  source_.exec(
      "CREATE TABLE a (i int) PARTITION BY LIST (i); CREATE TABLE b (i int) PARTITION BY LIST (i);"
      "CREATE TABLE c PARTITION OF a FOR VALUES IN (1); CREATE TABLE d PARTITION OF b DEFAULT;"
      "UPDATE pg_inherits SET inhrelid = 'c'::regclass, inhseqno = 2 WHERE inhrelid = "
      "'d'::regclass");
  const SqlReport report = refused();
  EXPECT_EQ(report.sqlstate, "08P01");
  EXPECT_EQ(report.message, R"(the source says that partition "s"."c" has several parents)");
}

TEST_P(BrokenCatalogs, AnIndexIsItsOwnParent) {
  source_.exec(
      "CREATE TABLE a (i int) PARTITION BY LIST (i); CREATE TABLE b PARTITION OF a DEFAULT"
      " PARTITION BY LIST (i); CREATE INDEX x ON ONLY a (i); CREATE INDEX y ON ONLY b (i);"
      "ALTER INDEX x ATTACH PARTITION y;"
      "UPDATE pg_inherits SET inhparent = inhrelid WHERE inhrelid = 'y'::regclass");
  // Which may be cloned or not, but comes to an end.
  target_.exec("SET statement_timeout = '60s'");
  try {
    target_.exec(statement(GetParam().mode, "schema", arguments()));
  } catch (const test::SqlError& error) {
    EXPECT_NE(error.report().sqlstate, "57014") << error.what();
  }
  EXPECT_NO_THROW(wait_until(target_, std::string("SELECT NOT EXISTS (") + kWorkers + ")"));
}

TEST_P(BrokenCatalogs, ViewsNeedOneAnother) {
  source_.exec(
      "CREATE VIEW a AS SELECT 1 AS i; CREATE VIEW b AS SELECT * FROM a;"
      "INSERT INTO pg_depend SELECT 2618, oid, 0, 1259, 'b'::regclass, 0, 'n' FROM pg_rewrite"
      " WHERE ev_class = 'a'::regclass");
  clone(GetParam().mode, "schema",
        arguments());  // an empty view stands in for one of them at first
  expect_same("SELECT * FROM s.b", "SELECT * FROM s.b");
}

TEST_P(BrokenCatalogs, TypesNeedOneAnother) {
  source_.exec(
      "CREATE DOMAIN d AS int; CREATE DOMAIN e AS d; CREATE TABLE a (x e);"
      "INSERT INTO pg_depend VALUES (1247, 'd'::regtype, 0, 1247, 'e'::regtype, 0, 'n')");
  const SqlReport report = refused();
  EXPECT_EQ(report.sqlstate, "0A000");
  EXPECT_EQ(report.message, "objects of the source need one another in a cycle");
}

TEST_P(BrokenCatalogs, AGeneratedColumnHasNoExpression) {
  source_.exec(
      "CREATE TABLE a (i int, j int GENERATED ALWAYS AS (i + 1) STORED);"
      "DELETE FROM pg_attrdef WHERE adrelid = 'a'::regclass");
  const SqlReport report = refused();
  EXPECT_EQ(report.sqlstate, "08P01");
  EXPECT_EQ(report.message,
            R"(the source has no expression for generated column "j" of table "s"."a")");
}

// As many ways lead from the first table to the last one as there are atoms in a grain of sand.
TEST_P(BrokenCatalogs, DiamondsAreNoneOfThem) {
  std::string statements = "CREATE TABLE t0 (i int PRIMARY KEY); CREATE TABLE u0 (i int)";
  for (int i = 1; i <= 60; ++i) {
    const std::string parents =
        " () INHERITS (t" + std::to_string(i - 1) + ", u" + std::to_string(i - 1) + ")";
    for (const char* name : {"t", "u"})
      statements += "; CREATE TABLE " + (name + std::to_string(i)) + parents;
  }
  source_.exec("SET client_min_messages = warning; " + statements);
  clone(GetParam().mode, "schema", arguments());
  expect_same("SELECT count(*) FROM pg_inherits", "SELECT count(*) FROM pg_inherits");
}

// Only a liar does so.
TEST_P(BrokenCatalogs, ASequenceNobodyAskedFor) {
  source_.exec("CREATE TABLE a (i serial, j bigint GENERATED ALWAYS AS IDENTITY)");
  for (const char* number : {"-1", "2", "9223372036854775807"}) {
    const test::Proxy proxy(source_server().port(), test::Rewriter::of([&](auto& cells) {
                              // number, last_value, is_called
                              if (cells.size() == 3 && cells[1] == "1" && cells[2] == "f")
                                cells[0] = number;
                            }));
    const std::string call_it = through(proxy) + ", " + arguments();
    SqlReport report;
    if (GetParam().mode == Mode::sync) {
      report = target_.expect_error(call("schema", call_it));
    } else {
      const int job = std::stoi(target_.value(call("schema_async", call_it)));
      EXPECT_EQ(wait(job), "failed");
      report = state(job).error;
    }
    EXPECT_EQ(report.sqlstate, "08P01") << number;
    EXPECT_EQ(report.message,
              std::string(number) == "2"
                  ? "the source sent the state of a sequence that it wasn't asked for"
                  : "a server sent something else where a number from 0 to 4294967295 belongs");
  }
}

std::string way_name(const ::testing::TestParamInfo<Way>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Ways, BrokenCatalogs, ::testing::ValuesIn(kWays), way_name);

}  // namespace
}  // namespace pgclone::integration
