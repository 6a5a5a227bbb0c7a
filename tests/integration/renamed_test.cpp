// Schemas and tables under another schema's name: every way to settle conflicts, in every mode,
// resumed jobs, and what a single table needs.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kHostile = "S a\"m'p\\l%e 😀";
constexpr const char* kNew = "Über \"n'e\\w\" %s 🐘";

struct Way {
  const char* name;
  Mode mode;
  int parallel;
};

class Renamed : public CloneTest {
 protected:
  static std::string options(const std::string& conflict = "", int parallel = 1) {
    std::string json =
        R"({"target_schema": "Über \"n'e\\w\" %s 🐘", "parallel": )" + std::to_string(parallel);
    if (!conflict.empty()) json += R"(, "conflict": ")" + conflict + "\"";
    return sql::literal(json + "}");
  }
  static std::string schema_arguments(const std::string& schema, const std::string& conflict = "",
                                      int parallel = 1) {
    return sql::literal(schema) + ", true, " + options(conflict, parallel);
  }
  static std::string table_arguments(const std::string& table, const std::string& conflict = "",
                                     int parallel = 1) {
    return "'a', " + sql::literal(table) + ", true, NULL, " + options(conflict, parallel);
  }
  static std::string there(const std::string& name) { return sql::qualified(kNew, name); }

  void rename_back(const std::string& schema) {
    target_.exec("ALTER SCHEMA " + sql::identifier(kNew) + " RENAME TO " + sql::identifier(schema));
  }

  // A table that uses each kind of its schema's objects.
  void make_needy() {
    source_.exec(
        "CREATE SCHEMA a; SET search_path = a; CREATE SEQUENCE numbers;"
        "CREATE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql RETURN $1 * 2;"
        "CREATE FUNCTION fine(int) RETURNS bool IMMUTABLE LANGUAGE sql RETURN $1 > 0;"
        "CREATE FUNCTION near(int, int) RETURNS bool IMMUTABLE LANGUAGE sql RETURN $1 - $2 < 9;"
        "CREATE OPERATOR <~> (FUNCTION = near, LEFTARG = int, RIGHTARG = int);"
        "CREATE COLLATION plain (LOCALE = 'C');"
        "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);"
        "CREATE TABLE t (id int DEFAULT nextval('numbers') PRIMARY KEY, d int DEFAULT twice(4),"
        " g int GENERATED ALWAYS AS (twice(d)) STORED, s text COLLATE plain,"
        " CONSTRAINT c CHECK (fine(d) AND d <~> 1));"
        "CREATE INDEX i ON t (twice(d)); CREATE INDEX w ON t"
        " USING gin (to_tsvector('a.words'::regconfig, s));"
        "INSERT INTO t (s) SELECT 'row ' || g FROM generate_series(1, 50) g; RESET search_path");
  }
};

class RenamedInEveryWay : public Renamed, public ::testing::WithParamInterface<Way> {
 protected:
  void clone_schema(const std::string& schema, const std::string& conflict = "") {
    clone(GetParam().mode, "schema", schema_arguments(schema, conflict, GetParam().parallel));
  }
  void clone_table(const std::string& table, const std::string& conflict) {
    clone(GetParam().mode, "table", table_arguments(table, conflict, GetParam().parallel));
  }
};

INSTANTIATE_TEST_SUITE_P(Ways, RenamedInEveryWay,
                         ::testing::Values(Way{"sync", Mode::sync, 1}, Way{"pool", Mode::async, 4}),
                         [](const auto& way) { return way.param.name; });

TEST_P(RenamedInEveryWay, EveryKindWithHostileNames) {
  run_file(source_db_, std::string(PGCLONE_SOURCE_DIR) + "/tests/integration/every_kind.sql");
  clone_schema(kHostile);
  EXPECT_EQ(
      target_.value("SELECT count(*) FROM pg_namespace WHERE nspname = " + sql::literal(kHostile)),
      "0");
  clone_schema(kHostile, "replace");
  rename_back(kHostile);
  expect_equal(kHostile);
}

