// Frozen rows that are appended as whole pages, and the table's visibility map.
#include <filesystem>

#include "pages_fixture.hpp"

namespace pgclone::test {
namespace {

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

// A check of a domain runs code in mid-load, which may do anything to the table but change its
// definition.
struct FrozenWithAChecker : FrozenPagesTest {
  // `code` runs for every 1000th row.
  void load_checked(const std::string& code) {
    sql_.exec(
        "CREATE FUNCTION public.on_check(int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN"
        " IF $1 % 1000 = 0 THEN " +
        code +
        "; END IF; RETURN true; END $$;"
        "CREATE DOMAIN public.checked AS int CHECK (public.on_check(VALUE))");
    sql_.exec(
        "BEGIN; CREATE TABLE public.direct (LIKE public.plain);"
        "ALTER TABLE public.direct ALTER id TYPE public.checked");
    sql_.exec(load("direct"));
    sql_.exec("COMMIT");
    EXPECT_THAT(lies(sql_, "direct"), IsEmpty());
    EXPECT_THAT(damages(sql_, "direct"), IsEmpty());
  }
  // Pages that aren't marked as frozen, and those of the file.
  Rows unmarked() {
    return sql_.rows(
        "SELECT count(*) FILTER (WHERE NOT all_frozen) > 0,"
        " count(*) FILTER (WHERE NOT all_frozen) < 200, count(*) > 600"
        " FROM public.pg_visibility('public.direct')");
  }
  void TearDown() override {
    sql_.exec("DROP TABLE public.direct; DROP DOMAIN public.checked");
    sql_.exec("DROP FUNCTION public.on_check");
  }
  static constexpr const char* kLastRow =
      "(SELECT ctid FROM public.direct WHERE id > 0 ORDER BY ctid DESC LIMIT 1)";
};

// The file grows by pages between ours.
TEST_F(FrozenWithAChecker, ThatInsertsManyPages) {
  load_checked(
      "IF $1 > 0 THEN INSERT INTO public.direct (id) SELECT -$1 - 1"
      " FROM generate_series(1, 1000); END IF");
  EXPECT_EQ(sql_.value(checksum("direct", "id > 0")), sql_.value(checksum("plain")));
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.direct WHERE id < 0"), "30000");
  // Ours are.
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.pg_visibility('public.direct') v"
                       " WHERE NOT all_frozen AND v.blkno > 200 AND NOT EXISTS (SELECT FROM"
                       " public.direct WHERE (ctid::text::point)[0] = v.blkno AND id < 0)"),
            "0");
}

TEST_F(FrozenWithAChecker, ThatDeletesWhatCameLast) {
  load_checked(std::string("DELETE FROM public.direct WHERE ctid = ") + kLastRow);
  const std::string rows = sql_.value("SELECT count(*) FROM public.direct");
  EXPECT_LT(std::stoi(rows), 30000);
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.direct d JOIN public.plain USING (id)"), rows);
  EXPECT_EQ(unmarked(), (Rows{{"t", "t", "t"}}));
}

TEST_F(FrozenWithAChecker, ThatUpdatesWhatCameLast) {
  load_checked(std::string("UPDATE public.direct SET ratio = -ratio WHERE ctid = ") + kLastRow);
  EXPECT_EQ(sql_.value("SELECT count(*) FROM public.direct"), "30000");
  EXPECT_EQ(unmarked(), (Rows{{"t", "t", "t"}}));
}

// Its page stays visible to all, but has a transaction's number.
TEST_F(FrozenWithAChecker, ThatLocksWhatCameLast) {
  load_checked(std::string("PERFORM FROM public.direct WHERE ctid = ") + kLastRow + " FOR UPDATE");
  EXPECT_EQ(sql_.value(checksum("direct")), sql_.value(checksum("plain")));
  EXPECT_EQ(unmarked(), (Rows{{"t", "t", "t"}}));
}

TEST_F(FrozenWithAChecker, ThatOnlyReads) {
  load_checked("PERFORM count(*) FROM public.direct");
  expect_frozen(sql_, "direct");
}

}  // namespace
}  // namespace pgclone::test
