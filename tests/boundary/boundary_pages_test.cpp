// Rows that are appended as whole pages (ext/session/page_writer): the server itself says that the
// pages are sound (amcheck), and that the WAL has all of them.
#include <filesystem>
#include <fstream>
#include <future>

#include "pages_fixture.hpp"

namespace pgclone::test {
namespace {

TEST_F(PagesTest, RowsArriveInSoundPages) {
  const std::string expected = sql_.value(checksum("plain"));
  for (const char* const kind : {"", "UNLOGGED"}) {
    for (const char* const storage : {"", "WITH (fillfactor = 100)", "WITH (fillfactor = 30)"}) {
      sql_.exec(std::string("CREATE ") + kind + " TABLE public.direct (LIKE public.plain) " +
                storage + "; CREATE TABLE public.copied (LIKE public.plain, CHECK (true)) " +
                storage);
      EXPECT_EQ(sql_.value(load("direct")), "30000");
      EXPECT_EQ(sql_.value(load("copied")), "30000");
      EXPECT_EQ(sql_.value(checksum("direct")), expected) << kind << storage;
      EXPECT_THAT(damages(sql_, "direct"), IsEmpty()) << kind << storage;
      EXPECT_EQ(
          sql_.value("SELECT count(*) FROM generate_series(0, pg_relation_size('public.direct')"
                     " / 8192 - 1) page, heap_page_items(get_raw_page('public.direct', page))"
                     " WHERE t_ctid IS DISTINCT FROM format('(%s,%s)', page, lp)::tid"),
          "0");
      // COPY also finds the room that a wide row has left in an earlier page.
      EXPECT_NEAR(std::stod(sql_.value("SELECT pg_relation_size('public.direct')")) /
                      std::stod(sql_.value("SELECT pg_relation_size('public.copied')")),
                  1, 0.05)
          << kind << storage;
      sql_.exec("DROP TABLE public.direct, public.copied");
    }
  }
  expect_clean(sql_);
}

// Everything that a server does to rows later.
TEST_F(PagesTest, TheTableLivesOn) {
  sql_.exec("CREATE TABLE public.direct (LIKE public.plain)");
  sql_.exec(load("direct"));
  sql_.exec(
      "UPDATE public.direct SET ratio = -ratio WHERE id % 3 = 0;"
      "UPDATE public.plain SET ratio = -ratio WHERE id % 3 = 0;"
      "DELETE FROM public.direct WHERE id % 5 = 0; DELETE FROM public.plain WHERE id % 5 = 0;"
      "CREATE UNIQUE INDEX ON public.direct (id)");
  sql_.exec("VACUUM (FREEZE, ANALYZE) public.direct");
  EXPECT_EQ(sql_.value(checksum("direct")), sql_.value(checksum("plain")));
  EXPECT_EQ(sql_.value("SET enable_seqscan = off; SELECT count(*) FROM public.direct WHERE id > 0"),
            "24000");
  EXPECT_THAT(damages(sql_, "direct"), IsEmpty());
  EXPECT_EQ(sql_.value("SELECT (SELECT count(*) FROM public.pg_check_visible('public.direct'))"
                       " + (SELECT count(*) FROM public.pg_check_frozen('public.direct'))"),
            "0");
}

TEST_F(PagesTest, ARowThatFitsNoPageIsRefusedAsCopyDoes) {
  sql_.exec(R"(
    DO $$ BEGIN
      EXECUTE format('COPY (SELECT g, %s FROM generate_series(1, 3000) g) TO %L (FORMAT binary)',
        (SELECT string_agg('CASE WHEN g = 3000 THEN ''x''::name END', ', ') FROM generate_series(1, 140)),
        current_setting('data_directory') || '/pages');
      EXECUTE format('CREATE TABLE public.direct (id int, %s)',
        (SELECT string_agg('c' || i || ' name', ', ') FROM generate_series(1, 140) i));
    END $$;
    CREATE TABLE public.copied (LIKE public.direct, CHECK (true)))");
  const SqlReport direct = sql_.expect_error(load("direct"));
  EXPECT_EQ(direct.sqlstate, "54000");
  EXPECT_EQ(direct.message, sql_.expect_error(load("copied")).message);
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.direct"), "0");
  expect_clean(sql_);
}

// A statement that failed leaves nothing behind that keeps a checkpoint waiting.
TEST_F(PagesTest, AFailedLoadLeavesNoRows) {
  sql_.exec("CREATE TABLE public.direct (LIKE public.plain)");
  sql_.exec(
      "DO $$ BEGIN PERFORM public.b_copy_bytes('direct', substr(s, 1, length(s) - 3), 65536)"
      " FROM pg_read_binary_file('pages') s; EXCEPTION WHEN OTHERS THEN NULL; END $$");
  sql_.exec("CHECKPOINT");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.direct"), "0");
  EXPECT_EQ(sql_.value("SELECT pg_relation_size('public.direct') > 1000000"), "t")
      << "nothing was written: the test tells nothing";
  EXPECT_EQ(sql_.value(load("direct")), "30000");
  EXPECT_EQ(sql_.value(checksum("direct")), sql_.value(checksum("plain")));
  EXPECT_THAT(damages(sql_, "direct"), IsEmpty());
}

// Others append at the same time, page by page and row by row, while autovacuum's like looks on.
TEST_F(PagesTest, ManySessionsFillOneTable) {
  sql_.exec("CREATE TABLE public.direct (LIKE public.plain)");
  const auto session = [this](const std::string& work, int times) {
    return std::async(std::launch::async, [this, work, times] {
      Sql sql = database_.connect();
      for (int i = 0; i < times; ++i) sql.exec(work);
    });
  };
  std::vector<std::future<void>> sessions;
  for (int i = 0; i < 3; ++i) sessions.push_back(session(load("direct"), 3));
  sessions.push_back(
      session("INSERT INTO public.direct (id) SELECT -g FROM generate_series(1, 500) g", 40));
  sessions.push_back(session("VACUUM public.direct", 10));
  sessions.push_back(session("CHECKPOINT", 10));
  for (auto& one : sessions) one.get();
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.direct WHERE id < 0"), "20000");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM (SELECT id FROM public.direct WHERE id > 0 GROUP BY id"
                       " HAVING count(*) = 9) x"),
            "30000");
  sql_.exec("CREATE TABLE public.once AS SELECT DISTINCT * FROM public.direct WHERE id > 0");
  EXPECT_EQ(sql_.value(checksum("once")), sql_.value(checksum("plain")));
  EXPECT_THAT(damages(sql_, "direct"), IsEmpty());
}

