// COPY FROM inside the backend: rights, errors in mid-copy, cancels, and copies within copies.
#include "boundary_fixture.hpp"
#include "gmock/gmock.h"

namespace pgclone::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// In both formats: a plain table takes binary rows without the server's COPY FROM.
struct CopyTest : Boundary, ::testing::WithParamInterface<const char*> {
  CopyTest() { sql_.exec("CREATE TABLE public.t (id int, name text)"); }

  static std::string mode(const std::string& what) { return "'" + (GetParam() + what) + "'"; }

  static std::string copy(int rows, const std::string& what = "", const std::string& table = "t",
                          const std::string& columns = "") {
    return "SELECT public.b_copy('public', '" + table + "', '" + columns + "', " +
           std::to_string(rows) + ", " + mode(what) + ")";
  }

  // After a failed copy: no rows, nothing leaked, and the same backend copies again.
  void expect_recovered(Sql& sql) {
    expect_clean(sql);
    EXPECT_EQ(sql.value("SELECT count(*) FROM public.t"), "0");
    EXPECT_EQ(sql.value(copy(10)), "10");
    sql.exec("TRUNCATE public.t");
    expect_clean(sql);
  }
};

INSTANTIATE_TEST_SUITE_P(Formats, CopyTest, ::testing::Values("", "binary "));

