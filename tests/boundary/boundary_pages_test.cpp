// Rows that are appended as whole pages (ext/session/page_writer): the server itself says that the
// pages are sound (amcheck), and that the WAL has all of them.
#include <filesystem>
#include <future>

#include "boundary_fixture.hpp"
#include "gmock/gmock.h"

namespace pgclone::test {
namespace {

using ::testing::IsEmpty;

// Of widths from a few bytes to some that are compressed, and some that go to the TOAST table.
constexpr const char* kRows = R"(
  SELECT g AS id, CASE WHEN g % 7 <> 0 THEN repeat(chr(65 + g % 26), g % 300) END AS some,
         CASE g % 500 WHEN 1 THEN (SELECT string_agg(md5((g * i)::text), '') FROM generate_series(1, 300) i)
                      WHEN 2 THEN repeat('long', 5000) END AS long, g / 7.0 AS ratio
  FROM generate_series(1, 30000) g)";

struct PagesTest : Boundary {
  static constexpr const char* kExtensions =
      "CREATE EXTENSION amcheck; CREATE EXTENSION pg_visibility; CREATE EXTENSION pageinspect";

  PagesTest() {
    sql_.exec(kExtensions);
    sql_.exec(std::string("CREATE TABLE public.plain AS ") + kRows);
    sql_.exec(
        "DO $$ BEGIN EXECUTE format('COPY public.plain TO %L (FORMAT binary)',"
        " current_setting('data_directory') || '/pages'); END $$");
  }

  static std::string load(const std::string& table) {
    return "SELECT public.b_copy_bytes('" + table + "', pg_read_binary_file('pages'), 65536)";
  }
  static std::string checksum(const std::string& table, const std::string& where = "true") {
    return "SELECT md5(string_agg(md5(t::text), '' ORDER BY id)) FROM public." + table +
           " t WHERE " + where;
  }
  static Rows damages(Sql& sql, const std::string& table) {
    return sql.rows("SELECT blkno, offnum, msg FROM public.verify_heapam('public." + table +
                    "', check_toast => true) LIMIT 5");
  }
};

struct FrozenPagesTest : PagesTest {
  static std::string load(const std::string& table) {
    return "SELECT public.b_copy_frozen('" + table + "', pg_read_binary_file('pages'), 65536)";
  }

  // In one transaction, as rows can only be frozen there.
  void make_and_load(const std::string& table, const std::string& kind = "",
                     const std::string& storage = "") {
    sql_.exec("BEGIN");
    sql_.exec("CREATE " + kind + " TABLE public." + table + " (LIKE public.plain) " + storage);
    sql_.exec(load(table));
    sql_.exec("COMMIT");
  }

