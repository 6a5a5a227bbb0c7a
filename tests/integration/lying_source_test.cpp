// A source may say anything, and end nothing but its own clone. Whatever a liar says, the call ends
// in a clean error or in a clone, the target server goes on, and nothing is left over.
//
// PGCLONE_TEST_SEEDS chooses lies beyond those of every run: "17", "1-5000".
#include <memory>

#include "fixture.hpp"
#include "support/liar.hpp"
#include "support/proxy.hpp"
#include "support/seeds.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kSeeds = "1-200";
constexpr const char* kPassword = "liar-pass";
constexpr std::size_t kMostFailures = 25;

struct Call {
  Mode mode;
  const char* function;
  const char* arguments;
};

constexpr Call kCalls[] = {
    {Mode::sync, "schema", R"('src')"},
    {Mode::sync, "schema", R"('src', true, '{"owners": true, "privileges": true}')"},
    {Mode::async, "schema", R"('src', true, '{"parallel": 4, "split_bytes": 8192}')"},
    {Mode::async, "schema", R"('src', true, '{"target_schema": "other"}')"},
    {Mode::sync, "schema", R"('src', true, '{"consistent": false, "format": "text"}')"},
    {Mode::sync, "schema", R"('src', true, '{"tables": ["whole", "h*"], "exclude": ["part_2a"]}')"},
    {Mode::sync, "table", R"('src', 'whole')"},
    {Mode::sync, "table", R"('src', 'hen', options => '{"columns": ["id", "v"], "owners": true}')"},
    {Mode::async, "schema", R"('src', true, '{"consistent": false, "parallel": 4}')"},
    {Mode::sync, "schema", R"('src', true, '{"data_only": true, "conflict": "replace"}')"},
};

