// The option "target_schema": a schema, or a table, under another schema's name.
#include <map>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kNewName = "Neu \"x\" 🐘";

class TargetSchema : public BothModes {
 protected:
  static std::string schema_arguments(const std::string& more = "") {
    return R"('a', true, '{"target_schema": "Neu \"x\" 🐘")" + more + "}'";
  }
  static std::string table_arguments(const std::string& table, const std::string& more = "") {
    return "'a', '" + table + R"(', true, NULL, '{"target_schema": "Neu \"x\" 🐘")" + more + "}'";
  }

  // Types and functions of the schema, and a table that needs them in every place that can.
  void make_source() {
    source_.exec(
        "CREATE SCHEMA a; SET search_path = a;"
        "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE DOMAIN pos AS int CHECK (VALUE > 0);"
        "CREATE FUNCTION twice(int) RETURNS int IMMUTABLE LANGUAGE sql RETURN $1 * 2;"
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN NEW.touched := true; RETURN NEW; END';"
        "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1), (2);"
        "CREATE TABLE t (id serial PRIMARY KEY, m mood DEFAULT 'sad'::mood, p pos,"
        " d int DEFAULT twice(2), g int GENERATED ALWAYS AS (twice(id)) STORED,"
        " parent int REFERENCES parent, touched bool,"
        " CONSTRAINT c CHECK (twice(d) > 0 AND m <> 'ok'::mood));"
        "CREATE INDEX i ON t (twice(d)) WHERE m = 'sad'::mood;"
        "CREATE STATISTICS st ON twice(d), id FROM t;"
        "INSERT INTO t (p, parent) SELECT g, 1 + g % 2 FROM generate_series(1, 100) g;"
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW WHEN (twice(NEW.d) > 0)"
        " EXECUTE FUNCTION touch();"
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY;"
        "CREATE POLICY pol ON t USING (twice(d) > 0);"
        "CREATE VIEW v AS SELECT m, twice(d) FROM t; RESET search_path");
  }

  // What pg_dump says once the schema has its old name again.
  void rename_back() { target_.exec("ALTER SCHEMA " + sql::identifier(kNewName) + " RENAME TO a"); }
};

PGCLONE_BOTH_MODES(TargetSchema);

TEST_P(TargetSchema, EverythingOfASchemaFollowsIt) {
  make_source();
  clone(GetParam(), "schema", schema_arguments());
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'a'"), "0");
  rename_back();
  expect_equal("a");
}

TEST_P(TargetSchema, ATableFindsWhatItNeedsThere) {
  make_source();
  clone(GetParam(), "schema", schema_arguments());
  const std::string there = sql::identifier(kNewName);
  target_.exec("DROP TABLE " + there + ".t CASCADE");
  clone(GetParam(), "table", table_arguments("t"));
  source_.exec("DROP VIEW a.v");
  rename_back();
  expect_equal("a");
}

TEST_P(TargetSchema, TheOldSchemaIsNoSubstitute) {
  make_source();
  clone(GetParam(), "schema", "'a', true");
  target_.exec("CREATE SCHEMA " + sql::identifier(kNewName));
  const SqlReport report = failing_clone(GetParam(), "table", table_arguments("t"));
  EXPECT_EQ(report.sqlstate, "42704");
  EXPECT_THAT(report.message, HasSubstr("lacks 2 types"));
}

TEST_P(TargetSchema, ConflictsAreThoseOfTheNewSchema) {
  make_source();
  clone(GetParam(), "schema", "'a', true");
  clone(GetParam(), "schema", schema_arguments());
  const SqlReport report = failing_clone(GetParam(), "schema", schema_arguments());
  EXPECT_THAT(report.detail, HasSubstr(sql::qualified(kNewName, "t")));
  source_.exec("UPDATE a.t SET p = p + 1");
  const auto old = test::table_checksums(target_, "a");
  clone(GetParam(), "schema", schema_arguments(R"(, "conflict": "replace")"));
  EXPECT_EQ(test::table_checksums(target_, "a"), old);
  EXPECT_EQ(test::table_checksums(target_, kNewName), test::table_checksums(source_, "a"));
  clone(GetParam(), "table", table_arguments("t", R"(, "conflict": "replace", "cascade": true)"));
  EXPECT_EQ(test::table_checksums(target_, kNewName), test::table_checksums(source_, "a"));
  target_.exec("DROP SCHEMA a CASCADE");
  source_.exec("DROP VIEW a.v");
  rename_back();
  expect_equal("a");
}

