// Tables that are loaded as whole pages (ext/session/page_writer), and what the server says of
// them.
#pragma once

#include "boundary_fixture.hpp"
#include "gmock/gmock.h"

namespace pgclone::test {

using ::testing::IsEmpty;

// Of widths from a few bytes to some that are compressed, and some that go to the TOAST table.
inline constexpr const char* kRows = R"(
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

}  // namespace pgclone::test
