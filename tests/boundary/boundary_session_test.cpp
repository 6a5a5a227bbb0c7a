// The backend's session: statements, identity, settings, waits, and a worker's own transactions.
#include "boundary_fixture.hpp"
#include "gmock/gmock.h"

namespace pgclone::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct SessionTest : Boundary {};

TEST_F(SessionTest, StatementsSeeWhatEarlierOnesDid) {
  EXPECT_EQ(sql_.value("SELECT public.b_session('CREATE TABLE public.t (a int, b text);"
                       "INSERT INTO public.t VALUES (1, NULL), (2, ''two'')', "
                       "'SELECT a, b FROM public.t ORDER BY a', NULL)"),
            "1,NULL;2,two;affected=2");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.t"), "2");
  expect_clean(sql_);
}

TEST_F(SessionTest, ParametersAreTextThatTheStatementCasts) {
  EXPECT_EQ(sql_.value("SELECT public.b_session(NULL, 'SELECT $1::int[], $1 IS NULL', '{3,1}')"),
            "{3,1},f;affected=1");
  EXPECT_EQ(sql_.value("SELECT public.b_session(NULL, 'SELECT $1::int[], $1 IS NULL', NULL)"),
            "NULL,t;affected=1");
  EXPECT_EQ(sql_.value("SELECT public.b_session(NULL, 'SELECT $1::text', 'a''b\\c')"),
            "a'b\\c;affected=1");
}

TEST_F(SessionTest, ASecondStatementInAQueryIsASyntaxError) {
  const SqlReport report = sql_.expect_error(
      "SELECT public.b_session(NULL, 'SELECT 1; CREATE TABLE public.injected ()', NULL)");
  EXPECT_EQ(report.sqlstate, "42601");
  EXPECT_EQ(sql_.value("SELECT to_regclass('public.injected') IS NULL"), "t");
}

TEST_F(SessionTest, ServerErrorsComeOutAsTheyAre) {
  sql_.exec("CREATE TABLE public.u (id int PRIMARY KEY)");
  const SqlReport report = sql_.expect_error(
      "SELECT public.b_session('INSERT INTO public.u VALUES (1), (1)', 'SELECT 1', NULL)");
  EXPECT_EQ(report.sqlstate, "23505");
  EXPECT_EQ(report.detail, "Key (id)=(1) already exists.");
  EXPECT_EQ(report.context, "SQL statement \"INSERT INTO public.u VALUES (1), (1)\"");
  const SqlReport syntax =
      sql_.expect_error("SELECT public.b_session('SELEC 1', 'SELECT 1', NULL)");
  EXPECT_EQ(syntax.sqlstate, "42601");
  EXPECT_EQ(syntax.context, "SQL statement \"SELEC 1\" at character 1");
  expect_clean(sql_);
}

TEST_F(SessionTest, TransactionControlIsRefused) {
  EXPECT_EQ(sql_.expect_error("SELECT public.b_session('COMMIT', 'SELECT 1', NULL)").sqlstate,
            "0A000");
}

TEST_F(SessionTest, NothingRunsAfterAnErrorWithoutARollback) {
  EXPECT_EQ(sql_.expect_error("SELECT public.b_goes_on_after_error()").sqlstate, "25P02");
  expect_clean(sql_);
}

TEST_F(SessionTest, CallersTransactionIsLeftAlone) {
  sql_.exec("BEGIN");
  sql_.value("SELECT public.b_session('CREATE TABLE public.gone ()', 'SELECT 1', NULL)");
  sql_.exec("ROLLBACK");
  EXPECT_EQ(sql_.value("SELECT to_regclass('public.gone') IS NULL"), "t");
}

TEST_F(SessionTest, JournalRunsAsTheOwnerAndAlwaysComesBack) {
  sql_.exec(
      "CREATE ROLE b_owner; CREATE ROLE b_caller; CREATE TABLE public.journal (line text);"
      "ALTER TABLE public.journal OWNER TO b_owner; GRANT USAGE ON SCHEMA public TO b_caller");
  sql_.exec("SET ROLE b_caller");
  EXPECT_EQ(sql_.expect_error("INSERT INTO public.journal VALUES ('x')").sqlstate, "42501");
  EXPECT_EQ(sql_.value("SELECT public.b_as_owner('b_owner', 'INSERT INTO public.journal VALUES "
                       "(current_user) RETURNING line')"),
            "b_owner;affected=1 then b_caller;affected=1");
  const SqlReport report = sql_.expect_error("SELECT public.b_as_owner('b_owner', 'SELECT 1/0')");
  EXPECT_EQ(report.sqlstate, "22012");
  EXPECT_EQ(sql_.value("SELECT current_user"), "b_caller");
  EXPECT_EQ(sql_.value("DO $$ BEGIN PERFORM public.b_as_owner('b_owner', 'SELECT 1/0'); EXCEPTION "
                       "WHEN division_by_zero THEN NULL; END $$; SELECT current_user"),
            "b_caller");
  sql_.exec("RESET ROLE; DROP OWNED BY b_owner, b_caller; DROP ROLE b_owner, b_caller");
}