class LyingSource : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    for (Cluster* cluster : {&source_server(), &target_server()}) {
      Sql sql(cluster->conninfo());
      sql.exec(std::string("CREATE ROLE liar LOGIN PASSWORD '") + kPassword + "'");
    }
    source_server().append_hba_first("host all liar 127.0.0.1/32 scram-sha-256");
    source_server().reload();
    const std::string database = sql::identifier(source_db_.name());
    source_.exec("GRANT CREATE ON DATABASE " + database + " TO liar; ALTER DATABASE " + database +
                 " SET role = 'liar'");
    run_file(source_db_, PGCLONE_SOURCE_DIR "/tests/support/liar_schema.sql");
    target_.exec("GRANT CREATE ON DATABASE " + sql::identifier(target_db_.name()) +
                 " TO liar; GRANT USAGE ON SCHEMA pgclone TO liar;"
                 "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO liar");
    started_ = start_time();
    connect();
  }

  void connect() {
    caller_ = std::make_unique<Sql>(target_server().tcp_conninfo(target_db_.name(), "liar"));
    caller_->exec("SET client_min_messages = error; SET statement_timeout = '20s'");
  }

  std::string start_time() { return target_.value("SELECT pg_catalog.pg_postmaster_start_time()"); }

  [[nodiscard]] std::string through(const test::Proxy& proxy) const {
    return sql::literal(
        "host=127.0.0.1 port=" + std::to_string(proxy.port()) + " user=liar password=" + kPassword +
        " sslmode=disable gssencmode=disable dbname=" + test::conninfo_value(source_db_.name()));
  }

  // What the call raises, or the job ends with; no SQLSTATE: a clone.
  SqlReport run(const Call& wanted, const test::Proxy& proxy) {
    const std::string arguments = through(proxy) + ", " + wanted.arguments;
    try {
      if (wanted.mode == Mode::sync) {
        caller_->exec(call(wanted.function, arguments));
        return {};
      }
      const int job =
          std::stoi(caller_->value(call(std::string(wanted.function) + "_async", arguments)));
      const std::string status = wait(job);
      if (status == "completed") return {};
      EXPECT_EQ(status, "failed");
      return state(job).error;
    } catch (const test::SqlError& error) {
      return error.report();
    }
  }

  void prepare(const Call& wanted) {
    if (std::string_view(wanted.arguments).find("data_only") == std::string_view::npos) {
      if (wanted.function == std::string_view("table")) caller_->exec("CREATE SCHEMA src");
      return;
    }
    ASSERT_EQ(target_.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'src'"), "0");
    const test::Proxy honest(source_server().port());
    caller_->exec(call("schema", through(honest) + R"(, 'src', true, '{"schema_only": true}')"));
  }

  // No schema of a call that failed as a whole.
  void expect_nothing_left(const Call& wanted, bool failed) {
    if (wanted.mode == Mode::async) {
      wait_until(target_, std::string("SELECT NOT EXISTS (") + kWorkers + ")");
    } else if (failed &&
               std::string_view(wanted.arguments).find("data_only") == std::string_view::npos) {
      EXPECT_EQ(target_.value("SELECT count(*) FROM pg_class c JOIN pg_namespace n"
                              " ON n.oid = c.relnamespace WHERE n.nspname IN ('src', 'other')"),
                "0");
    }
  }

  void clean_up() {
    const Rows schemas = target_.rows(
        "SELECT format('DROP SCHEMA %I CASCADE', nspname) FROM pg_namespace"
        " WHERE nspowner = 'liar'::regrole");
    target_.exec("SET client_min_messages = error");
    for (const auto& row : schemas) target_.exec(row[0].value());
    target_.exec("SELECT pgclone.clear_jobs()");
  }

  static void expect_clean(const SqlReport& report) {
    if (report.sqlstate.empty() && report.message.empty()) return;
    EXPECT_EQ(report.sqlstate.size(), 5u) << report.message;
    EXPECT_NE(report.sqlstate, "00000") << report.message;
    EXPECT_NE(report.sqlstate, "XX000") << report.message << "\n" << report.detail;
    EXPECT_NE(report.message, "");
    EXPECT_LT(report.message.size() + report.detail.size(), 1'000'000u);
    EXPECT_THAT(report.message, Not(HasSubstr("statement timeout"))) << "it hangs";
    EXPECT_THAT(report.message, Not(HasSubstr("server closed the connection")));
  }

  test::Profile honest_profile(const Call& wanted) {
    test::Recorder recorder;
    prepare(wanted);
    {
      const test::Proxy proxy(source_server().port(), recorder.tampers());
      const SqlReport report = run(wanted, proxy);
      EXPECT_EQ(report.message, "")
          << wanted.arguments << ": " << report.sqlstate << " " << report.detail << report.context;
    }
    clean_up();
    return recorder.profile();
  }

  // False when the server is gone, or enough is known.
  bool lie(std::uint64_t seed, const Call& wanted, const test::Profile& profile) {
    test::Liar liar(seed, profile);
    SqlReport report;
    prepare(wanted);
    {
      const test::Proxy proxy(source_server().port(), liar.tampers());
      report = run(wanted, proxy);
    }
    const bool failed_before = HasFailure();
    SCOPED_TRACE(liar.description() + "\n" + wanted.function + "(" + wanted.arguments + ")");
    expect_clean(report);
    if (PQstatus(caller_->handle()) != CONNECTION_OK) {
      ADD_FAILURE() << "the target ended the session: " << report.message << "\n"
                    << target_server().server_log().substr(
                           std::max<std::size_t>(target_server().server_log().size(), 3000) - 3000);
      return false;
    }
    expect_nothing_left(wanted, !report.message.empty());
    EXPECT_EQ(start_time(), started_);
    clean_up();
    if (HasFailure() && !failed_before) ++failures_;
    return failures_ < kMostFailures;
  }

  std::string started_;
  std::unique_ptr<Sql> caller_;
  std::size_t failures_ = 0;
};

TEST_F(LyingSource, EndsNothingButItsOwnClone) {
  std::vector<test::Profile> profiles;
  for (const Call& wanted : kCalls) profiles.push_back(honest_profile(wanted));
  ASSERT_FALSE(HasFailure());
  for (const std::uint64_t seed : test::seeds(kSeeds)) {
    const std::size_t which = seed % std::size(kCalls);
    if (!lie(seed, kCalls[which], profiles[which])) break;
  }
  EXPECT_THAT(target_server().server_log(), Not(HasSubstr("was terminated by signal")));
}

}  // namespace
}  // namespace pgclone::integration
