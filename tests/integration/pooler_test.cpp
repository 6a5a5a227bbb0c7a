// A source behind PgBouncer in transaction mode: its sessions are used by others right after us.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr int kSessions = 6;

// In front of one server; gone with the test.
class Pooler {
 public:
  explicit Pooler(const Cluster& server) : folder_(server.socket_dir() + "/pooler") {
    std::filesystem::create_directory(folder_);
    const std::string file = folder_ + "/pgbouncer.ini";
    std::ofstream(file) << "[databases]\n* = host=" << server.socket_dir()
                        << " port=" << server.port()
                        << " user=postgres\n[pgbouncer]\nlisten_port = 6432\nunix_socket_dir = "
                        << folder_ << "\nauth_type = any\npool_mode = transaction\n"
                        << "default_pool_size = " << kSessions << "\nmax_client_conn = 100\n";
    test::give_to_server_user(folder_);
    test::give_to_server_user(file);
    process_ = test::start_server({kProgram, file}, folder_ + "/log");
  }
  ~Pooler() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
    std::filesystem::remove_all(folder_);
  }
  Pooler(const Pooler&) = delete;
  Pooler& operator=(const Pooler&) = delete;

  [[nodiscard]] std::string conninfo(const std::string& database) const {
    return "host=" + folder_ + " port=6432 user=postgres dbname=" + database;
  }
  // As soon as it listens.
  void await() const {
    const auto socket = std::filesystem::path(folder_) / ".s.PGSQL.6432";
    for (int tries = 0; !std::filesystem::exists(socket); ++tries) {
      if (tries == 3000) throw std::runtime_error("the pooler did not start");
      usleep(10'000);
    }
  }

  static constexpr const char* kProgram = "/usr/sbin/pgbouncer";

 private:
  std::string folder_;
  pid_t process_ = 0;
};

// Settings of every session of the pool, and what else one could leave there.
Rows sessions(const std::string& conninfo) {
  std::vector<Sql> clients;
  Rows found;
  for (int i = 0; i < kSessions; ++i) {
    clients.emplace_back(conninfo).exec("BEGIN");  // and keeps it, so that the next gets another
    found.push_back(
        clients.back().rows("SELECT (SELECT pg_catalog.string_agg("
                            "name || '=' || setting, E'\n' ORDER BY name COLLATE \"C\")"
                            " FROM pg_catalog.pg_settings WHERE name !~ '^transaction_'"
                            " AND name <> 'application_name'), (SELECT pg_catalog.count(*) FROM"
                            " pg_catalog.pg_prepared_statements), (SELECT pg_catalog.count(*) FROM"
                            " pg_catalog.pg_locks l WHERE l.pid = pg_catalog.pg_backend_pid()"
                            " AND l.locktype = 'advisory'), pg_catalog.pg_my_temp_schema()")[0]);
  }
  // The pooler ends a session whose client leaves in mid-transaction.
  for (Sql& client : clients) client.exec("COMMIT");
  return found;
}

class PoolerTest : public CloneTest {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(Pooler::kProgram)) GTEST_SKIP() << "there is no pgbouncer";
    CloneTest::SetUp();
    pooler_.emplace(source_server());
    pooler_->await();
    conninfo_ = pooler_->conninfo(source_db_.name());
    source_.exec("ALTER DATABASE " + sql::identifier(source_db_.name()) +
                 " SET DateStyle = 'SQL, DMY'");
    source_.exec(R"(
      CREATE SCHEMA s; CREATE SEQUENCE s.free; SELECT setval('s.free', 7);
      CREATE TABLE s.a (id serial PRIMARY KEY, d date, t text);
      INSERT INTO s.a (d, t) SELECT '2001-02-03'::date + g, repeat('x', 100) FROM generate_series(1, 20000) g;
      CREATE TABLE s.b (a int REFERENCES s.a, i interval);
      INSERT INTO s.b SELECT g, make_interval(secs => g) FROM generate_series(1, 500) g;
      CREATE MATERIALIZED VIEW s.m AS SELECT count(*) FROM s.a;)");
  }

  void expect_left_alone(Mode mode, const std::string& options) {
    SCOPED_TRACE(mode_name({mode, 0}) + " " + options);
    const Rows before = sessions(conninfo_);
    const std::string arguments =
        sql::literal(conninfo_) + ", 's', options => " + sql::literal(options);
    if (mode == Mode::sync) {
      EXPECT_NO_THROW(target_.exec(call("schema", arguments)));
    } else {
      expect_completed(std::stoi(target_.value(call("schema_async", arguments))));
    }
    wait_until(source_,
               "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database()"
               " AND pid <> pg_backend_pid() AND state <> 'idle'");
    EXPECT_EQ(sessions(conninfo_), before);
    expect_equal("s");
    target_.exec("DROP SCHEMA s CASCADE");
  }

  std::optional<Pooler> pooler_;
  std::string conninfo_;
};

TEST_F(PoolerTest, SessionsAreLeftAsTheyWere) {
  expect_left_alone(Mode::sync, "{}");
  expect_left_alone(Mode::sync, R"({"consistent": false})");
  expect_left_alone(Mode::async, "{}");
  expect_left_alone(Mode::async, R"({"parallel": 4, "split_bytes": 500000})");
  expect_left_alone(Mode::async, R"({"parallel": 4, "consistent": false})");
}

// What fails half-way leaves as little.
TEST_F(PoolerTest, FailuresLeaveNothingEither) {
  const Rows before = sessions(conninfo_);
  target_.exec("CREATE SCHEMA s; CREATE TABLE s.b ()");
  const std::string tail = sql::literal(conninfo_) + ", 's', options => ";
  EXPECT_EQ(target_.expect_error(call("schema", tail + "'{}'")).sqlstate, "42P07");
  EXPECT_EQ(target_
                .expect_error(call(
                    "schema", tail + R"('{"target_schema": "t", "data": {"a": "1/(id-7) = 1"}}')"))
                .sqlstate,
            "22012");
  wait_until(source_,
             "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database()"
             " AND pid <> pg_backend_pid() AND state <> 'idle'");
  EXPECT_EQ(sessions(conninfo_), before);
}

}  // namespace
}  // namespace pgclone::integration