TEST_P(RenamedInEveryWay, SkipLeavesWhatTheNewSchemaHas) {
  make_needy();
  clone_schema("a");
  target_.exec("UPDATE " + there("t") + " SET s = 'mine'; DROP SEQUENCE " + there("numbers") +
               " CASCADE");
  clone_schema("a", "skip");
  EXPECT_EQ(target_.value("SELECT count(*) FROM " + there("t") + " WHERE s = 'mine'"), "50");
  EXPECT_EQ(target_.value("SELECT last_value FROM " + there("numbers")), "50");
  clone_table("t", "skip");
  EXPECT_EQ(target_.value("SELECT count(*) FROM " + there("t") + " WHERE s = 'mine'"), "50");
}

TEST_P(RenamedInEveryWay, RenameMovesWhatTheNewSchemaHas) {
  make_needy();
  clone_schema("a");
  target_.exec("UPDATE " + there("t") + " SET s = 'mine'");
  clone_table("t", "rename");
  EXPECT_EQ(target_.value("SELECT count(*) FROM " + there("t_old") + " WHERE s = 'mine'"), "50");
  target_.exec("DROP TABLE " + there("t_old"));
  rename_back("a");
  expect_equal("a");
}

TEST_P(RenamedInEveryWay, ATableIsReplacedThere) {
  make_needy();
  clone_schema("a");
  target_.exec("UPDATE " + there("t") + " SET s = 'mine'");
  clone_table("t", "replace");
  rename_back("a");
  expect_equal("a");
}

TEST_F(Renamed, AResumedJobGoesOnThere) {
  source_.exec(
      "CREATE SCHEMA a; CREATE TABLE a.done (id int PRIMARY KEY);"
      "INSERT INTO a.done SELECT generate_series(1, 1000);"
      "CREATE FUNCTION a.gate(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
      " IF current_setting('test.fail', true) = 'on' THEN RAISE EXCEPTION 'asked to fail'; END IF;"
      " RETURN true; END $$;"
      "CREATE TABLE a.held (id int REFERENCES a.done,"
      " passed bool GENERATED ALWAYS AS (a.gate(id)) STORED); INSERT INTO a.held VALUES (1), (2);"
      "CREATE VIEW a.v AS SELECT * FROM a.held");
  const std::string database = "ALTER DATABASE " + sql::identifier(target_db_.name());
  target_.exec(database + " SET test.fail = 'on'");
  const int job = submit("schema", schema_arguments("a", "", 4));
  EXPECT_EQ(wait(job), "failed");
  const std::string rows =
      "SELECT string_agg(DISTINCT xmin::text, ',') || count(*) FROM " + there("done");
  const std::string before = target_.value(rows);
  target_.exec(database + " RESET test.fail");
  expect_completed(std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")")));
  EXPECT_EQ(target_.value(rows), before);
  rename_back("a");
  expect_equal("a");
}

// All of it at once, and before anything is made; what the old schema has is no substitute.
TEST_F(Renamed, WhatATableNeedsAndTheNewSchemaLacksIsListed) {
  make_needy();
  clone(Mode::sync, "schema", "'a', true");
  target_.exec("CREATE SCHEMA " + sql::identifier(kNew));
  for (const Mode mode : {Mode::sync, Mode::async}) {
    const SqlReport report = failing_clone(mode, "table", table_arguments("t"));
    EXPECT_EQ(report.sqlstate, "42704");
    EXPECT_THAT(report.message, HasSubstr("lacks 6 objects"));
    for (const char* missing :
         {"function twice(integer) is needed by",
          "function fine(integer) is needed by constraint c", "operator <~>(integer,integer)",
          "collation plain", "text search configuration words",
          "sequence numbers is needed by default value"})
      EXPECT_THAT(report.detail, HasSubstr(missing));
    EXPECT_NE(report.hint, "");
    EXPECT_FALSE(exists(there("t")));
  }
}

}  // namespace
}  // namespace pgclone::integration