TEST_F(SessionTest, PinnedSettingsComeBack) {
  sql_.exec(
      "SET search_path = public; SET datestyle = 'SQL, DMY'; SET xmloption = document;"
      "SET session_replication_role = replica");
  const std::string show =
      "SELECT current_setting(''search_path''), current_setting(''check_function_bodies''), "
      "current_setting(''datestyle''), current_setting(''xmloption''), "
      "current_setting(''session_replication_role''), current_setting(''work_mem'')";
  EXPECT_EQ(sql_.value("SELECT public.b_pinned('" + show + "')"),
            "pg_temp,off,SQL, DMY,content,origin,123kB;affected=1");
  const std::string after =
      "SELECT current_setting('search_path') || current_setting('datestyle')"
      " || current_setting('check_function_bodies') || current_setting('xmloption')"
      " || current_setting('session_replication_role') || current_setting('work_mem')";
  const std::string own = "publicSQL, DMYondocumentreplica4MB";
  EXPECT_EQ(sql_.value(after), own);
  EXPECT_EQ(sql_.expect_error("SELECT public.b_pinned('SELECT 1/0')").sqlstate, "22012");
  EXPECT_EQ(sql_.value(after), own);
  sql_.exec("BEGIN; SELECT public.b_pinned('SELECT 1')");
  EXPECT_EQ(sql_.value(after), own);
  sql_.exec("COMMIT");
  expect_clean(sql_);
}

TEST_F(SessionTest, WaitEndsAtItsTimeoutAndAtItsStopCheck) {
  EXPECT_EQ(sql_.value("SELECT public.b_wait(1, false)"), "waited");
  const SqlReport report = sql_.expect_error("SELECT public.b_wait(-1, true)");
  EXPECT_EQ(report.sqlstate, "57014");
  EXPECT_EQ(report.message, "canceling clone job on user's request");
  expect_clean(sql_);
}

TEST_F(SessionTest, WaitNoticesASocketUnderAReusedNumber) {
  EXPECT_EQ(sql_.value("SELECT public.b_wait_reused_socket()"), "fir sec thi ");
}

TEST_F(SessionTest, StatementTimeoutEndsAWait) {
  sql_.exec("SET statement_timeout = '50ms'");
  const SqlReport report = sql_.expect_error("SELECT public.b_wait(-1, false)");
  EXPECT_EQ(report.sqlstate, "57014");
  EXPECT_EQ(report.message, "canceling statement due to statement timeout");
  sql_.exec("RESET statement_timeout");
  expect_clean(sql_);
}

TEST_F(SessionTest, WaitsLeaveNoDescriptors) {
  sql_.value("SELECT public.b_wait(1, false)");
  const std::string before = sql_.value("SELECT public.b_descriptors()");
  for (int i = 0; i < 20; ++i) {
    sql_.value("SELECT public.b_wait(1, false)");
    sql_.expect_error("SELECT public.b_wait(-1, true)");
    sql_.value("SELECT public.b_wait_reused_socket()");
  }
  EXPECT_EQ(sql_.value("SELECT public.b_descriptors()"), before);
}

TEST_F(SessionTest, TerminateEndsAWaitAtOnce) {
  Sql victim = database_.connect();
  const std::string started = sql_.value("SELECT pg_postmaster_start_time()");
  const std::string pid = std::to_string(victim.backend_pid());
  victim.send("SELECT public.b_wait(-1, false)");
  wait_until(sql_, "SELECT wait_event = 'Extension' FROM pg_stat_activity WHERE pid = " + pid);
  EXPECT_EQ(sql_.value("SELECT pg_terminate_backend(" + pid + ", 1000)"), "t");
  EXPECT_THROW(victim.finish(), std::exception);
  EXPECT_EQ(sql_.value("SELECT pg_postmaster_start_time()"), started);
  EXPECT_THAT(target_cluster().server_log(), Not(HasSubstr("was terminated by signal")));
}

TEST_F(SessionTest, WorkerHasItsOwnTransactions) {
  sql_.exec("CREATE EXTENSION IF NOT EXISTS pageinspect");
  sql_.exec("CREATE TABLE public.worker_result (n serial, line text)");
  sql_.exec("SELECT public.b_worker('" + boundary_module() + "')");
  const Rows lines = sql_.rows("SELECT line FROM public.worker_result ORDER BY n");
  const Rows expected = {
      {"copied 1000"},
      {"22012 message 100% \xF0\x9F\x90\x98 then 25P02"},
      {"22012 division by zero closed"},
      {"23505 open"},
      {"25006 cannot execute COPY FROM in a read-only transaction"},
      {"end"},
  };
  EXPECT_EQ(lines, expected);
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.made"), "1000");
  EXPECT_EQ(sql_.value("SELECT to_regclass('public.d') IS NULL"), "t");
  // COPY FREEZE: xmin committed and frozen on every tuple of the first page.
  EXPECT_EQ(sql_.value("SELECT bool_and(t_infomask & 768 = 768) FROM "
                       "heap_page_items(get_raw_page('public.made', 0))"),
            "t");
}

}  // namespace
}  // namespace pgclone::test
