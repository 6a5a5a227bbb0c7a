// Statements, transactions and cancel over LibpqSession. Copies and connecting have their own
// files.
#include "pq/libpq_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "pgclone/plugin/sql.hpp"
#include "support/error_of.hpp"
#include "support/poll_waiter.hpp"
#include "support/temp_database.hpp"

namespace pgclone::pq {
namespace {

using test::error_of;
using test::PollWaiter;
using test::source_cluster;
using test::Sql;
using test::TempDatabase;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

class LibpqSessionTest : public testing::Test {
 protected:
  std::unique_ptr<LibpqSession> connect(bool is_source = true) {
    ConnectOptions options;
    options.is_source = is_source;
    return LibpqSession::connect(ConnInfo::parse(database.conninfo()), options, waiter);
  }
  static std::string text(const Result& result, std::size_t row = 0, std::size_t column = 0) {
    return std::string(result.text(row, column));
  }

  TempDatabase database{source_cluster()};
  Sql admin = database.connect();
  PollWaiter waiter;
};

TEST_F(LibpqSessionTest, QueryReturnsRowsNullsAndCounts) {
  auto session = connect();
  const Result& result = session->query(
      "SELECT 1, NULL::text, 't'::bool, -9223372036854775808, '' UNION ALL "
      "SELECT 2, 'ü \\ 🐘', false, 7, NULL ORDER BY 1");
  ASSERT_EQ(result.rows(), 2u);
  ASSERT_EQ(result.columns(), 5u);
  EXPECT_EQ(result.integer(0, 0), 1);
  EXPECT_TRUE(result.is_null(0, 1));
  EXPECT_EQ(result.text(0, 1), "");
  EXPECT_TRUE(result.boolean(0, 2));
  EXPECT_EQ(result.text(0, 3), "-9223372036854775808");
  EXPECT_FALSE(result.is_null(0, 4));
  EXPECT_EQ(result.text(1, 1), "ü \\ 🐘");
  EXPECT_FALSE(result.boolean(1, 2));
  EXPECT_TRUE(result.is_null(1, 4));
  for (const auto& [row, column] : {std::pair(2, 0), std::pair(0, 5), std::pair(-1, 0)})
    EXPECT_EQ(error_of([&] { static_cast<void>(result.text(row, column)); }).sqlstate(), "08P01");
  EXPECT_EQ(error_of([&] { static_cast<void>(result.is_null(2, 0)); }).sqlstate(), "08P01");

  auto target = connect(false);
  target->execute("CREATE TABLE public.t (a int); INSERT INTO public.t VALUES (1), (2), (3)");
  EXPECT_EQ(target->query("UPDATE public.t SET a = a + 1 WHERE a > 1").affected(), 2u);
  EXPECT_EQ(target->query("SELECT a FROM public.t").rows(), 3u);
}

TEST_F(LibpqSessionTest, ParametersArriveAsTheyAre) {
  auto session = connect();
  const std::string hostile = "a'b\"c\\d%e; DROP TABLE x; -- 🐘 $1";
  const std::vector<Param> params = {hostile, std::nullopt, "", "{1,2}"};
  const Result& result = session->query(
      "SELECT $1::text, $2::text IS NULL, $3::text, ($4::pg_catalog.oid[])[2]", params);
  EXPECT_EQ(result.text(0, 0), hostile);
  EXPECT_TRUE(result.boolean(0, 1));
  EXPECT_FALSE(result.is_null(0, 2));
  EXPECT_EQ(result.integer(0, 3), 2);

  const std::vector<Param> zero = {std::string_view("a\0b", 3)};
  EXPECT_EQ(error_of([&] { session->query("SELECT $1::text", zero); }).sqlstate(), "22021");
  EXPECT_EQ(error_of([&] { session->query(std::string_view("SELECT 1\0+1", 11)); }).sqlstate(),
            "22021");
  EXPECT_EQ(session->query("SELECT 1").integer(0, 0), 1);
}

TEST_F(LibpqSessionTest, OnlyExecuteTakesSeveralStatements) {
  auto session = connect(false);
  const Error error = error_of([&] { session->query("SELECT 1; DROP SCHEMA public"); });
  EXPECT_EQ(error.sqlstate(), "42601");
  const std::vector<Param> params = {"1"};
  EXPECT_EQ(error_of([&] { session->execute("SELECT $1; SELECT 2", params); }).sqlstate(), "42601");
  EXPECT_EQ(error_of([&] {
              session->copy_out("COPY (SELECT 1) TO STDOUT; DROP SCHEMA public");
            }).sqlstate(),
            "42601");
  session->execute("CREATE TABLE public.a (); CREATE TABLE public.b ();");
  EXPECT_EQ(admin.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "2");
}

TEST_F(LibpqSessionTest, HostileNamesWork) {
  auto session = connect(false);
  const std::string name = "It's \"a\" \\ 100% ünïcode 🐘 Näme with spaces";
  session->execute("CREATE SCHEMA " + sql::identifier(name) + "; CREATE TABLE " +
                   sql::qualified(name, name) + " (" + sql::identifier(name) + " text)");
  session->execute("INSERT INTO " + sql::qualified(name, name) + " VALUES (" + sql::literal(name) +
                   ")");
  EXPECT_EQ(text(session->query("SELECT " + sql::identifier(name) + " FROM " +
                                sql::qualified(name, name))),
            name);
}

TEST_F(LibpqSessionTest, ErrorsArriveWhole) {
  admin.exec(
      "CREATE FUNCTION public.fail() RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'the "
      "message' USING DETAIL = 'the detail', HINT = 'the hint', ERRCODE = 'P1234'; END$$");
  for (const bool is_source : {true, false}) {
    auto session = connect(is_source);
    for (const bool extended : {true, false}) {
      session->begin(TransactionMode::read_committed_read_only);
      const Error error = error_of([&] {
        if (extended) {
          session->query("SELECT public.fail()");
        } else {
          session->execute("SELECT 1; SELECT public.fail(); SELECT 2");
        }
      });
      EXPECT_EQ(error.sqlstate(), "P1234");
      EXPECT_EQ(error.message(), "the message");
      EXPECT_EQ(error.detail(), "the detail");
      EXPECT_EQ(error.hint(), "the hint");
      EXPECT_THAT(error.context(), HasSubstr("PL/pgSQL function public.fail() line 1 at RAISE"));
      EXPECT_EQ(error.origin(), is_source ? Origin::source : Origin::target);
      session->rollback();
      EXPECT_TRUE(session->alive());
      EXPECT_EQ(session->query("SELECT 1").integer(0, 0), 1);
    }
  }
}

TEST_F(LibpqSessionTest, ASourcesTransactionHasItsSettingsAndKeepsThem) {
  admin.exec("ALTER DATABASE " + database.name() +
             " SET statement_timeout = '1h'; ALTER ROLE postgres IN DATABASE " + database.name() +
             " SET idle_in_transaction_session_timeout = '1h'; ALTER DATABASE " + database.name() +
             " SET lock_timeout = '1h'; ALTER DATABASE " + database.name() +
             " SET DateStyle = 'German'; ALTER DATABASE " + database.name() +
             " SET search_path = public");
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"search_path", "pg_catalog, pg_temp"},
      {"DateStyle", "ISO, DMY"},
      {"IntervalStyle", "postgres"},
      {"extra_float_digits", "3"},
      {"bytea_output", "hex"},
      {"standard_conforming_strings", "on"},
      {"client_encoding", "UTF8"},
      {"quote_all_identifiers", "off"},
      {"client_connection_check_interval", "250ms"},
      {"application_name", "pgclone"},
      {"row_security", "off"},
      {"statement_timeout", "0"},
      {"lock_timeout", "0"},
      {"idle_in_transaction_session_timeout", "0"},
      {"gin_fuzzy_search_limit", "0"},
      {"exit_on_error", "off"},
      {"transaction_read_only", "on"},
      {"synchronize_seqscans", "off"},
      {"jit", "off"}};
  auto session = connect();
  const std::string all =
      "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name COLLATE \"C\") FROM "
      "pg_settings WHERE name <> 'in_hot_standby'";
  const std::string before = text(session->query(all));
  for (const auto mode :
       {TransactionMode::repeatable_read_read_only, TransactionMode::read_committed_read_only}) {
    session->begin(mode);
    for (const auto& [name, value] : expected) {
      EXPECT_EQ(text(session->query("SHOW " + name)), value) << name;
    }
    EXPECT_EQ(error_of([&] { session->execute("CREATE TABLE public.t ()"); }).sqlstate(), "25006");
    session->rollback();
    EXPECT_EQ(text(session->query(all)), before) << "nothing outlives the transaction";
  }
  auto target = connect(false);
  EXPECT_EQ(text(target->query("SHOW default_transaction_read_only")), "off");
  EXPECT_EQ(text(target->query("SHOW DateStyle")), "ISO, DMY");
}

