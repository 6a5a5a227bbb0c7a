// Schemas whose objects bear the names of built-in ones, under another name: made under the
// source's name, and renamed when all is there.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kOldName = "Old \"a\" 🐘";
constexpr const char* kNewName = "Neu \"x\" 🐘";

class HiddenNames : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec("CREATE SCHEMA a; SET search_path = a, pg_catalog");
    source_.exec(
        "CREATE DOMAIN name AS pg_catalog.text CHECK (VALUE OPERATOR(pg_catalog.<>) '');"
        "CREATE FUNCTION lower(pg_catalog.text) RETURNS pg_catalog.text IMMUTABLE LANGUAGE sql"
        " RETURN 'mine';"
        "CREATE FUNCTION same(int, int) RETURNS bool IMMUTABLE LANGUAGE sql"
        " RETURN $1 OPERATOR(pg_catalog.=) $2;"
        "CREATE OPERATOR = (FUNCTION = same, LEFTARG = int, RIGHTARG = int);"
        "CREATE COLLATION \"C\" (LOCALE = 'POSIX');"
        "CREATE TEXT SEARCH DICTIONARY simple (TEMPLATE = pg_catalog.simple);"
        "CREATE TEXT SEARCH CONFIGURATION english (COPY = pg_catalog.simple);"
        "CREATE OPERATOR FAMILY integer_ops USING btree;"
        "CREATE OPERATOR CLASS int4_ops FOR TYPE int USING btree FAMILY integer_ops AS"
        " OPERATOR 1 pg_catalog.<, OPERATOR 2 pg_catalog.<=, OPERATOR 3 pg_catalog.=,"
        " OPERATOR 4 pg_catalog.>=, OPERATOR 5 pg_catalog.>, FUNCTION 1 btint4cmp(int, int);"
        "CREATE CONVERSION utf8_to_iso_8859_1 FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1");
    source_.exec(
        "CREATE TABLE pg_class (id serial PRIMARY KEY, n name, c pg_catalog.text COLLATE \"C\","
        " l pg_catalog.text GENERATED ALWAYS AS (lower(c)) STORED, d pg_catalog.text DEFAULT"
        " lower('X'), b pg_catalog.text DEFAULT pg_catalog.lower('X'),"
        " CHECK (lower(c) OPERATOR(pg_catalog.=) 'mine' AND id = id));"
        "CREATE INDEX ON pg_class (id int4_ops);"
        "CREATE INDEX ON pg_class USING gin (to_tsvector('english'::regconfig, c));"
        "INSERT INTO pg_class (n, c) SELECT 'n', g::pg_catalog.text FROM generate_series(1, 50) g;"
        "CREATE TABLE pg_type (id int REFERENCES pg_class, a name[]);"
        "INSERT INTO pg_type SELECT g, '{x,y}' FROM generate_series(1, 50) g;"
        "CREATE VIEW pg_views AS SELECT lower(c), pg_catalog.lower(b) AS b, id = 1 AS one FROM "
        "pg_class;"
        "CREATE FUNCTION sum(int) RETURNS bigint LANGUAGE sql"
        " BEGIN ATOMIC SELECT count(*) FROM pg_class WHERE id = $1; END;"
        "RESET search_path; ALTER SCHEMA a RENAME TO " +
        sql::identifier(kOldName));
  }

  static std::string arguments(const std::string& more = "") {
    return sql::literal(kOldName) + R"(, true, '{"target_schema": "Neu \"x\" 🐘")" + more + "}'";
  }

  void expect_there() {
    EXPECT_EQ(target_.value("SELECT to_regnamespace(" + sql::literal(sql::identifier(kOldName)) +
                            ") IS NULL"),
              "t");
    target_.exec("ALTER SCHEMA " + sql::identifier(kNewName) + " RENAME TO " +
                 sql::identifier(kOldName));
    expect_equal(kOldName);
  }

  // What the target does when a clone makes its view.
  void when_a_view_is_made(const std::string& body) {
    target_.exec("CREATE FUNCTION public.act() RETURNS event_trigger LANGUAGE plpgsql AS " +
                 sql::literal("BEGIN " + body + "; END") +
                 "; CREATE EVENT TRIGGER act ON ddl_command_end WHEN TAG IN ('CREATE VIEW')"
                 " EXECUTE FUNCTION public.act()");
  }

  void resume_undisturbed(int job) {
    target_.exec("DROP EVENT TRIGGER act");
    expect_completed(
        std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")")));
  }
};

class HiddenNamesAnyway : public HiddenNames, public ::testing::WithParamInterface<Mode> {};

PGCLONE_BOTH_MODES(HiddenNamesAnyway);

TEST_P(HiddenNamesAnyway, FollowTheSchema) {
  clone(GetParam(), "schema",
        arguments(R"(, "parallel": )" + std::string(GetParam() == Mode::sync ? "1" : "4")));
  expect_there();
}

TEST_F(HiddenNames, AreToldOf) {
  target_.exec(statement(Mode::sync, "schema", arguments()));
  ASSERT_GE(target_.notices().size(), 1U);
  const std::string old_name = sql::identifier(kOldName);
  EXPECT_EQ(target_.notices()[0].message,
            "schema " + old_name + " becomes " + sql::identifier(kNewName) + " at the end");
  EXPECT_THAT(target_.notices()[0].detail, HasSubstr("is schema " + old_name + " on the target"));
}

TEST_P(HiddenNamesAnyway, NeedBothNamesToBeFree) {
  for (const char* const name : {kOldName, kNewName}) {
    target_.exec("CREATE SCHEMA " + sql::identifier(name));
    const auto before = catalog_state(target_);
    const SqlReport report = failing_clone(GetParam(), "schema", arguments());
    EXPECT_EQ(report.sqlstate, "0A000");
    EXPECT_THAT(report.message,
                HasSubstr("can only be cloned into a database that has neither schema " +
                          sql::identifier(kOldName) + " nor schema " + sql::identifier(kNewName)));
    EXPECT_THAT(report.detail, HasSubstr("relation pg_class\n"));
    if (GetParam() == Mode::sync) {
      EXPECT_EQ(catalog_state(target_), before);
    }
    target_.exec("DROP SCHEMA " + sql::identifier(name));
  }
}

TEST_P(HiddenNamesAnyway, AFailedJobKeepsTheOldNameUntilItIsResumed) {
  when_a_view_is_made("RAISE EXCEPTION 'no views today'");
  if (GetParam() == Mode::sync) {
    const auto before = catalog_state(target_);
    EXPECT_THAT(failing_clone(GetParam(), "schema", arguments()).message, HasSubstr("no views"));
    EXPECT_EQ(catalog_state(target_), before);
    return;
  }
  const int job = submit("schema", arguments());
  EXPECT_EQ(wait(job), "failed");
  EXPECT_TRUE(exists(sql::qualified(kOldName, "pg_class")));
  EXPECT_FALSE(exists(sql::qualified(kNewName, "pg_class")));
  resume_undisturbed(job);
  expect_there();
}

TEST_F(HiddenNames, ANameThatIsTakenMeanwhileIsLeftAlone) {
  const std::string there = sql::identifier(kNewName);
  when_a_view_is_made("CREATE SCHEMA IF NOT EXISTS " + there);
  const int job = submit("schema", arguments());
  EXPECT_EQ(wait(job), "failed");
  EXPECT_EQ(state(job).error.sqlstate, "42P06");
  EXPECT_TRUE(exists(sql::qualified(kOldName, "pg_views")));
  target_.exec("DROP SCHEMA " + there);
  resume_undisturbed(job);
  expect_there();
}

}  // namespace
}  // namespace pgclone::integration