  // Of the table's pages: those of the file, those that the map has as frozen and as visible, and
  // those whose header agrees; and the rows that aren't frozen, of the TOAST table as well.
  static Rows frozen(Sql& sql, const std::string& table) {
    return sql.rows(R"(
      WITH tables AS (SELECT unnest(ARRAY[oid, reltoastrelid]) AS oid FROM pg_class
                      WHERE oid = 'public.)" +
                    table + R"('::regclass),
           pages AS (SELECT t.oid, get_raw_page(t.oid::regclass::text, page) AS bytes FROM tables t,
                     generate_series(0, pg_relation_size(t.oid) / 8192 - 1) page)
      SELECT pg_relation_size('public.)" +
                    table + R"(') / 8192, m.all_frozen, m.all_visible,
             (SELECT count(*) FROM pages p, page_header(bytes) h WHERE h.flags & 4 <> 0
              AND p.oid = 'public.)" +
                    table + R"('::regclass),
             (SELECT count(*) FROM pages, heap_page_items(bytes) WHERE t_infomask & 768 <> 768)
      FROM pg_visibility_map_summary('public.)" +
                    table + "') m");
  }
  static Rows all_frozen(Sql& sql, const std::string& table) {
    const std::string pages = sql.value("SELECT pg_relation_size('public." + table + "') / 8192");
    return {{pages, pages, pages, pages, "0"}};
  }

  // The server's own opinion of the map.
  static Rows lies(Sql& sql, const std::string& table) {
    return sql.rows("SELECT t_ctid FROM public.pg_check_visible('public." + table +
                    "') UNION ALL SELECT t_ctid FROM public.pg_check_frozen('public." + table +
                    "') LIMIT 5");
  }

  static void expect_frozen(Sql& sql, const std::string& table, const std::string& what = "") {
    EXPECT_EQ(frozen(sql, table), all_frozen(sql, table)) << table << what;
    EXPECT_THAT(lies(sql, table), IsEmpty()) << table << what;
    EXPECT_THAT(damages(sql, table), IsEmpty()) << table << what;
    EXPECT_EQ(sql.value(checksum(table)), sql.value(checksum("plain"))) << table << what;
  }
};

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

TEST_F(FrozenPagesTest, EveryPageIsMarked) {
  for (const char* const kind : {"", "UNLOGGED"}) {
    for (const char* const storage : {"", "WITH (fillfactor = 30)"}) {
      make_and_load("direct", kind, storage);
      expect_frozen(sql_, "direct", std::string(kind) + storage);
      sql_.exec("DROP TABLE public.direct");
    }
  }
  expect_clean(sql_);
}

// A page of the map has the bits of 32,672 pages.
TEST_F(FrozenPagesTest, MoreThanOnePageOfTheMap) {
  sql_.exec(R"(
    DROP TABLE public.plain;
    CREATE TABLE public.plain AS SELECT g AS id, repeat('x', 400) AS wide FROM generate_series(1, 20000) g;
    ALTER TABLE public.plain ALTER wide SET STORAGE plain;
    DO $$ BEGIN EXECUTE format('COPY public.plain TO %L (FORMAT binary)',
      current_setting('data_directory') || '/pages'); END $$)");
  sql_.exec("BEGIN");
  sql_.exec("CREATE TABLE public.direct (LIKE public.plain) WITH (fillfactor = 10)");
  for (int i = 0; i < 2; ++i) sql_.exec(load("direct"));
  sql_.exec("COMMIT; INSERT INTO public.plain TABLE public.plain");
  EXPECT_EQ(sql_.value("SELECT pg_relation_size('public.direct') / 8192 > 32672 + 500"), "t");
  EXPECT_EQ(sql_.value("SELECT pg_relation_size('public.direct', 'vm') / 8192"), "2");
  expect_frozen(sql_, "direct");
}

// Rows that were there before are not frozen by those that come after.
TEST_F(FrozenPagesTest, OnlyThePagesOfThisLoadAreMarked) {
  sql_.exec("BEGIN; CREATE TABLE public.direct (LIKE public.plain)");
  sql_.exec("INSERT INTO public.direct SELECT -p.id, p.some, p.long FROM public.plain p");
  const std::string before = sql_.value("SELECT pg_relation_size('public.direct') / 8192");
  sql_.exec(load("direct"));
  sql_.exec("COMMIT");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM generate_series(0, " + before +
                       " - 1) page, public.pg_visibility_map('public.direct', page) m"
                       " WHERE all_visible OR all_frozen"),
            "0");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM generate_series(" + before +
                       ", pg_relation_size('public.direct') / 8192 - 1) page,"
                       " public.pg_visibility('public.direct', page) m"
                       " WHERE NOT (all_visible AND all_frozen AND pd_all_visible)"),
            "0");
  EXPECT_THAT(lies(sql_, "direct"), IsEmpty());
  EXPECT_THAT(damages(sql_, "direct"), IsEmpty());
}

TEST_F(FrozenPagesTest, TheTableLivesOn) {
  make_and_load("direct");
  sql_.exec(
      "CREATE UNIQUE INDEX ON public.direct (id);"
      "UPDATE public.direct SET ratio = -ratio WHERE id % 3000 = 0;"
      "UPDATE public.plain SET ratio = -ratio WHERE id % 3000 = 0;"
      "DELETE FROM public.direct WHERE id % 5000 = 0; DELETE FROM public.plain WHERE id % 5000 = "
      "0");
  EXPECT_THAT(lies(sql_, "direct"), IsEmpty());
  EXPECT_THAT(damages(sql_, "direct"), IsEmpty());
  // Only the index is read, but for the pages that have changed.
  const std::string count = "SELECT count(*) FROM public.direct WHERE id > 0";
  sql_.exec("SET enable_seqscan = off; SET enable_bitmapscan = off");
  EXPECT_EQ(sql_.value(count), "29994");
  sql_.exec("VACUUM (FREEZE, ANALYZE, INDEX_CLEANUP on) public.direct");
  expect_frozen(sql_, "direct");
  EXPECT_EQ(sql_.value(count), "29994");
}

// The rows of a transaction that fails are frozen, but nobody ever gets to see their file.
TEST_F(FrozenPagesTest, AFailedLoadLeavesTheOldRows) {
  make_and_load("direct");
  sql_.exec("BEGIN; TRUNCATE public.direct");
  sql_.exec(load("direct"));
  sql_.exec("ROLLBACK");
  expect_frozen(sql_, "direct", " after a rollback");
  sql_.exec("BEGIN; TRUNCATE public.direct");
  sql_.expect_error(
      "SELECT public.b_copy_frozen('direct', substr(s, 1, length(s) - 3), 65536)"
      " FROM pg_read_binary_file('pages') s");
  sql_.exec("ROLLBACK; CHECKPOINT");
  expect_frozen(sql_, "direct", " after an error");
  sql_.exec("BEGIN; SAVEPOINT s; TRUNCATE public.direct");
  sql_.exec(load("direct"));
  sql_.exec("ROLLBACK TO s; TRUNCATE public.direct");
  sql_.exec(load("direct"));
  sql_.exec("COMMIT");
  expect_frozen(sql_, "direct", " after a savepoint");
}

// As above, the map's file as well.
TEST_F(FrozenPagesTest, TheWalHasEveryPageAndTheMap) {
  namespace fs = std::filesystem;
  sql_.exec("CHECKPOINT");
  make_and_load("direct");
  const std::string file = sql_.value(
      "SELECT current_setting('data_directory') || '/' || pg_relation_filepath('public.direct')");
  target_cluster().stop(StopMode::immediate);
  fs::resize_file(file, 0);
  fs::resize_file(file + "_vm", 0);
  target_cluster().start();
  Sql after = database_.connect();
  expect_frozen(after, "direct");
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