TEST_P(CopyTest, CopiesEveryRow) {
  EXPECT_EQ(sql_.value(copy(100'000)), "100000");
  EXPECT_EQ(sql_.value("SELECT count(*) || ' ' || sum(id) || ' ' || min(name) || ' ' || "
                       "count(DISTINCT name) FROM public.t"),
            "100000 5000050000 row 1 100000");
  expect_clean(sql_);
}

TEST_P(CopyTest, SeesWhatTheTransactionDidBefore) {
  sql_.exec("BEGIN; CREATE TABLE public.fresh (id int, name text)");
  EXPECT_EQ(sql_.value(copy(10, "", "fresh")), "10");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.fresh"), "10");
  sql_.exec("ROLLBACK");
  EXPECT_EQ(sql_.value("SELECT to_regclass('public.fresh') IS NULL"), "t");
}

TEST_P(CopyTest, FillsTheColumnsItIsTold) {
  sql_.exec(
      "CREATE TABLE public.g (id int, double int GENERATED ALWAYS AS (id * 2) STORED, "
      "d text DEFAULT 'default')");
  EXPECT_EQ(sql_.value(copy(3, "narrow", "g", "id")), "3");
  EXPECT_EQ(sql_.value("SELECT string_agg(g::text, '' ORDER BY id) FROM public.g g"),
            "(1,2,default)(2,4,default)(3,6,default)");
  const SqlReport report = sql_.expect_error(copy(3, "", "g", "id,double"));
  EXPECT_EQ(report.sqlstate, "42P10");
  EXPECT_EQ(report.message, "column \"double\" is a generated column");
  EXPECT_EQ(sql_.expect_error(copy(3, "", "g", "id,missing")).sqlstate, "42703");
  EXPECT_EQ(sql_.expect_error(copy(3, "", "missing")).sqlstate, "42P01");
}

// The rights of the caller, never more.

struct CopyRightsTest : CopyTest {
  CopyRightsTest() { sql_.exec("CREATE ROLE b_plain; GRANT USAGE ON SCHEMA public TO b_plain"); }
  ~CopyRightsTest() override { sql_.exec("RESET ROLE; DROP OWNED BY b_plain; DROP ROLE b_plain"); }
};

INSTANTIATE_TEST_SUITE_P(Formats, CopyRightsTest, ::testing::Values("", "binary "));

TEST_P(CopyRightsTest, NeedsInsertOnTheTable) {
  sql_.exec("SET ROLE b_plain");
  const SqlReport report = sql_.expect_error(copy(10));
  EXPECT_EQ(report.sqlstate, "42501");
  EXPECT_EQ(report.message, "permission denied for table t");
  sql_.exec("RESET ROLE; GRANT INSERT ON public.t TO b_plain; SET ROLE b_plain");
  EXPECT_EQ(sql_.value(copy(10)), "10");
}

TEST_P(CopyRightsTest, InsertOnSomeColumnsIsNotInsertOnAll) {
  sql_.exec("GRANT INSERT (id) ON public.t TO b_plain; SET ROLE b_plain");
  EXPECT_EQ(sql_.expect_error(copy(10)).sqlstate, "42501");
  EXPECT_EQ(sql_.expect_error(copy(10, "", "t", "id,name")).sqlstate, "42501");
  EXPECT_EQ(sql_.value(copy(10, "narrow", "t", "id")), "10");
}

TEST_P(CopyRightsTest, NeedsUsageOnTheSchema) {
  sql_.exec(
      "CREATE SCHEMA hidden; CREATE TABLE hidden.t (id int, name text);"
      "GRANT INSERT ON hidden.t TO b_plain; SET ROLE b_plain");
  EXPECT_EQ(
      sql_.expect_error("SELECT public.b_copy('hidden', 't', '', 10, " + mode("") + ")").message,
      "permission denied for schema hidden");
}

TEST_P(CopyRightsTest, RowSecurityThatAppliesRefusesTheCopy) {
  sql_.exec(
      "ALTER TABLE public.t ENABLE ROW LEVEL SECURITY; GRANT INSERT ON public.t TO b_plain;"
      "SET ROLE b_plain");
  const SqlReport report = sql_.expect_error(copy(10));
  EXPECT_EQ(report.sqlstate, "0A000");
  EXPECT_EQ(report.message, "COPY FROM not supported with row-level security");
  EXPECT_EQ(report.detail, "Row-level security applies to you on table \"public.t\".");
  sql_.exec("SET row_security = off");
  EXPECT_EQ(sql_.expect_error(copy(10)).sqlstate, "42501");
  sql_.exec("RESET row_security; RESET ROLE");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.t"), "0");
  EXPECT_EQ(sql_.value(copy(10)), "10") << "the owner is not subject to it";
}

TEST_P(CopyTest, ViewsAndTheirLikeAreRefused) {
  sql_.exec(
      "CREATE VIEW public.v AS SELECT * FROM public.t;"
      "CREATE MATERIALIZED VIEW public.m AS SELECT * FROM public.t;"
      "CREATE SEQUENCE public.s");
  const SqlReport report = sql_.expect_error(copy(10, "", "v"));
  EXPECT_EQ(report.sqlstate, "42809");
  EXPECT_EQ(report.message, "cannot copy to view \"v\"");
  EXPECT_EQ(sql_.expect_error(copy(10, "", "m")).message, "cannot copy to materialized view \"m\"");
  EXPECT_EQ(sql_.expect_error(copy(10, "", "s")).message, "cannot copy to sequence \"s\"");
}

TEST_P(CopyTest, ReadOnlyTransactionsAreRespected) {
  sql_.exec("BEGIN READ ONLY");
  EXPECT_EQ(sql_.expect_error(copy(10)).sqlstate, "25006");
  sql_.exec("ROLLBACK");
  expect_recovered(sql_);
}

// Errors in mid-copy.

TEST_P(CopyTest, AnErrorOfTheReaderComesOutAsItself) {
  const SqlReport report = sql_.expect_error(copy(1000, "error"));
  EXPECT_EQ(report.sqlstate, "22012");
  EXPECT_EQ(report.message, "message 100% \xF0\x9F\x90\x98");
  EXPECT_EQ(report.detail, "detail %s");
  EXPECT_EQ(report.hint, "hint %n");
  EXPECT_THAT(report.context, ::testing::StartsWith("context %d\nCOPY t, line "));
  expect_recovered(sql_);
}

TEST_P(CopyTest, AnyExceptionOfTheReaderComesOut) {
  struct Case {
    const char* mode;
    const char* sqlstate;
    const char* message;
  };
  for (const Case& expected :
       {Case{"exception", "XX000", "a runtime error"}, Case{"bad_alloc", "53200", "out of memory"},
        Case{"int", "XX000", "unknown C++ exception"},
        Case{"counted", "XX000", "counted exception"},
        Case{"cancel", "57014", "canceling clone job on user's request"},
        Case{"late", "XX001", "the source failed last"}}) {
    const SqlReport report = sql_.expect_error(copy(1000, expected.mode));
    EXPECT_EQ(report.sqlstate, expected.sqlstate) << expected.mode;
    EXPECT_EQ(report.message, expected.message) << expected.mode;
    SCOPED_TRACE(expected.mode);
    expect_recovered(sql_);
  }
}

TEST_P(CopyTest, DataBehindTheEndMarkIsAnError) {
  EXPECT_EQ(sql_.expect_error(copy(10, "trailing")).sqlstate, "08P01");
  expect_recovered(sql_);
}

TEST_P(CopyTest, AServerErrorInMidCopyComesOut) {
  sql_.exec("ALTER TABLE public.t ADD CONSTRAINT few CHECK (id <> 501)");
  const SqlReport report = sql_.expect_error(copy(1000));
  EXPECT_EQ(report.sqlstate, "23514");
  EXPECT_EQ(report.context,
            GetParam()[0] == '\0' ? "COPY t, line 501: \"501\trow 501\"" : "COPY t, line 501");
  expect_recovered(sql_);
}

TEST_P(CopyTest, TheSameTransactionCopiesAgainAfterASavepoint) {
  sql_.exec("BEGIN; SAVEPOINT s");
  sql_.expect_error(copy(1000, "error"));
  sql_.exec("ROLLBACK TO s");
  EXPECT_EQ(sql_.value(copy(20)), "20");
  sql_.exec("COMMIT");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.t"), "20");
}

TEST_P(CopyTest, ManyFailedCopiesLeakNothing) {
  const auto many = [&](int count) {
    sql_.exec("DO $$ BEGIN FOR i IN 1.." + std::to_string(count) +
              " LOOP BEGIN PERFORM public.b_copy('public', 't', '', 100, " + mode("") +
              " || (ARRAY["
              "'error', 'exception', 'int', 'counted'])[1 + i % 4]); RAISE EXCEPTION 'no error'; "
              "EXCEPTION "
              "WHEN division_by_zero OR internal_error THEN NULL; END; END LOOP; END $$");
  };
  many(200);
  const long before = std::stol(sql_.value("SELECT public.b_resident_kb()"));
  many(2000);
  EXPECT_LT(std::stol(sql_.value("SELECT public.b_resident_kb()")) - before, 2048) << "kilobytes";
  expect_recovered(sql_);
}

// Cancels.

TEST_P(CopyTest, CancelInAWaitOfTheReader) {
  Sql victim = database_.connect();
  victim.send(copy(1000, "wait"));
  wait_until(sql_, "SELECT wait_event = 'Extension' FROM pg_stat_activity WHERE pid = " +
                       std::to_string(victim.backend_pid()));
  victim.cancel();
  try {
    victim.finish();
    ADD_FAILURE() << "the cancel was swallowed";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.report().sqlstate, "57014");
    EXPECT_EQ(error.report().message, "canceling statement due to user request");
  }
  expect_recovered(victim);
}

TEST_P(CopyTest, CancelWhileRowsFlow) {
  Sql victim = database_.connect();
  const std::string pid = std::to_string(victim.backend_pid());
  victim.send(copy(1000, "endless"));
  wait_until(sql_,
             "SELECT coalesce(max(tuples_processed), 0) > 1000 FROM pg_stat_progress_copy "
             "WHERE pid = " +
                 pid);
  EXPECT_EQ(sql_.value("SELECT pg_cancel_backend(" + pid + ")"), "t");
  try {
    victim.finish();
    ADD_FAILURE() << "the cancel was swallowed";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.report().sqlstate, "57014");
  }
  expect_recovered(victim);
}

TEST_P(CopyTest, StatementTimeoutInMidCopy) {
  for (const char* what : {"wait", "endless"}) {
    sql_.exec("SET statement_timeout = '200ms'");
    const SqlReport report = sql_.expect_error(copy(1000, what));
    EXPECT_EQ(report.sqlstate, "57014") << what;
    EXPECT_EQ(report.message, "canceling statement due to statement timeout") << what;
    sql_.exec("RESET statement_timeout");
    expect_recovered(sql_);
  }
}

TEST_P(CopyTest, ACancelIsNotAnOtherError) {
  sql_.exec("SET statement_timeout = '200ms'");
  const SqlReport report = sql_.expect_error(
      "DO $$ BEGIN PERFORM public.b_copy('public', 't', '', 1000, " + mode("wait") +
      ");"
      " EXCEPTION WHEN OTHERS THEN NULL; END $$");
  EXPECT_EQ(report.sqlstate, "57014") << "WHEN OTHERS catches all but cancels";
  sql_.exec("RESET statement_timeout");
  expect_recovered(sql_);
}

TEST_P(CopyTest, TerminateInMidCopyEndsTheBackendAlone) {
  for (const char* what : {"wait", "endless"}) {
    Sql victim = database_.connect();
    const std::string started = sql_.value("SELECT pg_postmaster_start_time()");
    const std::string pid = std::to_string(victim.backend_pid());
    victim.send(copy(1000, what));
    wait_until(sql_, "SELECT count(*) > 0 FROM pg_stat_progress_copy WHERE pid = " + pid);
    EXPECT_EQ(sql_.value("SELECT pg_terminate_backend(" + pid + ", 1000)"), "t") << what;
    EXPECT_THROW(victim.finish(), std::exception);
    EXPECT_EQ(sql_.value("SELECT pg_postmaster_start_time()"), started);
  }
  EXPECT_THAT(target_cluster().server_log(), Not(HasSubstr("was terminated by signal")));
  expect_recovered(sql_);
}

// Copies within copies.

TEST_P(CopyTest, ACopyWithinACopyIsRefused) {
  sql_.exec(
      "CREATE TABLE public.inner_t (id int, name text);"
      "CREATE FUNCTION public.again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "PERFORM public.b_copy('public', 'inner_t', '', 10, " +
      mode("") +
      "); RETURN NEW; END $$;"
      "CREATE TRIGGER again BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION "
      "public.again()");
  const SqlReport report = sql_.expect_error(copy(1000));
  EXPECT_EQ(report.sqlstate, "55000");
  EXPECT_EQ(report.message, "a clone cannot run inside another clone's copy");
  sql_.exec("DROP TRIGGER again ON public.t");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.inner_t"), "0");
  expect_recovered(sql_);
}

TEST_P(CopyTest, ARefusedInnerCopyLeavesTheOuterOneAlone) {
  sql_.exec(
      "CREATE TABLE public.inner_t (id int, name text);"
      "CREATE FUNCTION public.again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN BEGIN "
      "PERFORM public.b_copy('public', 'inner_t', '', 10, " +
      mode("") +
      "); EXCEPTION WHEN "
      "object_not_in_prerequisite_state THEN NULL; END; RETURN NEW; END $$;"
      "CREATE TRIGGER again BEFORE INSERT ON public.t FOR EACH ROW WHEN (NEW.id % 100 = 0) "
      "EXECUTE FUNCTION public.again()");
  EXPECT_EQ(sql_.value(copy(1000)), "1000");
  EXPECT_EQ(sql_.value("SELECT count(*) || ' ' || sum(id) FROM public.t"), "1000 500500");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.inner_t"), "0");
  expect_clean(sql_);
}

}  // namespace
}  // namespace pgclone::test
