// Nothing on the target is more open than on the source, whatever the options and the target's
// default privileges say.
#include <algorithm>
#include <set>

#include "ownership_fixture.hpp"
#include "support/random_schema/generate.hpp"
#include "support/torture.hpp"

namespace pgclone::integration {
namespace {

using Defaults = Ownership;
INSTANTIATE_TEST_SUITE_P(Ways, Defaults, ::testing::ValuesIn(kWays), way_name);

TEST_P(Defaults, TheTargetsDefaultPrivilegesAddNothing) {
  target_.exec(
      "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO own_anon;"
      "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC");
  source_.exec(R"sql(
    CREATE SCHEMA f13; CREATE TABLE f13.secret (v text); CREATE TABLE f13.shared (v text);
    GRANT SELECT ON f13.shared TO CURRENT_USER;
    CREATE FUNCTION f13.f() RETURNS int LANGUAGE sql AS 'SELECT 1';)sql");
  clone_schema("f13", kRights);
  EXPECT_EQ(target_.value("SELECT string_agg(relacl::text, ' ' ORDER BY relname) FROM pg_class"
                          " WHERE relnamespace = 'f13'::regnamespace"),
            "{postgres=arwdDxt/postgres} {postgres=arwdDxt/postgres}");
  EXPECT_EQ(target_.value("SELECT proacl FROM pg_proc WHERE oid = 'f13.f()'::regprocedure"),
            "{=X/postgres,postgres=X/postgres}");
  expect_same_dump("f13");
  if (GetParam().mode == Mode::async) return;
  const auto told = std::ranges::find(
      target_.notices(),
      "the target's default privileges give no rights on objects of schema \"f13\"",
      &SqlReport::message);
  ASSERT_NE(told, target_.notices().end());
  EXPECT_EQ(told->severity, "NOTICE");
  EXPECT_EQ(told->detail, "on tables to \"own_anon\"");
}

// One of each kind that has privileges, closed on the source.
constexpr const char* kClosed = R"sql(
  CREATE SCHEMA c; SET search_path = c;
  CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
  CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION add_(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
  CREATE AGGREGATE a(int) (SFUNC = add_, STYPE = int);
  CREATE FUNCTION w() RETURNS int LANGUAGE internal WINDOW AS 'window_row_number';
  CREATE TYPE e AS ENUM ('a'); CREATE TYPE o AS (a int, b e); CREATE DOMAIN d AS int CHECK (VALUE > 0);
  CREATE TYPE r AS RANGE (SUBTYPE = int4);
  CREATE TYPE base; CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE AS 'int4in';
  CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE AS 'int4out';
  CREATE TYPE base (INPUT = base_in, OUTPUT = base_out, LIKE = int4);
  CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, s serial, e e, d d);
  CREATE TABLE t_1 (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE t_2 PARTITION OF t_1 DEFAULT;
  CREATE SEQUENCE q; CREATE VIEW v AS SELECT id FROM t; CREATE MATERIALIZED VIEW m AS SELECT id FROM t;
  CREATE EXTENSION IF NOT EXISTS file_fdw SCHEMA public; CREATE SERVER IF NOT EXISTS files FOREIGN DATA WRAPPER file_fdw;
  CREATE FOREIGN TABLE ft (a int DEFAULT 1) SERVER files OPTIONS (filename '/dev/null');
  REVOKE ALL ON ALL ROUTINES IN SCHEMA c FROM PUBLIC;
  REVOKE USAGE ON TYPE e, o, d, r, r_multirange, base, t, v, m, ft, t_1 FROM PUBLIC;
  RESET search_path;)sql";

// Everything that the clone offers to others is offered by the source, to them or to PUBLIC.
std::vector<std::string> more_open(const std::set<std::string>& source,
                                   const std::set<std::string>& target) {
  std::vector<std::string> out;
  for (const std::string& right : target) {
    const std::size_t colon = right.rfind(": ");
    const std::string everybody =
        right.substr(0, colon) + ": PUBLIC" + right.substr(right.rfind(' '));
    if (!source.contains(right) && !source.contains(everybody)) out.push_back(right);
  }
  return out;
}

constexpr const char* kChoices[] = {
    R"("owners": false, "privileges": false)", R"("owners": true, "privileges": false)",
    R"("owners": false, "privileges": true)", R"("owners": true, "privileges": true)"};

// Many clones: in two ways.
using Closed = Ownership;
INSTANTIATE_TEST_SUITE_P(Ways, Closed,
                         ::testing::Values(kWays[0],
                                           Way{"pool_replace", Mode::async,
                                               R"(, "parallel": 4, "conflict": "replace")", true}),
                         way_name);

TEST_P(Closed, WhatIsClosedStaysClosed) {
  source_.exec(kClosed);
  target_.exec("CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw");
  const auto expected = test::effective_rights(source_, "c");
  EXPECT_EQ(expected, (std::set<std::string>{"type t_2: PUBLIC USAGE"}));
  for (const char* defaults : {"", kHostileDefaults}) {
    target_.exec(defaults);
    for (const char* choice : kChoices) {
      SCOPED_TRACE(std::string(choice) + defaults);
      clone_schema("c", choice);
      EXPECT_EQ(test::effective_rights(target_, "c"), expected);
      target_.exec("DROP SCHEMA c CASCADE");
    }
  }
}

// A table alone, under another name, has a row type as well.
TEST_P(Closed, ATableStaysClosed) {
  source_.exec(
      "CREATE SCHEMA c; CREATE TABLE c.t (id serial PRIMARY KEY); REVOKE USAGE ON TYPE c.t FROM"
      " PUBLIC");
  target_.exec("CREATE SCHEMA c");
  target_.exec(kHostileDefaults);
  target_.exec("ALTER DEFAULT PRIVILEGES IN SCHEMA c GRANT SELECT ON TABLES TO own_b");
  for (const char* choice : kChoices) {
    clone(GetParam().mode, "table",
          "'c', 't', true, 'new', " +
              sql::literal(std::string("{") + choice + GetParam().options + "}"));
    EXPECT_EQ(test::effective_rights(target_, "c"), (std::set<std::string>{}));
    target_.exec("DROP TABLE c.new");
  }
}

class Openness : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    for (Sql* sql : {&source_, &target_}) make_role(*sql, "own_anon");
    target_.exec("SET client_min_messages = error");
  }