// The file is emptied, as if the machine had stopped before anything was written to its disk: the
// WAL alone has to bring the committed rows back, and not those of the open transaction.
TEST_F(PagesTest, TheWalHasEveryPage) {
  namespace fs = std::filesystem;
  sql_.exec(
      "CREATE TABLE public.direct (LIKE public.plain); CREATE TABLE public.open (LIKE "
      "public.plain)");
  sql_.exec("CHECKPOINT");
  const std::string expected = sql_.value(checksum("plain"));
  const auto file_of = [this](const std::string& table) {
    return fs::path(
        sql_.value("SELECT current_setting('data_directory') || '/' ||"
                   " pg_relation_filepath('public." +
                   table + "')"));
  };
  const std::vector<fs::path> files = {file_of("direct"), file_of("open")};
  sql_.exec(load("direct"));
  sql_.exec("BEGIN");
  sql_.exec(load("open"));
  target_cluster().stop(StopMode::immediate);
  for (const fs::path& file : files) {
    EXPECT_GT(fs::file_size(file), 1000000U);
    fs::resize_file(file, 0);
  }
  target_cluster().start();
  Sql after = database_.connect();
  EXPECT_EQ(after.value(checksum("direct")), expected);
  EXPECT_EQ(after.value("SELECT count(*) FROM public.open"), "0");
  for (const char* const table : {"direct", "open"})
    EXPECT_THAT(damages(after, table), IsEmpty()) << table;
}

// A file has 131,072 pages. The server takes one of zeros for a page that nobody has used yet.
TEST_F(PagesTest, AcrossTwoFilesOfATable) {
  namespace fs = std::filesystem;
  sql_.exec("CREATE TABLE public.direct (LIKE public.plain)");
  const std::string file = sql_.value(
      "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('public.direct')");
  target_cluster().stop(StopMode::fast);
  fs::resize_file(file, (131072 - 300) * 8192L);
  target_cluster().start();
  Sql after = database_.connect();
  after.exec(load("direct"));
  // Without reading all the zeros.
  after.exec("CREATE VIEW public.rows AS SELECT * FROM public.direct WHERE ctid > '(130000,0)'");
  EXPECT_EQ(after.rows("SELECT min((ctid::text::point)[0]) = 131072 - 301,"
                       " max((ctid::text::point)[0]) > 131072 + 200"
                       " FROM public.direct WHERE ctid > '(130000,0)'"),
            (Rows{{"t", "t"}}));
  EXPECT_EQ(after.value(checksum("rows")), after.value(checksum("plain")));
  EXPECT_EQ(after.value("SELECT count(*) FROM public.verify_heapam('public.direct',"
                        " startblock => 130000)"),
            "0");
}

