// What happens to objects of the target that are in the way, for every kind that a clone creates.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

// One object of every kind on the source, and one with the same name but other contents here.
constexpr const char* kSource =
    "CREATE SCHEMA s; CREATE TYPE s.en AS ENUM ('new'); CREATE TYPE s.co AS (new int);"
    "CREATE DOMAIN s.dom AS int CHECK (VALUE > 1);"
    "CREATE SEQUENCE s.seq START 7; SELECT nextval('s.seq');"
    "CREATE FUNCTION s.fun(int) RETURNS text LANGUAGE sql AS 'SELECT ''new''';"
    "CREATE PROCEDURE s.proc(int) LANGUAGE sql AS 'SELECT 2';"
    "CREATE TABLE s.tab (id serial PRIMARY KEY, e s.en DEFAULT 'new', d s.dom UNIQUE);"
    "INSERT INTO s.tab (d) VALUES (5), (6);"
    "CREATE VIEW s.vie AS SELECT id, d, s.fun(id) FROM s.tab;"
    "CREATE MATERIALIZED VIEW s.mat AS SELECT count(*) AS new FROM s.tab;"
    "CREATE INDEX mat_index ON s.mat (new)";
constexpr const char* kTarget =
    "CREATE SCHEMA s; CREATE TYPE s.en AS ENUM ('old'); CREATE TYPE s.co AS (old int);"
    "CREATE DOMAIN s.dom AS int CHECK (VALUE > 0);"
    "CREATE SEQUENCE s.seq START 700; SELECT nextval('s.seq');"
    "CREATE FUNCTION s.fun(int) RETURNS text LANGUAGE sql AS 'SELECT ''old''';"
    "CREATE PROCEDURE s.proc(int) LANGUAGE sql AS 'SELECT 1';"
    "CREATE TABLE s.tab (id serial PRIMARY KEY, e s.en, d s.dom UNIQUE, only_old int);"
    "INSERT INTO s.tab (d) VALUES (1);"
    "CREATE VIEW s.vie AS SELECT id, only_old, s.fun(id) FROM s.tab;"
    "CREATE MATERIALIZED VIEW s.mat AS SELECT 1 AS old FROM s.tab;"
    "CREATE INDEX mat_index ON s.mat (old)";

class ConflictTest : public BothModes {
 protected:
  std::string target_dump() { return test::dump_schema(target_server(), target_db_.name(), "s"); }

  void collide_everywhere() {
    source_.exec(kSource);
    target_.exec(kTarget);
  }

  // A table whose rows can't be checked on the target while test.fail is on there.
  void collide_and_fail() {
    source_.exec(
        "CREATE SCHEMA s; CREATE FUNCTION s.ok(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$"
        "BEGIN IF current_setting('test.fail', true) = 'on' THEN RAISE EXCEPTION 'asked to fail';"
        "END IF; RETURN true; END $$;"
        "CREATE TABLE s.a (id int PRIMARY KEY); INSERT INTO s.a VALUES (1), (2);"
        "CREATE VIEW s.v AS SELECT a.id FROM s.a;"
        "CREATE TABLE s.b (id int, g bool GENERATED ALWAYS AS (s.ok(id)) STORED); INSERT INTO s.b "
        "VALUES (1), (2)");
    target_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.a (old int); INSERT INTO s.a VALUES (10);"
        "CREATE TABLE s.b (old int); INSERT INTO s.b VALUES (20);"
        "CREATE VIEW s.v AS SELECT a.old FROM s.a");
    target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " SET test.fail = 'on'");
    target_.exec("SET test.fail = 'on'");
  }
};

TEST_P(ConflictTest, ErrorListsThemAllAndChangesNothing) {
  collide_everywhere();
  const std::string before = target_dump();
  const SqlReport report = failing_clone(GetParam(), "schema", "'s'");
  EXPECT_EQ(report.sqlstate.substr(0, 2), "42") << report.message;
  for (const char* name : {"en", "co", "dom", "seq", "fun", "proc", "tab", "vie", "mat"}) {
    EXPECT_THAT(report.detail, HasSubstr(sql::qualified("s", name)));
  }
  EXPECT_THAT(report.hint, HasSubstr("conflict"));
  EXPECT_EQ(target_dump(), before);
  EXPECT_EQ(target_.value("SELECT d FROM s.tab"), "1");
}

