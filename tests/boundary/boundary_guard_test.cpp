// The guards themselves: exceptions out of C++, server errors into it.
#include <array>
#include <cstdio>

#include "boundary_fixture.hpp"
#include "gmock/gmock.h"

namespace pgclone::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct GuardTest : Boundary {};

TEST_F(GuardTest, ErrorKeepsAllItsFields) {
  const SqlReport report = sql_.expect_error("SELECT public.b_throw('error')");
  EXPECT_EQ(report.sqlstate, "22012");
  EXPECT_EQ(report.message, "message 100% \xF0\x9F\x90\x98");
  EXPECT_EQ(report.detail, "detail %s");
  EXPECT_EQ(report.hint, "hint %n");
  EXPECT_EQ(report.context, "context %d");
  expect_clean(sql_);
}

TEST_F(GuardTest, MessageOfAnyLengthGetsThrough) {
  EXPECT_EQ(sql_.expect_error("SELECT public.b_throw('long')").message, std::string(100'000, 'x'));
  expect_clean(sql_);
}

TEST_F(GuardTest, EveryKindOfExceptionIsACleanError) {
  struct Case {
    const char* kind;
    const char* sqlstate;
    const char* message;
  };
  for (const Case& expected :
       {Case{"exception", "XX000", "a runtime error"}, Case{"bad_alloc", "53200", "out of memory"},
        Case{"int", "XX000", "unknown C++ exception"},
        Case{"counted", "XX000", "counted exception"},
        Case{"cancel", "57014", "canceling clone job on user's request"}}) {
    const SqlReport report =
        sql_.expect_error(std::string("SELECT public.b_throw('") + expected.kind + "')");
    EXPECT_EQ(report.sqlstate, expected.sqlstate) << expected.kind;
    EXPECT_EQ(report.message, expected.message) << expected.kind;
    expect_clean(sql_);
  }
}

TEST_F(GuardTest, TenThousandErrorsLeakNothing) {
  const auto many = [&](int count) {
    sql_.exec("DO $$ BEGIN FOR i IN 1.." + std::to_string(count) +
              " LOOP BEGIN PERFORM public.b_throw((ARRAY['error','exception','bad_alloc','int',"
              "'counted'])[1 + i % 5]); EXCEPTION WHEN OTHERS THEN NULL; END;"
              " BEGIN PERFORM public.b_owner_above_guard(); EXCEPTION WHEN OTHERS THEN NULL; END;"
              " END LOOP; END $$");
  };
  many(1000);
  const long before = std::stol(sql_.value("SELECT public.b_resident_kb()"));
  many(10'000);
  const long after = std::stol(sql_.value("SELECT public.b_resident_kb()"));
  EXPECT_LT(after - before, 1024) << "kilobytes";
  expect_clean(sql_);
}

// The rules broken: what the tests above would see if a guard were wrong.
TEST_F(GuardTest, RaisingInsideAHandlerLeaksTheException) {
  EXPECT_EQ(sql_.expect_error("SELECT public.b_raise_in_handler()").message,
            "raised inside a handler");
  EXPECT_EQ(sql_.value("SELECT public.b_leaks()"), "live=1 current=yes");
}

TEST_F(GuardTest, AnOwnerBelowTheGuardIsNotDestroyed) {
  EXPECT_EQ(sql_.expect_error("SELECT public.b_owner_below_guard()").message,
            "raised below an owner");
  EXPECT_EQ(sql_.value("SELECT public.b_leaks()"), "live=1 current=no");
}

TEST_F(GuardTest, ServerErrorKeepsAllItsFieldsAndOwnersAreDestroyed) {
  PGresult* const result = PQexec(sql_.handle(), "SELECT public.b_owner_above_guard()");
  const auto field = [&](int code) {
    const char* const text = PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  EXPECT_EQ(field(PG_DIAG_SQLSTATE), "23505");
  EXPECT_EQ(field(PG_DIAG_MESSAGE_PRIMARY), "message");
  EXPECT_EQ(field(PG_DIAG_MESSAGE_DETAIL), "detail");
  EXPECT_EQ(field(PG_DIAG_MESSAGE_HINT), "hint");
  EXPECT_EQ(field(PG_DIAG_CONTEXT), "context");
  EXPECT_EQ(field(PG_DIAG_SCHEMA_NAME), "schema");
  EXPECT_EQ(field(PG_DIAG_TABLE_NAME), "table");
  EXPECT_EQ(field(PG_DIAG_COLUMN_NAME), "column");
  EXPECT_EQ(field(PG_DIAG_DATATYPE_NAME), "datatype");
  EXPECT_EQ(field(PG_DIAG_CONSTRAINT_NAME), "constraint");
  PQclear(result);
  expect_clean(sql_);
}

TEST_F(GuardTest, ContextOfOuterFramesIsAddedOnce) {
  const SqlReport report =
      sql_.expect_error("DO $$ BEGIN PERFORM public.b_owner_above_guard(); END $$");
  EXPECT_EQ(report.context,
            "context\nSQL statement \"SELECT public.b_owner_above_guard()\"\n"
            "PL/pgSQL function inline_code_block line 1 at PERFORM");
}

TEST_F(GuardTest, CaughtErrorCarriesTheWholeRecord) {
  EXPECT_EQ(sql_.value("SELECT public.b_caught_fields()"),
            "23505|message|detail|hint|SQL statement \"SELECT bad\" at character 8\ncontext|table|"
            "target");
  expect_clean(sql_);
}

TEST_F(GuardTest, GuardRestoresTheServersState) {
  EXPECT_EQ(sql_.value("SELECT public.b_restores()"), "restored");
}

TEST_F(GuardTest, FailedCleanUpIsAWarning) {
  sql_.clear_notices();
  EXPECT_EQ(sql_.value("SELECT public.b_cleanup_failure()"), "failed");
  ASSERT_EQ(sql_.notices().size(), 1U);
  EXPECT_EQ(sql_.notices()[0].severity, "WARNING");
  EXPECT_EQ(sql_.notices()[0].message, "clean-up failed here");
  expect_clean(sql_);
}

TEST_F(GuardTest, ReportsReachTheClient) {
  sql_.clear_notices();
  sql_.exec("SELECT public.b_report()");
  ASSERT_EQ(sql_.notices().size(), 2U);
  EXPECT_EQ(sql_.notices()[0].severity, "NOTICE");
  EXPECT_EQ(sql_.notices()[0].message, "a notice 100%");
  EXPECT_EQ(sql_.notices()[0].detail, "its detail");
  EXPECT_EQ(sql_.notices()[0].hint, "its hint");
  EXPECT_EQ(sql_.notices()[1].severity, "WARNING");
}

TEST_F(GuardTest, SqlstatesArePackedAsTheServerDoes) {
  EXPECT_EQ(sql_.value("SELECT public.b_make_sqlstate('2BP01')"), "2BP01");
  EXPECT_EQ(sql_.value("SELECT public.b_make_sqlstate('57014')"), "57014");
  EXPECT_EQ(sql_.value("SELECT public.b_make_sqlstate('2bp01')"), "XX000");
  EXPECT_EQ(sql_.value("SELECT public.b_make_sqlstate('570')"), "XX000");
}

TEST_F(GuardTest, StatementOfAFailingCallStaysOutOfTheLog) {
  sql_.expect_error("SELECT public.b_throw('error') /* password=s3cr3t-in-a-statement */");
  EXPECT_THAT(target_cluster().server_log(), HasSubstr("message 100%"));
  EXPECT_THAT(target_cluster().server_log(), Not(HasSubstr("s3cr3t-in-a-statement")));
}

TEST_F(GuardTest, FatalEndsTheSessionAndNothingElse) {
  Sql victim = database_.connect();
  const std::string started = sql_.value("SELECT pg_postmaster_start_time()");
  EXPECT_THROW(victim.exec("SELECT public.b_fatal()"), std::exception);
  EXPECT_EQ(PQstatus(victim.handle()), CONNECTION_BAD);
  EXPECT_EQ(sql_.value("SELECT pg_postmaster_start_time()"), started);
  EXPECT_THAT(target_cluster().server_log(), Not(HasSubstr("was terminated by signal")));
}

TEST_F(GuardTest, BackendHasOneThread) {
  sql_.expect_error("SELECT public.b_throw('error')");
  EXPECT_EQ(sql_.value("SELECT public.b_threads()"), "1");
}

// FATAL runs exit(), and with it the destructors of static objects: so there are none.
TEST(GuardLibraryTest, HasNoStaticObjectWithADestructor) {
  FILE* const nm = popen("nm " PGCLONE_GUARD_LIBRARY, "r");
  ASSERT_NE(nm, nullptr);
  std::string symbols;
  std::array<char, 4096> chunk{};
  while (const std::size_t size = fread(chunk.data(), 1, chunk.size(), nm)) {
    symbols.append(chunk.data(), size);
  }
  EXPECT_EQ(pclose(nm), 0);
  EXPECT_THAT(symbols, HasSubstr("run_guarded"));
  EXPECT_THAT(symbols, Not(HasSubstr("__cxa_atexit")));
}

}  // namespace
}  // namespace pgclone::test
