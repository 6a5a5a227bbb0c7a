// Foreign keys in a pool: added one after another, validated side by side, never in a deadlock.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr int kTables = 12;

std::string table_name(int number) {
  return sql::qualified("S \"1' 😀", "T \"" + std::to_string(number % kTables) + "' 😀");
}

class ForeignKeys : public CloneTest {
 protected:
  // A ring in both directions, and a table that everybody refers to: whatever the order, keys meet.
  // Every third table is large enough for its keys to be validated in tasks of their own.
  void make_ring() {
    source_.exec("CREATE SCHEMA " + sql::identifier("S \"1' 😀"));
    for (int i = 0; i < kTables; ++i)
      source_.exec("CREATE TABLE " + table_name(i) +
                   " (id int PRIMARY KEY, next int, before int, hub int, filler text);"
                   "INSERT INTO " +
                   table_name(i) +
                   " SELECT g, g, g, g % 7 + 1, pg_catalog.repeat('x', 400)"
                   " FROM pg_catalog.generate_series(1, " +
                   (i % 3 == 0 ? "4000" : "100") + ") AS g; UPDATE " + table_name(i) +
                   " SET next = g.id, before = g.id FROM (SELECT 1 AS id) AS g");
    for (int i = 0; i < kTables; ++i)
      source_.exec("ALTER TABLE " + table_name(i) +
                   " ADD CONSTRAINT \"to \"\"next\" FOREIGN KEY"
                   " (next) REFERENCES " +
                   table_name(i + 1) +
                   ", ADD CONSTRAINT \"to \"\"before\" FOREIGN KEY (before) REFERENCES " +
                   table_name(i + kTables - 1) +
                   " DEFERRABLE INITIALLY DEFERRED"
                   ", ADD FOREIGN KEY (hub) REFERENCES " +
                   table_name(0) + (i % 2 == 0 ? "" : " NOT VALID"));
  }

  // Two tables of more than a megabyte; one row of the second refers to nothing.
  void make_orphan() {
    source_.exec(
        "CREATE SCHEMA s;"
        "CREATE TABLE s.parent (id int PRIMARY KEY, filler text);"
        "CREATE TABLE s.child (id int PRIMARY KEY, parent int CONSTRAINT \"Its 😀\""
        " REFERENCES s.parent, filler text);"
        "INSERT INTO s.parent SELECT g, pg_catalog.repeat('x', 400)"
        " FROM pg_catalog.generate_series(1, 4000) AS g;"
        "INSERT INTO s.child SELECT g, g, pg_catalog.repeat('x', 400)"
        " FROM pg_catalog.generate_series(1, 4000) AS g;"
        "ALTER TABLE s.child DISABLE TRIGGER ALL;"
        "UPDATE s.child SET parent = 4711 WHERE id = 7;"
        "ALTER TABLE s.child ENABLE TRIGGER ALL");
  }

  static void expect_violation(const SqlReport& report) {
    EXPECT_EQ(report.sqlstate, "23503");
    EXPECT_THAT(report.message, HasSubstr("\"Its 😀\""));
    EXPECT_THAT(report.detail, HasSubstr("4711"));
    EXPECT_THAT(report.hint, HasSubstr("\"constraints\": false"));
  }
};

TEST_F(ForeignKeys, OfManyTablesInCirclesNeverDeadlock) {
  make_ring();
  const std::string schema = "S \"1' 😀";
  for (int round = 0; round < 3; ++round) {
    expect_completed(submit("schema", sql::literal(schema) + R"(, true, '{"parallel": 4}')"));
    EXPECT_EQ(target_.value("SELECT coalesce(sum(retries), 0) FROM pgclone.tasks"), "0");
    if (round == 0) expect_equal(schema);
    EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.task WHERE key LIKE 'validation of %'"),
              std::to_string((round + 1) * (kTables / 3 * 2 + 2)));
    target_.exec("DROP SCHEMA " + sql::identifier(schema) + " CASCADE");
  }
  EXPECT_THAT(target_server().server_log(), Not(HasSubstr("deadlock detected")));
}

TEST_F(ForeignKeys, ThatRowsBreakAreErrorsWithTheirName) {
  make_orphan();
  expect_violation(failing_clone(Mode::sync, "schema", "'s', true"));
  EXPECT_FALSE(exists("s.child"));
  expect_violation(failing_clone(Mode::async, "schema", "'s', true"));
}

TEST_F(ForeignKeys, ThatRowsBreakInAPoolStayUntilAResumeValidatesThem) {
  make_orphan();
  const int job = submit("schema", R"('s', true, '{"parallel": 2}')");
  EXPECT_EQ(wait(job), "failed");
  expect_violation(state(job).error);
  const std::string valid = "SELECT convalidated FROM pg_constraint WHERE conname = 'Its 😀'";
  EXPECT_EQ(target_.value(valid), "f");
  target_.exec("UPDATE s.child SET parent = 7 WHERE id = 7");
  const int resumed = std::stoi(target_.value(call("resume", std::to_string(job))));
  expect_completed(resumed);
  EXPECT_EQ(target_.value(valid), "t");
}

// A check that calls a function is made after the rows; those of a tree lock all of it.
TEST_F(ForeignKeys, AndLateChecksOfTreesMeetInAPool) {
  source_.exec(
      "CREATE SCHEMA s; CREATE FUNCTION s.fine(int) RETURNS bool LANGUAGE sql AS 'SELECT $1 > 0';"
      "CREATE TABLE s.z (id int PRIMARY KEY CHECK (s.fine(id)), other int);"
      "CREATE TABLE s.a (CONSTRAINT \"Own\" CHECK (s.fine(other)) NOT VALID, PRIMARY KEY (id))"
      " INHERITS (s.z);"
      "CREATE TABLE s.p (id int PRIMARY KEY, other int CHECK (s.fine(other)))"
      " PARTITION BY RANGE (id);"
      "CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES FROM (0) TO (100);"
      "INSERT INTO s.z SELECT g, g FROM pg_catalog.generate_series(1, 50) AS g;"
      "INSERT INTO s.a SELECT g, g FROM pg_catalog.generate_series(1, 50) AS g;"
      "INSERT INTO s.p SELECT g, g FROM pg_catalog.generate_series(1, 50) AS g;"
      "ALTER TABLE s.z ADD FOREIGN KEY (other) REFERENCES s.p;"
      "ALTER TABLE s.a ADD FOREIGN KEY (other) REFERENCES s.z;"
      "ALTER TABLE s.p ADD FOREIGN KEY (other) REFERENCES s.a");
  expect_completed(submit("schema", R"('s', true, '{"parallel": 4}')"));
  expect_equal("s");
  EXPECT_EQ(target_.value("SELECT coalesce(sum(retries), 0) FROM pgclone.tasks"), "0");
}

}  // namespace
}  // namespace pgclone::integration