TEST_P(ConflictTest, SkipLeavesEveryKindUntouched) {
  collide_everywhere();
  const std::string before = target_dump();
  source_.exec("CREATE TABLE s.fresh AS SELECT 1 AS a");
  clone(GetParam(), "schema", R"('s', options => '{"conflict": "skip"}')");
  EXPECT_EQ(target_.value("SELECT a FROM s.fresh"), "1");
  target_.exec("DROP TABLE s.fresh");
  EXPECT_EQ(target_dump(), before);
  EXPECT_EQ(target_.value("SELECT d FROM s.tab"), "1");
  EXPECT_EQ(target_.value("SELECT nextval('s.seq')"), "701");
}

TEST_F(ConflictTest, ASkippedTaskSaysSo) {
  source_.exec("CREATE TABLE t AS SELECT 1 AS a; CREATE INDEX ti ON t (a)");
  target_.exec("CREATE TABLE t AS SELECT 2 AS a");
  const int job = submit("table", R"('public', 't', options => '{"conflict": "skip"}')");
  expect_completed(job);
  EXPECT_EQ(target_.rows("SELECT DISTINCT status FROM pgclone.tasks WHERE job_id = " +
                         std::to_string(job)),
            (Rows{{"skipped"}}));
  EXPECT_FALSE(exists("public.ti"));
}

TEST_P(ConflictTest, ReplaceTakesThePlaceOfEveryKind) {
  collide_everywhere();
  clone(GetParam(), "schema", R"('s', options => '{"conflict": "replace"}')");
  expect_equal("s");
}

TEST_P(ConflictTest, ReplaceKeepsTheOldOnFailure) {
  collide_and_fail();
  const std::string before = target_dump();
  const SqlReport report =
      failing_clone(GetParam(), "schema", R"('s', options => '{"conflict": "replace"}')");
  EXPECT_THAT(report.message + report.detail + report.context, HasSubstr("asked to fail"));
  EXPECT_EQ(target_dump(), before);
  EXPECT_EQ(target_.value("SELECT old FROM s.a"), "10");
  EXPECT_EQ(target_.value("SELECT old FROM s.b"), "20");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname"
                          " NOT IN ('s', 'public', 'pgclone', 'information_schema')"),
            "0")
      << "a staging schema was left behind";
}

TEST_P(ConflictTest, ReplaceRefusesToBreakOutsiders) {
  source_.exec("CREATE TABLE t AS SELECT 1 AS a");
  target_.exec(
      "CREATE TABLE t AS SELECT 2 AS a, 3 AS b; CREATE SCHEMA o; CREATE VIEW o.v1 AS SELECT a FROM "
      "t;"
      "CREATE VIEW o.\"v 2\" AS SELECT b FROM t");
  const SqlReport report =
      failing_clone(GetParam(), "table", R"('public', 't', options => '{"conflict": "replace"}')");
  EXPECT_EQ(report.sqlstate, "2BP01");
  EXPECT_THAT(report.detail, HasSubstr("v1"));
  EXPECT_THAT(report.detail, HasSubstr("v 2"));
  EXPECT_THAT(report.hint, HasSubstr("\"cascade\": true"));
  EXPECT_EQ(target_.value("SELECT b FROM o.\"v 2\""), "3");
  clone(GetParam(), "table",
        R"('public', 't', options => '{"conflict": "replace", "cascade": true}')");
  EXPECT_EQ(target_.value("SELECT a FROM t"), "1");
  EXPECT_FALSE(exists("o.v1"));
}

// As one of a kind that a later server has.
TEST_P(ConflictTest, WhatIsOfAnUnknownKindIsNoTable) {
  source_.exec("CREATE TABLE t AS SELECT 1 AS a");
  target_.exec(
      "CREATE VIEW t AS SELECT 1 AS a; SET allow_system_table_mods = on;"
      "UPDATE pg_class SET relkind = 'g' WHERE relname = 't'");
  for (const char* conflict : {"error", "skip", "replace", "rename"}) {
    const SqlReport report = failing_clone(
        GetParam(), "table",
        R"('public', 't', options => '{"conflict": ")" + std::string(conflict) + R"("}')");
    EXPECT_EQ(report.sqlstate, "0A000") << conflict;
    EXPECT_EQ(report.message,
              "relation \"public\".\"t\" is in the way on the target, and of a kind that this "
              "pgclone does not know");
    EXPECT_THAT(report.hint, HasSubstr("\"target_schema\""));
  }
}