// What was written to it would be lost, and what comes next would be taken for it.
TEST_F(PagesTest, AFileThatShrinksIsAnError) {
  namespace fs = std::filesystem;
  sql_.exec("CREATE TABLE public.direct (LIKE public.plain)");
  const std::string stop = target_cluster().socket_dir() + "/stop";
  std::ofstream(stop) << "";
  Sql loader = database_.connect();
  loader.exec("SELECT public.b_pause('LockRelationForExtension', 2, '" + stop + "')");
  loader.send(load("direct"));
  wait_for_pause(loader, "LockRelationForExtension");
  const std::string file = sql_.value(
      "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('public.direct')");
  fs::resize_file(file, fs::file_size(file) - 8192);
  fs::remove(stop);
  try {
    loader.finish();
    ADD_FAILURE() << "no error";
  } catch (const SqlError& error) {
    EXPECT_EQ(error.report().sqlstate, "XX001");
    EXPECT_EQ(error.report().message,
              "the file of table \"direct\" has lost pages that were just written");
  }
}

TEST_F(PagesTest, RolledBackToASavepoint) {
  sql_.exec("CREATE TABLE public.direct (LIKE public.plain)");
  sql_.exec("BEGIN");
  sql_.exec(load("direct"));
  sql_.exec("SAVEPOINT s");
  sql_.exec(load("direct"));
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.direct"), "60000");
  sql_.exec("ROLLBACK TO s");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.direct"), "30000");
  sql_.exec("COMMIT");
  EXPECT_EQ(sql_.value(checksum("direct")), sql_.value(checksum("plain")));
}

TEST_F(PagesTest, AnUnloggedTableSurvivesARestart) {
  sql_.exec("CREATE UNLOGGED TABLE public.direct (LIKE public.plain)");
  sql_.exec(load("direct"));
  const std::string expected = sql_.value(checksum("plain"));
  target_cluster().restart(StopMode::fast);
  EXPECT_EQ(database_.connect().value(checksum("direct")), expected);
}

// The server logs nothing of a table that its own transaction has made: it writes or logs the pages
// when that commits, by the table's size.
TEST(PagesWithoutWal, ACommittedTableSurvivesACrash) {
  Cluster cluster({"wal_level = minimal", "max_wal_senders = 0"});
  {
    Sql sql(cluster.conninfo());
    sql.exec(PagesTest::kExtensions);
    sql.exec(std::string("CREATE TABLE public.plain AS ") + kRows);
    sql.exec(
        "DO $$ BEGIN EXECUTE format('COPY public.plain TO %L (FORMAT binary)',"
        " current_setting('data_directory') || '/pages'); END $$; CHECKPOINT");
    for (const std::string load : {"b_copy_bytes", "b_copy_frozen"}) {
      sql.exec("CREATE FUNCTION public." + load + "(text, bytea, int) RETURNS bigint AS '" +
               boundary_module() + "' LANGUAGE c STRICT");
      for (const std::string threshold : {"0", "1000000"}) {
        sql.exec("SET wal_skip_threshold = '" + threshold + "'");
        sql.exec("BEGIN; CREATE TABLE public." + load + threshold + " (LIKE public.plain)");
        sql.exec("SELECT public." + load + "('" + load + threshold +
                 "', pg_read_binary_file('pages'), 65536)");
        sql.exec("COMMIT");
      }
    }
  }
  cluster.restart(StopMode::immediate);
  Sql sql(cluster.conninfo());
  for (const char* const table : {"b_copy_bytes0", "b_copy_bytes1000000"})
    EXPECT_EQ(sql.value(PagesTest::checksum(table)), sql.value(PagesTest::checksum("plain")));
  for (const char* const table : {"b_copy_frozen0", "b_copy_frozen1000000"})
    FrozenPagesTest::expect_frozen(sql, table);
}

}  // namespace
}  // namespace pgclone::test