TEST_P(TargetSchema, WithinOneDatabase) {
  make_source();
  clone(GetParam(), "schema", "'a', true");
  const std::string arguments = sql::literal(target_db_.conninfo()) + ", " + schema_arguments();
  if (GetParam() == Mode::sync) {
    target_.exec(call("schema", arguments));
  } else {
    expect_completed(std::stoi(target_.value(call("schema_async", arguments))));
  }
  expect_equal("a");
  target_.exec("DROP SCHEMA a CASCADE");
  rename_back();
  expect_equal("a");
}

// Text is no reference: it is kept, and told.
TEST_P(TargetSchema, TextsThatNameTheOldSchemaAreReported) {
  source_.exec(
      "CREATE SCHEMA a; CREATE TABLE a.t (id int);"
      "CREATE FUNCTION a.names() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM A.t';"
      "CREATE FUNCTION a.path() RETURNS int LANGUAGE sql SET search_path = a AS 'SELECT 1';"
      "CREATE FUNCTION a.parsed() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM a.t);"
      "CREATE FUNCTION a.none() RETURNS int LANGUAGE sql AS 'SELECT 2 AS aa'");
  const std::string told =
      "objects that name schema \"a\" in a text are cloned as they are: "
      "function names()\nfunction path()";
  if (GetParam() == Mode::sync) {
    target_.exec(statement(GetParam(), "schema", schema_arguments()));
    ASSERT_EQ(target_.notices().size(), 1U);
    EXPECT_EQ(target_.notices()[0].message + ": " + target_.notices()[0].detail, told);
  } else {
    expect_completed(submit("schema", schema_arguments()));
    EXPECT_THAT(target_server().server_log(), HasSubstr("objects that name schema"));
  }
  EXPECT_EQ(target_.value("SELECT " + sql::qualified(kNewName, "parsed") + "()"), "0");
}