TEST_P(ConflictTest, RenameMovesEveryKindAway) {
  collide_everywhere();
  clone(GetParam(), "schema", R"('s', options => '{"conflict": "rename"}')");
  EXPECT_EQ(target_.value("SELECT d FROM s.tab_old"), "1");
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.vie_old"), "1");
  EXPECT_EQ(target_.value("SELECT old FROM s.mat_old"), "1");
  EXPECT_EQ(target_.value("SELECT s.fun_old(1)"), "old");
  EXPECT_EQ(target_.value("SELECT 'old'::s.en_old"), "old");
  EXPECT_EQ(target_.value("SELECT 1::s.dom_old"), "1");
  EXPECT_EQ(target_.value("SELECT nextval('s.seq_old')"), "701");
  // Without the old ones nothing but the clone remains.
  target_.exec(
      "DROP MATERIALIZED VIEW s.mat_old; DROP VIEW s.vie_old; DROP TABLE s.tab_old;"
      "DROP PROCEDURE s.proc_old; DROP FUNCTION s.fun_old; DROP SEQUENCE s.seq_old;"
      "DROP DOMAIN s.dom_old; DROP TYPE s.co_old; DROP TYPE s.en_old");
  expect_equal("s");
}

TEST_P(ConflictTest, RenameTwiceFindsTheFirstFreeName) {
  source_.exec(
      "CREATE TABLE t (id serial PRIMARY KEY, u int UNIQUE); INSERT INTO t (u) VALUES (5)");
  for (int i = 0; i < 3; ++i) {
    clone(GetParam(), "table", R"('public', 't', options => '{"conflict": "rename"}')");
  }
  EXPECT_EQ(target_.rows("SELECT relname, relkind::text FROM pg_class"
                         " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
                         " ORDER BY 1"),
            (Rows{{"t", "r"}, {"t_old", "r"}, {"t_old_2", "r"}}));
  for (const char* name : {"t", "t_old", "t_old_2"}) {
    EXPECT_EQ(target_.value(std::string("SELECT u FROM ") + name), "5");
    // Each keeps a sequence of its own.
    EXPECT_EQ(target_.value(std::string("INSERT INTO ") + name + " DEFAULT VALUES RETURNING id"),
              "2");
  }
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_constraint c JOIN pg_class t"
                          " ON t.oid = c.conrelid WHERE t.relname LIKE 't%'"
                          " AND relnamespace = 'public'::regnamespace"),
            "6");
}

TEST_F(ConflictTest, RenameTellsTheNewNameInANotice) {
  source_.exec("CREATE TABLE t AS SELECT 1 AS a");
  target_.exec("CREATE TABLE t AS SELECT 2 AS a");
  target_.exec(
      statement(Mode::sync, "table", R"('public', 't', options => '{"conflict": "rename"}')"));
  std::string all;
  for (const SqlReport& notice : target_.notices()) all += notice.severity + notice.message + "\n";
  EXPECT_THAT(all, HasSubstr("NOTICE"));
  EXPECT_THAT(all, HasSubstr("t_old"));
}

TEST_P(ConflictTest, RenameStaysInside63Bytes) {
  // 62 bytes with a four-byte character where a blind cut would split it.
  const std::string name = std::string(57, 'n') + "😀" + "x";
  const std::string quoted = sql::identifier(name);
  source_.exec("CREATE TABLE " + quoted + " (id int PRIMARY KEY); INSERT INTO " + quoted +
               " VALUES (1)");
  target_.exec("CREATE TABLE " + quoted + " (id int PRIMARY KEY); INSERT INTO " + quoted +
               " VALUES (2)");
  clone(GetParam(), "table",
        "'public', " + sql::literal(name) + R"(, options => '{"conflict": "rename"}')");
  EXPECT_EQ(target_.value("SELECT id FROM " + quoted), "1");
  const std::string old = target_.value(
      "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
      " AND relname LIKE '%\\_old'");
  EXPECT_EQ(target_.value("SELECT id FROM " + sql::identifier(old)), "2");
  EXPECT_LE(old.size(), 63U);
}

PGCLONE_BOTH_MODES(ConflictTest);

}  // namespace
}  // namespace pgclone::integration