TEST_F(LibpqSessionTest, TransactionsHaveTheirMode) {
  auto session = connect(false);
  EXPECT_FALSE(session->in_transaction());
  const std::vector<std::tuple<TransactionMode, std::string, std::string>> modes = {
      {TransactionMode::read_write, "read committed", "off"},
      {TransactionMode::repeatable_read_read_only, "repeatable read", "on"},
      {TransactionMode::read_committed_read_only, "read committed", "on"}};
  for (const auto& [mode, isolation, read_only] : modes) {
    session->begin(mode);
    EXPECT_TRUE(session->in_transaction());
    EXPECT_EQ(text(session->query("SHOW transaction_isolation")), isolation);
    EXPECT_EQ(text(session->query("SHOW transaction_read_only")), read_only);
    EXPECT_EQ(error_of([&] { session->begin(mode); }).sqlstate(), "25001");
    session->commit();
    EXPECT_FALSE(session->in_transaction());
  }
  EXPECT_EQ(error_of([&] { session->commit(); }).sqlstate(), "25P01");
  session->rollback();
  EXPECT_TRUE(session->alive());
}

TEST_F(LibpqSessionTest, CommitKeepsAndRollbackUndoes) {
  auto session = connect(false);
  session->begin(TransactionMode::read_write);
  session->execute("CREATE TABLE public.kept ()");
  session->commit();
  session->begin(TransactionMode::read_write);
  session->execute("CREATE TABLE public.undone ()");
  session->rollback();
  EXPECT_FALSE(session->in_transaction());
  EXPECT_TRUE(session->alive());
  EXPECT_EQ(admin.value("SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = "
                        "'public'"),
            "kept");
}

