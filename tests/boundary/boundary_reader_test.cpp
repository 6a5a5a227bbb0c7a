// The reader of a plan's statements: what each is about, and what is refused.
#include "boundary_fixture.hpp"
#include "gmock/gmock.h"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::test {
namespace {

struct ReaderTest : Boundary {
  std::string subjects(const std::string& statement) {
    return sql_.value("SELECT public.b_subjects(" + sql::literal(statement) + ")");
  }
  std::string refusal(const std::string& statement) {
    const SqlReport report =
        sql_.expect_error("SELECT public.b_subjects(" + sql::literal(statement) + ")");
    EXPECT_EQ(report.sqlstate, "08P01") << statement;
    return report.message;
  }
};

TEST_F(ReaderTest, RoutinesHaveTheirArguments) {
  EXPECT_EQ(subjects("CREATE FUNCTION s.f(a integer, OUT b text, VARIADIC c s.t[] DEFAULT '{}')"
                     " RETURNS text LANGUAGE sql AS 'SELECT 1'"),
            "made routine s.f(pg_catalog.int4, s.t[])");
  EXPECT_EQ(subjects("CREATE FUNCTION s.f(a integer) RETURNS TABLE (x integer) LANGUAGE sql"
                     " AS 'SELECT 1'"),
            "made routine s.f(pg_catalog.int4)");
  EXPECT_EQ(subjects("ALTER FUNCTION s.f(integer, s.t[]) OWNER TO r"),
            "changed routine s.f(pg_catalog.int4, s.t[])");
  EXPECT_EQ(subjects("GRANT EXECUTE ON FUNCTION s.f(text) TO r"), "changed routine s.f(text)");
  EXPECT_EQ(subjects("COMMENT ON PROCEDURE s.p(IN integer, OUT text) IS 'x'"),
            "changed routine s.p(pg_catalog.int4)");
  EXPECT_EQ(subjects("CREATE PROCEDURE s.p(IN a integer, OUT b text) LANGUAGE sql AS ''"),
            "made routine s.p(pg_catalog.int4)");
  EXPECT_EQ(refusal("ALTER FUNCTION s.f OWNER TO r"), "It names a routine without its arguments");
  expect_clean(sql_);
}

TEST_F(ReaderTest, AggregatesHaveThemToo) {
  const std::string options = " (SFUNC = pg_catalog.int4pl, STYPE = integer)";
  EXPECT_EQ(subjects("CREATE AGGREGATE s.a(integer, text)" + options),
            "made routine s.a(pg_catalog.int4, text)");
  EXPECT_EQ(subjects("CREATE AGGREGATE s.a(*)" + options), "made routine s.a()");
  EXPECT_EQ(subjects("ALTER AGGREGATE s.a(*) OWNER TO r"), "changed routine s.a()");
  EXPECT_EQ(subjects("ALTER ROUTINE s.a() DEPENDS ON EXTENSION e"), "changed routine s.a()");
  EXPECT_EQ(subjects("CREATE AGGREGATE s.a(real ORDER BY integer)" + options),
            "made routine s.a(pg_catalog.float4, pg_catalog.int4)");
  EXPECT_EQ(subjects("COMMENT ON AGGREGATE s.a(real ORDER BY integer) IS 'x'"),
            "changed routine s.a(pg_catalog.float4, pg_catalog.int4)");
  EXPECT_EQ(subjects("ALTER ROUTINE s.a(real, integer) DEPENDS ON EXTENSION e"),
            "changed routine s.a(pg_catalog.float4, pg_catalog.int4)");
}

TEST_F(ReaderTest, FunctionsOfRangesHaveAny) {
  EXPECT_EQ(subjects("CREATE TYPE s.r AS RANGE (SUBTYPE = integer)"),
            "made routine s.r(*); made relation s.r");
}

TEST_F(ReaderTest, TablesAreTheirColumnsAndChecks) {
  EXPECT_EQ(subjects("CREATE TABLE s.t (a integer DEFAULT (1) NOT NULL, CONSTRAINT c CHECK (a > 0))"
                     " PARTITION BY RANGE (a)"),
            "made relation s.t");
  EXPECT_EQ(subjects("CREATE FOREIGN TABLE s.t (a integer OPTIONS (x 'y')) SERVER v"),
            "made relation s.t");
  for (const std::string statement :
       {"CREATE TABLE s.t (LIKE public.canary INCLUDING ALL)",
        "CREATE TABLE s.t (a integer REFERENCES public.canary)",
        "CREATE TABLE s.t (a integer PRIMARY KEY)", "CREATE TABLE s.t (a integer, UNIQUE (a))",
        "CREATE TABLE IF NOT EXISTS s.t (a integer)",
        "CREATE TABLE s.t PARTITION OF public.canary DEFAULT",
        "CREATE FOREIGN TABLE s.t PARTITION OF public.canary DEFAULT SERVER v",
        "CREATE FOREIGN TABLE s.t (LIKE public.canary) SERVER v",
        "CREATE TEMPORARY TABLE t (a integer)", "CREATE TABLE db.s.t (a integer)",
        "CREATE TABLE s.t AS SELECT 1"})
    EXPECT_THAT(refusal(statement), ::testing::StartsWith("It ")) << statement;
}

}  // namespace
}  // namespace pgclone::test
