// A source and a target server with pgclone preloaded, and a fresh database on each for every test.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pgclone/plugin/sql.hpp"
#include "support/cluster.hpp"
#include "support/compare.hpp"
#include "support/process.hpp"
#include "support/settings.hpp"
#include "support/sql.hpp"
#include "support/temp_database.hpp"

namespace pgclone::integration {

using test::Cluster;
using test::Rows;
using test::Sql;
using test::SqlReport;
using test::TempDatabase;
using test::wait_until;
using ::testing::HasSubstr;
using ::testing::Not;

// Both log as much as a curious administrator would; autovacuum would touch catalogs that we
// compare. Locks for tens of thousands of tables.
inline Cluster& source_server() {
  static Cluster cluster({"log_min_messages = debug1", "log_statement = 'all'", "autovacuum = off",
                          "max_locks_per_transaction = 512"});
  return cluster;
}

inline Cluster& target_server() {
  static Cluster cluster({"shared_preload_libraries = 'pgclone'", "log_min_messages = debug1",
                          "log_statement = 'all'", "autovacuum = off", "max_worker_processes = 16",
                          "max_locks_per_transaction = 512"});
  return cluster;
}

// Tablespaces belong to a whole server, so they stay for the other tests of this process.
inline void make_tablespace(Sql& sql, const std::string& name) {
  sql.exec("SET allow_in_place_tablespaces = on");
  if (sql.value("SELECT count(*) FROM pg_tablespace WHERE spcname = " + sql::literal(name)) == "0")
    sql.exec("CREATE TABLESPACE " + sql::identifier(name) + " LOCATION ''");
}

// Sessions to come have odd settings, but for those of plans and logs.
inline void be_odd(const TempDatabase& database) {
  Sql admin = database.connect();
  make_tablespace(admin, "odd_space");
  for (const test::OddSetting& setting : test::odd_settings(admin))
    if (!setting.of_the_log && !setting.of_the_planner) test::set_for_database(admin, setting);
}

#ifdef PGCLONE_LABEL_PROVIDER
// The providers of tests/labels, for this session and those to come; from where the server may
// read.
inline void load_label_provider(const TempDatabase& database, Sql& session) {
  const std::filesystem::path library =
      std::filesystem::path(database.cluster().socket_dir()) / "pgclone_label_provider.so";
  if (!std::filesystem::exists(library)) {
    std::filesystem::copy_file(PGCLONE_LABEL_PROVIDER, library);
    test::give_to_server_user(library.string());
  }
  session.exec("ALTER DATABASE " + sql::identifier(database.name()) +
               " SET session_preload_libraries = " + sql::literal(library.string()));
  session.exec("LOAD " + sql::literal(library.string()));
}
#endif

enum class Mode { sync, async };

// A row of pgclone.jobs_view with its error in full.
struct JobState {
  std::string status;
  SqlReport error;
};

class CloneTest : public ::testing::Test {
 protected:
  void SetUp() override { target_.exec("CREATE EXTENSION pgclone"); }

  // The source as a literal for SQL.
  [[nodiscard]] std::string from() const { return sql::literal(source_db_.conninfo()); }

  static std::string call(const std::string& function, const std::string& arguments) {
    return "SELECT pgclone." + function + "(" + arguments + ")";
  }

  // pgclone.<function>(source, arguments), or its _async form, which returns the job's id.
  [[nodiscard]] std::string statement(Mode mode, const std::string& function,
                                      const std::string& arguments) const {
    return call(function + (mode == Mode::async ? "_async" : ""), from() + ", " + arguments);
  }

  int submit(const std::string& function, const std::string& arguments) {
    return std::stoi(target_.value(statement(Mode::async, function, arguments)));
  }

  std::string wait(int job) {
    return target_.value("SELECT pgclone.wait(" + std::to_string(job) + ", '60 s')");
  }

  JobState state(int job) {
    const Rows rows = target_.rows(
        "SELECT status, error_sqlstate, error_message, error_detail, error_hint, error_context"
        " FROM pgclone.job WHERE job_id = " +
        std::to_string(job));
    if (rows.size() != 1) throw std::runtime_error("no journal row for job " + std::to_string(job));
    const auto text = [&](std::size_t column) { return rows[0][column].value_or(""); };
    return {text(0), {"ERROR", text(1), text(2), text(3), text(4), text(5)}};
  }

  void expect_completed(int job) {
    const std::string status = wait(job);
    if (status == "completed") return;
    const JobState ended = state(job);
    ADD_FAILURE() << "job " << job << " ended " << status << ": " << ended.error.sqlstate << " "
                  << ended.error.message << "\nDETAIL: " << ended.error.detail
                  << "\nHINT: " << ended.error.hint << "\nCONTEXT: " << ended.error.context;
  }

  // A clone that must succeed.
  void clone(Mode mode, const std::string& function, const std::string& arguments) {
    if (mode == Mode::sync) {
      ASSERT_NO_THROW(target_.exec(statement(mode, function, arguments)));
    } else {
      expect_completed(submit(function, arguments));
    }
  }