TEST_F(LibpqSessionTest, CommitOfAFailedTransactionIsAnError) {
  auto session = connect(false);
  session->begin(TransactionMode::read_write);
  session->execute("CREATE TABLE public.t ()");
  EXPECT_EQ(error_of([&] { session->execute("SELECT 1/0"); }).sqlstate(), "22012");
  EXPECT_TRUE(session->in_transaction());
  const Error error = error_of([&] { session->commit(); });
  EXPECT_EQ(error.sqlstate(), "25P02");
  EXPECT_THAT(error.message(), HasSubstr(database.name()));
  EXPECT_FALSE(error.detail().empty());
  EXPECT_FALSE(error.hint().empty());
  EXPECT_FALSE(session->in_transaction());
}

TEST_F(LibpqSessionTest, ADeferredConstraintFailsTheCommit) {
  admin.exec("CREATE TABLE public.t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  auto session = connect(false);
  session->begin(TransactionMode::read_write);
  session->execute("INSERT INTO public.t VALUES (1), (1)");
  EXPECT_EQ(error_of([&] { session->commit(); }).sqlstate(), "23505");
  EXPECT_FALSE(session->in_transaction());
}

TEST_F(LibpqSessionTest, ALostConnectionIsNamed) {
  auto session = connect();
  session->begin(TransactionMode::repeatable_read_read_only);
  const std::string kill =
      "SELECT pg_terminate_backend(" + std::to_string(session->backend_pid()) + ", 10000)";
  ASSERT_EQ(admin.value(kill), "t");
  for (int again = 0; again < 2; ++again) {
    const Error error = error_of([&] { session->query("SELECT 1"); });
    EXPECT_EQ(error.sqlstate(), "08006");
    EXPECT_TRUE(error.is_connection_loss());
    EXPECT_FALSE(error.is_cancel());
    EXPECT_EQ(error.origin(), Origin::source);
    EXPECT_THAT(error.message(), HasSubstr("lost the connection to the source \"host="));
    EXPECT_THAT(error.message(), HasSubstr("dbname=" + database.name()));
    EXPECT_THAT(error.detail(),
                again == 0 ? HasSubstr("terminating connection") : HasSubstr("closed"));
    EXPECT_FALSE(error.hint().empty());
  }
  EXPECT_FALSE(session->alive());
  EXPECT_FALSE(session->in_transaction());
  session->rollback();
  EXPECT_EQ(error_of([&] { session->commit(); }).sqlstate(), "08006");
  EXPECT_EQ(waiter.reserved(), 0);
}

TEST_F(LibpqSessionTest, RollbackOfADeadConnectionIsQuiet) {
  auto session = connect();
  session->begin(TransactionMode::repeatable_read_read_only);
  ASSERT_EQ(admin.value("SELECT pg_terminate_backend(" + std::to_string(session->backend_pid()) +
                        ", 10000)"),
            "t");
  session->rollback();
  EXPECT_FALSE(session->alive());
  EXPECT_FALSE(session->in_transaction());
}

TEST_F(LibpqSessionTest, RollbackServesNoInterrupts) {
  auto session = connect();
  session->begin(TransactionMode::repeatable_read_read_only);
  waiter.cancel();
  session->rollback();
  EXPECT_TRUE(session->alive());
  EXPECT_FALSE(session->in_transaction());
}

// The statement that runs on the server ends soon after we were cancelled, also in a lock wait.
TEST_F(LibpqSessionTest, CancelEndsTheRemoteStatementWithinASecond) {
  admin.exec("CREATE TABLE public.locked ()");
  admin.exec("BEGIN; LOCK public.locked");
  Sql watcher = database.connect();
  for (const std::string sql : {"SELECT pg_sleep(600)", "SELECT * FROM public.locked",
                                "SELECT count(*) FROM generate_series(1, 100000000000)"}) {
    auto session = connect();
    session->begin(TransactionMode::repeatable_read_read_only);
    const std::string pid = std::to_string(session->backend_pid());
    std::thread canceller([&] {
      Sql other = database.connect();
      test::wait_until(other,
                       "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE state = 'active' "
                       "AND query LIKE 'SELECT%' AND query <> pg_catalog.current_query() "
                       "AND pid = " +
                           pid + ")");
      waiter.cancel();
    });
    const Error error = error_of([&] { session->query(sql); });
    canceller.join();
    EXPECT_TRUE(error.is_cancel());
    EXPECT_EQ(error.message(), "canceling statement due to user request");
    EXPECT_FALSE(session->alive());
    test::wait_until(
        watcher, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = " + pid + ")", 1s);
    waiter.reset_cancel();
    session->rollback();
    EXPECT_EQ(waiter.reserved(), 0);
  }
}

TEST_F(LibpqSessionTest, AServersCancelIsAnErrorOfTheSource) {
  auto session = connect();
  std::thread canceller([&] {
    Sql other = database.connect();
    test::wait_until(other,
                     "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = "
                     "'SELECT pg_sleep(600)' UNION ALL SELECT false LIMIT 1");
  });
  const Error error = error_of([&] { session->query("SELECT pg_sleep(600)"); });
  canceller.join();
  EXPECT_EQ(error.sqlstate(), "57014");
  EXPECT_FALSE(error.is_cancel());
  EXPECT_TRUE(session->alive());
}

TEST_F(LibpqSessionTest, NothingIsPrinted) {
  auto session = connect();
  testing::internal::CaptureStderr();
  session->execute("SET client_min_messages = debug5; DO $$BEGIN RAISE WARNING 'loud'; END$$");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(LibpqSessionTest, CopyAsAStatementIsRefused) {
  for (const std::string sql : {"COPY (SELECT 1) TO STDOUT", "COPY public.t FROM STDIN"}) {
    auto session = connect(false);
    session->execute("CREATE TABLE IF NOT EXISTS public.t (a int)");
    EXPECT_EQ(error_of([&] { session->query(sql); }).sqlstate(), "0A000");
    EXPECT_FALSE(session->alive());
  }
}

TEST_F(LibpqSessionTest, TellsItsVersionPidAndAbilities) {
  auto session = connect();
  EXPECT_EQ(std::to_string(session->server_version()), admin.value("SHOW server_version_num"));
  EXPECT_EQ(text(session->query("SELECT pg_backend_pid()")),
            std::to_string(session->backend_pid()));
  EXPECT_TRUE(session->supports(Capability::own_transactions));
  EXPECT_TRUE(session->supports(Capability::transactional_ddl));
  EXPECT_FALSE(session->supports(Capability::copy_freeze));
}

// Bigger than any socket buffer in both directions.
TEST_F(LibpqSessionTest, BigStatementsAndResultsPass) {
  auto session = connect();
  const std::string big(20'000'000, 'x');
  const std::vector<Param> params = {big};
  const Result& result = session->query("SELECT pg_catalog.md5($1), $1::text", params);
  EXPECT_EQ(result.text(0, 1), big);
  EXPECT_EQ(text(session->query("SELECT length(" + sql::literal(big) + ")")), "20000000");
}

}  // namespace
}  // namespace pgclone::pq
