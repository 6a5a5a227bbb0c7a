// A job's password appears nowhere that we control, least of all when something fails.
#include <fstream>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kSecret = "sw0rdf1sh'\\ x";
constexpr const char* kShown = "sw0rdf1sh";

class SecretsTest : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    static const bool prepared = [] {
      Sql sql(source_server().conninfo());
      sql.exec("SET log_statement = 'none'");
      sql.exec("CREATE ROLE keeper SUPERUSER LOGIN PASSWORD " + sql::literal(kSecret));
      source_server().append_hba_first("host all keeper 127.0.0.1/32 scram-sha-256");
      source_server().reload();
      // The statement that the user types is the server's own log, which is not ours to change.
      target_server().append_conf("log_statement = 'none'");
      target_server().append_conf("log_min_error_statement = 'panic'");
      target_server().reload();
      return true;
    }();
    ASSERT_TRUE(prepared);
    target_.exec("SET log_statement = 'none'; SET log_min_error_statement = 'panic'");
    source_.exec("CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 100) AS i");
  }

  [[nodiscard]] std::string secret_source(const std::string& more = {}) const {
    return sql::literal(source_server().tcp_conninfo(source_db_.name(), "keeper", kSecret) + more);
  }

  void expect_hidden(const std::string& text, const std::string& where) {
    EXPECT_THAT(text, Not(HasSubstr(kShown))) << where;
  }

  void expect_hidden_everywhere() {
    for (const char* query :
         {"SELECT v::text FROM pgclone.jobs_view AS v", "SELECT v::text FROM pgclone.tasks AS v",
          "SELECT v::text FROM pgclone.job AS v", "SELECT v::text FROM pgclone.task AS v",
          "SELECT pgclone.jobs()::text", "SELECT v::text FROM pgclone.progress_detail() AS v",
          "SELECT pgclone.progress(job_id)::text FROM pgclone.job",
          "SELECT v::text FROM pgclone.strategies AS v"}) {
      for (const auto& row : target_.rows(query)) expect_hidden(row[0].value_or(""), query);
    }
    // Our own statement is the user's text; everybody else's is ours.
    for (Sql* sql : {&source_, &target_}) {
      for (const auto& row : sql->rows("SELECT query || ' ' || application_name FROM"
                                       " pg_stat_activity WHERE pid <> pg_backend_pid()")) {
        expect_hidden(row[0].value_or(""), "pg_stat_activity");
      }
    }
    for (const SqlReport& notice : target_.notices()) {
      expect_hidden(notice.message + notice.detail + notice.hint + notice.context, "notices");
    }
    expect_hidden(source_server().server_log(), "the source's log");
    expect_hidden(target_server().server_log(), "the target's log");
  }

  static std::string all_of(const SqlReport& report) {
    return report.message + report.detail + report.hint + report.context;
  }
};

TEST_F(SecretsTest, WhenAllGoesWell) {
  target_.exec("SET client_min_messages = debug1");
  target_.exec(call("table", secret_source() + ", 'public', 't', target_table_name => 't1'"));
  const int job =
      std::stoi(target_.value(call("table_async", secret_source() + ", 'public', 't'")));
  expect_completed(job);
  EXPECT_EQ(target_.value("SELECT count(*) FROM t"), "100");
  expect_hidden_everywhere();
  // What is needed to recognise the source is there.
  EXPECT_THAT(target_.value("SELECT source FROM pgclone.job"), HasSubstr("keeper"));
}

TEST_F(SecretsTest, WhileItRuns) {
  Gate gate(source_db_);
  const int job = std::stoi(target_.value(
      call("table_async", secret_source() + ", 'public', 't', options => " +
                              sql::literal(std::string("{\"where\": \"") + Gate::kPass + "\"}"))));
  wait_for_blocked_source();
  expect_hidden_everywhere();
  target_.exec("SELECT pgclone.cancel(" + std::to_string(job) + ")");
  EXPECT_EQ(wait(job), "cancelled");
  expect_hidden_everywhere();
}

TEST_F(SecretsTest, WhenItFails) {
  const std::string wrong = sql::literal(
      source_server().tcp_conninfo(source_db_.name(), "keeper", std::string("x") + kShown));
  const std::vector<std::string> bad = {
      secret_source() + ", 'public', 'no such table'",
      secret_source(" dbname=nowhere") + ", 'public', 't'",
      secret_source(" port=1") + ", 'public', 't'",
      secret_source(" no_such_keyword=1") + ", 'public', 't'",
      secret_source(" = broken") + ", 'public', 't'",
      wrong + ", 'public', 't'",
      sql::literal(std::string("password=") + kShown + " '") + ", 'public', 't'",
      sql::literal(std::string("postgresql://keeper:") + kShown + "@[127.0.0.1:1/x") + ", 's', 't'",
      sql::literal(std::string("postgresql://keeper:") + kShown + "@127.0.0.1:1/x") + ", 's', 't'",
      sql::literal(std::string("postgresql://keeper:") + kShown + "@127.0.0.1:no/x") + ", 's', 't'",
      secret_source() + ", 'public', 't', options => '{\"where\": \"1/0 = 1\"}'"};
  for (const std::string& arguments : bad) {
    expect_hidden(all_of(target_.expect_error(call("table", arguments))), arguments);
    try {
      EXPECT_EQ(wait(std::stoi(target_.value(call("table_async", arguments)))), "failed");
    } catch (const test::SqlError& error) {
      expect_hidden(all_of(error.report()), arguments);
    }
  }
  expect_hidden_everywhere();
}

TEST_F(SecretsTest, WithAForeignServer) {
  target_.exec(
      "CREATE EXTENSION postgres_fdw; CREATE SERVER shop FOREIGN DATA WRAPPER postgres_fdw"
      " OPTIONS (host '127.0.0.1', port '" +
      std::to_string(source_server().port()) + "', dbname " + sql::literal(source_db_.name()) +
      "); CREATE USER MAPPING FOR CURRENT_USER SERVER shop OPTIONS (user 'keeper', password " +
      sql::literal(kSecret) + ")");
  expect_completed(std::stoi(target_.value("SELECT pgclone.table_async('shop', 'public', 't')")));
  EXPECT_EQ(target_.value("SELECT source FROM pgclone.job"), "shop");
  expect_hidden_everywhere();
}

}  // namespace
}  // namespace pgclone::integration