  // With every choice of options, on a target whose default privileges give all to everybody.
  void expect_nothing_more_open(const std::string& schema) {
    target_.exec(kHostileDefaults);
    const auto source = test::effective_rights(source_, schema);
    for (const char* choice : kChoices) {
      SCOPED_TRACE(choice);
      const std::string options(choice);
      clone(options.find("s\": true") == std::string::npos ? Mode::sync : Mode::async, "schema",
            sql::literal(schema) + ", true, " +
                sql::literal("{" + options + R"(, "parallel": 4, "extensions": true})"));
      const auto target = test::effective_rights(target_, schema);
      EXPECT_THAT(more_open(source, target), ::testing::IsEmpty());
      if (options == kChoices[3]) {
        EXPECT_EQ(source, target);
      }
      target_.exec("DROP SCHEMA " + sql::identifier(schema) + " CASCADE");
    }
  }
};

TEST_F(Openness, OfTheTortureSchema) {
  const std::string id = sql::identifier("tor ture");
  for (Sql* sql : {&source_, &target_}) {
    sql->exec(test::torture::roles_sql());
    sql->exec(
        "CREATE EXTENSION file_fdw; CREATE SERVER torture_server FOREIGN DATA WRAPPER file_fdw;"
        "CREATE SCHEMA outside_torture; CREATE TABLE outside_torture.elsewhere (a int, b int);");
  }
  source_.exec("CREATE SCHEMA " + id +
               "; SET check_function_bodies = off; SET search_path = " + id);
  source_.exec(test::torture::schema_sql("tor ture"));
  source_.exec(test::torture::rights_sql("tor ture"));
  source_.exec("RESET search_path");
  expect_nothing_more_open("tor ture");
}

TEST_F(Openness, OfRandomSchemas) {
  for (Sql* const sql : {&source_, &target_}) {
    for (const std::string& role : test::random_schema::roles()) make_role(*sql, role);
    for (const std::string& name : test::random_schema::tablespaces()) make_tablespace(*sql, name);
    sql->exec(test::random_schema::outside());
  }
  load_label_provider(source_db_, source_);
  load_label_provider(target_db_, target_);
  for (const std::uint64_t seed : {11, 23}) {
    SCOPED_TRACE(seed);
    const auto made = test::random_schema::generate(seed, {.builtin_names = false});
    Sql source = source_db_.connect();
    for (const std::string& statement : made.statements) source.exec(statement);
    expect_nothing_more_open(made.schema);
    source_.exec("DROP SCHEMA " + sql::identifier(made.schema) + " CASCADE");
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace pgclone::integration