// The server would print them with the old schema's name, but only for what uses them.
TEST_P(TargetSchema, NamesOfBuiltInObjectsMatterToTablesThatUseThem) {
  source_.exec(
      "CREATE SCHEMA a; CREATE DOMAIN a.name AS pg_catalog.text;"
      "CREATE FUNCTION a.lower(text) RETURNS text IMMUTABLE LANGUAGE sql RETURN 'mine';"
      "CREATE FUNCTION a.same(int, int) RETURNS bool IMMUTABLE LANGUAGE sql RETURN true;"
      "CREATE OPERATOR a.= (FUNCTION = a.same, LEFTARG = int, RIGHTARG = int);"
      "CREATE TABLE a.plain (id int PRIMARY KEY, t text DEFAULT lower('X') CHECK (lower(t) <> ''));"
      "CREATE INDEX ON a.plain (lower(t)); INSERT INTO a.plain SELECT generate_series(1, 9);"
      "CREATE TABLE a.by_default (t text DEFAULT a.lower('X'));"
      "CREATE TABLE a.by_check (i int CHECK (i OPERATOR(a.=) 1));"
      "CREATE TABLE a.by_generated (t text, g text GENERATED ALWAYS AS (a.lower(t)) STORED);"
      "CREATE TABLE a.by_index (t text); CREATE INDEX ON a.by_index (a.lower(t));"
      "CREATE TABLE a.by_statistics (t text, i int);"
      "CREATE STATISTICS a.st ON a.lower(t), i FROM a.by_statistics;"
      "CREATE TABLE a.by_policy (t text); CREATE POLICY p ON a.by_policy USING (a.lower(t) = t);"
      "CREATE TABLE a.by_rule (t text);"
      "CREATE RULE r AS ON DELETE TO a.by_rule WHERE a.lower(old.t) = '' DO INSTEAD NOTHING;"
      "CREATE FUNCTION a.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
      "CREATE TABLE a.by_trigger (t text); CREATE TRIGGER tr BEFORE INSERT ON a.by_trigger"
      " FOR EACH ROW WHEN (a.lower(NEW.t) = '') EXECUTE FUNCTION a.touch();"
      "CREATE TABLE a.by_column (n a.name); CREATE TABLE a.by_array (n a.name[]);"
      "CREATE TABLE a.by_part (i int) PARTITION BY LIST (i);"
      "CREATE TABLE a.part PARTITION OF a.by_part FOR VALUES IN (1);"
      "ALTER TABLE a.part ADD CHECK (a.lower(i::text) <> '');"
      "CREATE COLLATION a.\"C\" (LOCALE = 'POSIX');"
      "CREATE TABLE a.by_collation (t text COLLATE a.\"C\");"
      "CREATE TEXT SEARCH CONFIGURATION a.english (COPY = pg_catalog.simple);"
      "CREATE TABLE a.by_search (t text);"
      "CREATE INDEX ON a.by_search USING gin (to_tsvector('a.english', t));"
      "CREATE OPERATOR CLASS a.int4_ops FOR TYPE int USING btree AS OPERATOR 1 <, OPERATOR 2 <=,"
      " OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);"
      "CREATE TABLE a.by_class (i int); CREATE INDEX ON a.by_class (i a.int4_ops);"
      "CREATE TEXT SEARCH DICTIONARY a.simple (TEMPLATE = pg_catalog.simple);"
      "CREATE CONVERSION a.utf8_to_iso_8859_1 FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;"
      "CREATE OPERATOR FAMILY a.integer_ops USING hash");
  target_.exec("CREATE SCHEMA " + sql::identifier(kNewName));
  clone(GetParam(), "table", table_arguments("plain"));
  const std::map<std::string, std::string> used = {
      {"by_default", "function a.lower(text)"},
      {"by_check", "operator a.=(integer,integer)"},
      {"by_generated", "function a.lower(text)"},
      {"by_index", "function a.lower(text)"},
      {"by_statistics", "function a.lower(text)"},
      {"by_policy", "function a.lower(text)"},
      {"by_rule", "function a.lower(text)"},
      {"by_trigger", "function a.lower(text)"},
      {"by_column", "type name"},
      {"by_array", "type _name\ntype name"},
      {"by_part", "function a.lower(text)"},
      {"by_collation", "collation C"},
      {"by_search", "text search configuration english"},
      {"by_class", "operator class int4_ops USING btree"}};
  for (const auto& [table, detail] : used) {
    const SqlReport report = failing_clone(GetParam(), "table", table_arguments(table));
    EXPECT_EQ(report.sqlstate, "0A000") << table;
    EXPECT_EQ(report.detail, detail) << table;
    EXPECT_THAT(report.message, HasSubstr("table " + sql::qualified("a", table) + " uses"));
  }
  const SqlReport report = failing_clone(GetParam(), "schema", schema_arguments());
  EXPECT_EQ(report.detail,
            "collation C\nconversion utf8_to_iso_8859_1\nfunction a.lower(text)\n"
            "operator a.=(integer,integer)\noperator class int4_ops USING btree\n"
            "operator family integer_ops USING hash\ntext search configuration english\n"
            "text search dictionary simple\ntype _name\ntype name");
  // All but that one table is unlike the source on purpose.
  for (const auto& [table, detail] : used) source_.exec("DROP TABLE " + sql::qualified("a", table));
  source_.exec(
      "DROP OPERATOR a.= (int, int); DROP FUNCTION a.same, a.lower, a.touch; DROP DOMAIN a.name;"
      "DROP COLLATION a.\"C\"; DROP TEXT SEARCH CONFIGURATION a.english;"
      "DROP TEXT SEARCH DICTIONARY a.simple; DROP CONVERSION a.utf8_to_iso_8859_1;"
      "DROP OPERATOR FAMILY a.int4_ops USING btree; DROP OPERATOR FAMILY a.integer_ops USING hash");
  rename_back();
  expect_equal("a");
}

TEST_P(TargetSchema, AnEmptyNameIsRefused) {
  source_.exec("CREATE SCHEMA a");
  const SqlReport report =
      failing_clone(GetParam(), "schema", R"('a', true, '{"target_schema": ""}')");
  EXPECT_EQ(report.sqlstate, "22023");
  EXPECT_THAT(report.message, HasSubstr("\"target_schema\" is empty"));
}

}  // namespace
}  // namespace pgclone::integration
