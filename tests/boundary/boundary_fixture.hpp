// A database with the boundary module's functions.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "support/cluster.hpp"
#include "support/process.hpp"
#include "support/sql.hpp"
#include "support/temp_database.hpp"

namespace pgclone::test {

// The module where the server's user may read it, with the library that it needs beside it.
inline const std::string& boundary_module() {
  static const std::string path = [] {
    namespace fs = std::filesystem;
    const fs::path folder = target_cluster().socket_dir();
    for (const char* const file : {PGCLONE_BOUNDARY_MODULE, PGCLONE_CORE_LIBRARY}) {
      const fs::path copy = folder / fs::path(file).filename();
      fs::copy_file(file, copy, fs::copy_options::overwrite_existing);
      give_to_server_user(copy.string());
    }
    return (folder / fs::path(PGCLONE_BOUNDARY_MODULE).filename()).string();
  }();
  return path;
}

class Boundary : public ::testing::Test {
 protected:
  Boundary() : database_(target_cluster()), sql_(database_.connect()) {
    for (const char* declaration : {"b_throw(text) RETURNS text",
                                    "b_leaks() RETURNS text",
                                    "b_reset_leaks() RETURNS void",
                                    "b_raise_in_handler() RETURNS void",
                                    "b_owner_below_guard() RETURNS void",
                                    "b_owner_above_guard() RETURNS void",
                                    "b_caught_fields() RETURNS text",
                                    "b_restores() RETURNS text",
                                    "b_cleanup_failure() RETURNS text",
                                    "b_report() RETURNS void",
                                    "b_make_sqlstate(text) RETURNS text",
                                    "b_resident_kb() RETURNS bigint",
                                    "b_threads() RETURNS int",
                                    "b_fatal() RETURNS void",
                                    "b_goes_on_after_error() RETURNS void",
                                    "b_as_owner(text, text) RETURNS text",
                                    "b_pinned(text) RETURNS text",
                                    "b_subjects(text) RETURNS text",
                                    "b_wait(int, bool) RETURNS text",
                                    "b_wait_reused_socket() RETURNS text",
                                    "b_descriptors() RETURNS int",
                                    "b_copy(text, text, text, int, text) RETURNS bigint",
                                    "b_copy_bytes(text, bytea, int) RETURNS bigint",
                                    "b_copy_frozen(text, bytea, int) RETURNS bigint",
                                    "b_pause(text, int, text) RETURNS void",
                                    "b_calls(text) RETURNS int",
                                    "b_worker(text) RETURNS void"}) {
      sql_.exec(std::string("CREATE FUNCTION public.") + declaration + " AS '" + boundary_module() +
                "' LANGUAGE c STRICT");
    }
    sql_.exec(std::string("CREATE FUNCTION public.b_session(text, text, text) RETURNS text AS '") +
              boundary_module() + "' LANGUAGE c CALLED ON NULL INPUT");
  }

  // The same backend works, has leaked nothing, and holds no lock beyond this query's own.
  void expect_clean(Sql& sql) {
    EXPECT_EQ(sql.value("SELECT public.b_leaks()"), "live=0 current=no");
    EXPECT_EQ(sql.value("SELECT count(*) FROM pg_locks l WHERE pid = pg_backend_pid() AND "
                        "locktype = 'relation' AND relation >= 16384"),
              "0");
    EXPECT_EQ(sql.value("SELECT public.b_restores()"), "restored");
  }

  // Until the session stops at what b_pause() has named.
  void wait_for_pause(const Sql& session, const std::string& call) {
    wait_until(sql_, "SELECT application_name = '" + call + "' FROM pg_stat_activity WHERE pid = " +
                         std::to_string(session.backend_pid()));
  }

  TempDatabase database_;
  Sql sql_;
};

}  // namespace pgclone::test