  // A clone that must fail; a background one may be refused at once or end as failed.
  SqlReport failing_clone(Mode mode, const std::string& function, const std::string& arguments) {
    if (mode == Mode::sync) return target_.expect_error(statement(mode, function, arguments));
    int job = 0;
    try {
      job = submit(function, arguments);
    } catch (const test::SqlError& error) {
      return error.report();
    }
    EXPECT_EQ(wait(job), "failed");
    return state(job).error;
  }

  // What a schema clone promises: definitions, rows and sequences are the same.
  void expect_equal(const std::string& schema) {
    EXPECT_EQ(test::dump_schema(source_server(), source_db_.name(), schema),
              test::dump_schema(target_server(), target_db_.name(), schema));
    EXPECT_EQ(test::table_checksums(source_, schema), test::table_checksums(target_, schema));
    EXPECT_EQ(test::sequence_states(source_, schema), test::sequence_states(target_, schema));
  }

  // One query, the same rows on both sides.
  void expect_same(const std::string& source_query, const std::string& target_query) {
    EXPECT_EQ(source_.rows(source_query), target_.rows(target_query));
  }

  bool exists(const std::string& relation) {
    return target_.value("SELECT pg_catalog.to_regclass(" + sql::literal(relation) +
                         ") IS NOT NULL") == "t";
  }

  // No session of a job on the source, no worker of one on the target.
  void expect_no_backends() {
    EXPECT_NO_THROW(wait_until(source_,
                               "SELECT count(*) = 0 FROM pg_stat_activity WHERE pid <> "
                               "pg_backend_pid() AND datname = current_database()"
                               " AND application_name LIKE 'pgclone%'"));
    EXPECT_NO_THROW(wait_until(target_, std::string("SELECT NOT EXISTS (") + kWorkers + ")"));
  }

  // After the target went away and came back.
  void reconnect() {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    for (;;) {
      try {
        Sql probe(target_db_.conninfo());
        break;
      } catch (const test::SqlError&) {
        if (std::chrono::steady_clock::now() > limit) throw;
      }
    }
    std::destroy_at(&target_);
    std::construct_at(&target_, target_db_.conninfo());
  }

  // Sessions of jobs on the source that wait for an advisory lock (see gate()).
  void wait_for_blocked_source() {
    wait_until(source_,
               "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()"
               " AND application_name LIKE 'pgclone%' AND wait_event = 'advisory'");
  }

  static constexpr const char* kWorkers =
      "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
      " AND backend_type NOT IN ('client backend', 'parallel worker', 'autovacuum worker')";

  TempDatabase source_db_{source_server()};
  TempDatabase target_db_{target_server()};
  Sql source_ = source_db_.connect();
  Sql target_ = target_db_.connect();
};

// The same test, synchronous and in the background.
class BothModes : public CloneTest, public ::testing::WithParamInterface<Mode> {};

inline std::string mode_name(const ::testing::TestParamInfo<Mode>& info) {
  return info.param == Mode::sync ? "sync" : "async";
}

#define PGCLONE_BOTH_MODES(suite) \
  INSTANTIATE_TEST_SUITE_P(Modes, suite, ::testing::Values(Mode::sync, Mode::async), mode_name)

// Holds an advisory lock in one database until opened. A function or condition that takes the lock
// shared then waits there: a slow source or target without clocks.
class Gate {
 public:
  explicit Gate(const TempDatabase& database) : session_(database.connect()) {
    session_.exec("SELECT pg_catalog.pg_advisory_lock(42)");
  }
  void open() { session_.exec("SELECT pg_catalog.pg_advisory_unlock_all()"); }

  // Waits at the gate; true.
  static constexpr const char* kPass = "pg_catalog.pg_advisory_lock_shared(42) IS NOT NULL";

 private:
  Sql session_;
};

// Every row of every catalog of a database, as one checksum per catalog.
inline std::map<std::string, std::string> catalog_state(Sql& sql) {
  std::map<std::string, std::string> out;
  const Rows catalogs = sql.rows(
      "SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = 'pg_catalog'::regnamespace"
      " AND relkind = 'r' AND NOT relisshared AND relname <> 'pg_statistic'");
  for (const auto& row : catalogs) {
    const std::string& name = row[0].value();
    out[name] = sql.value(
        "SELECT pg_catalog.count(*) || ':' || coalesce(pg_catalog.sum("
        "pg_catalog.hashtextextended(ROW(x.*)::text, 0)), 0) FROM pg_catalog." +
        name + " AS x");
  }
  return out;
}

// Runs a file of SQL with psql.
inline void run_file(const TempDatabase& database, const std::string& path,
                     const std::vector<std::string>& options = {}) {
  std::vector<std::string> argv = {"psql",          "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
                                   database.name(), "-f", path};
  argv.insert(argv.end(), options.begin(), options.end());
  database.cluster().run_tool(argv);
}

}  // namespace pgclone::integration
