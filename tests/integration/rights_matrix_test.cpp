// Who may do what with whose jobs: every role, every function, every kind of job; each cell.
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

// The columns of the table. All but the outsider are granted what docs/security.md tells to grant.
constexpr const char* kInsiders[] = {"postgres", "app", "mate"};
constexpr const char* kBlind[] = {"monitor", "stats", "signaller", "archivist", "stranger"};
constexpr const char* kOutsider = "outsider";

class RightsMatrix : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    static const bool prepared = [] {
      Sql target(target_server().conninfo());
      target.exec(
          "CREATE ROLE app LOGIN; CREATE ROLE mate LOGIN IN ROLE app;"
          "CREATE ROLE monitor LOGIN IN ROLE pg_monitor;"
          "CREATE ROLE stats LOGIN IN ROLE pg_read_all_stats;"
          "CREATE ROLE signaller LOGIN IN ROLE pg_signal_backend;"
          "CREATE ROLE archivist LOGIN IN ROLE pg_read_all_data, pg_write_all_data;"
          "CREATE ROLE stranger LOGIN; CREATE ROLE outsider LOGIN");
      Sql(source_server().conninfo())
          .exec(
              "CREATE ROLE reader LOGIN PASSWORD 'secret'; CREATE ROLE blind LOGIN PASSWORD"
              " 'secret'");
      source_server().append_hba_first("host all reader,blind 127.0.0.1/32 scram-sha-256");
      source_server().reload();
      return true;
    }();
    ASSERT_TRUE(prepared);
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT g AS id FROM generate_series(1, 100) AS g;"
        "GRANT USAGE ON SCHEMA s TO reader; GRANT SELECT ON s.t TO reader");
    const std::string roles = "app, mate, monitor, stats, signaller, archivist, stranger";
    target_.exec("CREATE SCHEMA s; GRANT ALL ON SCHEMA s TO " + roles +
                 ", outsider; GRANT CREATE ON DATABASE " + sql::identifier(target_db_.name()) +
                 " TO " + roles + ", outsider; GRANT USAGE ON SCHEMA pgclone TO " + roles +
                 "; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO " + roles +
                 "; GRANT SELECT ON pgclone.jobs_view, pgclone.tasks, pgclone.strategies TO " +
                 roles);
    for (const auto& list : {std::vector<const char*>(std::begin(kInsiders), std::end(kInsiders)),
                             std::vector<const char*>(std::begin(kBlind), std::end(kBlind)),
                             std::vector<const char*>{kOutsider}}) {
      for (const char* role : list) {
        sessions_.emplace(
            role, std::make_unique<Sql>(target_server().tcp_conninfo(target_db_.name(), role)));
      }
    }
  }

  Sql& as(const std::string& role) { return *sessions_.at(role); }
  [[nodiscard]] std::string source_as(const std::string& user) const {
    return sql::literal(source_server().tcp_conninfo(source_db_.name(), user, "secret"));
  }

  // The value, or the SQLSTATE of the error.
  std::string outcome(const std::string& role, const std::string& statement) {
    try {
      return as(role).value(statement);
    } catch (const test::SqlError& error) {
      return error.report().sqlstate;
    }
  }
  std::string row_of(const std::string& statement) {
    std::string out;
    for (const auto& list : {std::vector<const char*>(std::begin(kInsiders), std::end(kInsiders)),
                             std::vector<const char*>(std::begin(kBlind), std::end(kBlind)),
                             std::vector<const char*>{kOutsider}}) {
      for (const char* role : list) {
        out += (out.empty() ? "" : " ") + std::string(role) + ":" + outcome(role, statement);
      }
    }
    return out;
  }
  // A row in which superuser, owner and member, all blind roles, and the outsider agree.
  void expect_row(const std::string& statement, const std::string& insiders,
                  const std::string& blind, const std::string& outsider = "42501") {
    std::string expected;
    for (const char* role : kInsiders) expected += std::string(role) + ":" + insiders + " ";
    for (const char* role : kBlind) expected += std::string(role) + ":" + blind + " ";
    EXPECT_EQ(row_of(statement), expected + kOutsider + ":" + outsider) << statement;
  }

  std::string submit_as(const std::string& role, const std::string& table, const std::string& where,
                        const std::string& to) {
    return as(role).value("SELECT pgclone.table_async(" + source_as("reader") + ", 's', '" + table +
                          "', true, '" + to + "', " +
                          sql::literal("{\"where\": \"" + where + "\"}") + ")");
  }
  std::string ended(const std::string& job, const std::string& status) {
    EXPECT_EQ(wait(std::stoi(job)), status);
    return job;
  }
  std::string failed_job(const std::string& role, const std::string& to) {
    return ended(submit_as(role, "t", "1 / (id - 50) <> 0", to), "failed");
  }
  std::string running_job(const std::string& role, const std::string& to, int blocked) {
    const std::string job = submit_as(role, "t", Gate::kPass, to);
    wait_until(source_, "SELECT count(*) = " + std::to_string(blocked) +
                            " FROM pg_stat_activity WHERE datname = current_database()"
                            " AND application_name LIKE 'pgclone%' AND wait_event = 'advisory'");
    return job;
  }

  std::map<std::string, std::unique_ptr<Sql>> sessions_;
};

TEST_F(RightsMatrix, JobsOfAnOwner) {
  Gate gate(source_db_);
  const std::string completed = ended(submit_as("app", "t", "true", "c"), "completed");
  const std::string failed = failed_job("app", "f");
  const std::string cancelled = running_job("app", "x", 1);
  EXPECT_EQ(as("app").value("SELECT pgclone.cancel(" + cancelled + ")"), "t");
  ended(cancelled, "cancelled");
  wait_until(source_, "SELECT count(*) = 0 FROM pg_stat_activity WHERE wait_event = 'advisory'");
  const std::string running = running_job("app", "r", 1);
  for (const auto& [job, status] :
       {std::pair(completed, "completed"), std::pair(failed, "failed"),
        std::pair(cancelled, "cancelled"), std::pair(running, "running")}) {
    const std::string is = " WHERE job_id = " + job;
    expect_row("SELECT pgclone.progress(" + job + ")->>'status'", status, "42704");
    expect_row("SELECT pgclone.wait(" + job + ", '0 s')", status, "42704");
    expect_row("SELECT min(status) FROM pgclone.jobs_view" + is, status, "(null)");
    expect_row("SELECT min(owner) FROM pgclone.progress_detail()" + is, "app", "(null)");
    expect_row(
        "SELECT count(*) FROM json_array_elements(pgclone.jobs()) AS j"
        " WHERE j->>'job_id' = '" +
            job + "'",
        "1", "0");
    expect_row("SELECT count(*) > 0 FROM pgclone.tasks" + is, "t", "f");
    expect_row("SELECT count(*) > 0 FROM pgclone.task_detail()" + is, "t", "f");
    if (job != running) expect_row("SELECT pgclone.cancel(" + job + ")", "55000", "42704");
    if (job == running || job == completed) {
      expect_row("SELECT pgclone.resume(" + job + ", " + source_as("reader") + ")", "55000",
                 "42704");
    }
  }
  // And nothing has happened to it.
  EXPECT_EQ(as("app").value("SELECT pgclone.wait(" + running + ", '0 s')"), "running");
  gate.open();
  ended(running, "completed");
}

TEST_F(RightsMatrix, CancellingAndResuming) {
  Gate gate(source_db_);
  int number = 0;
  for (const std::string role : {"app", "mate", "postgres"}) {
    const std::string job = running_job("app", "r" + role, 1);
    for (const char* blind : kBlind) {
      EXPECT_EQ(outcome(blind, "SELECT pgclone.cancel(" + job + ")"), "42704") << blind;
    }
    EXPECT_EQ(outcome(kOutsider, "SELECT pgclone.cancel(" + job + ")"), "42501");
    EXPECT_EQ(outcome(role, "SELECT pgclone.cancel(" + job + ")"), "t") << role;
    ended(job, "cancelled");
    wait_until(source_, "SELECT count(*) = 0 FROM pg_stat_activity WHERE wait_event = 'advisory'");

    const std::string failed = failed_job("app", "f" + std::to_string(++number));
    const std::string resume = "SELECT pgclone.resume(" + failed + ", " + source_as("reader") + ")";
    for (const char* blind : kBlind) EXPECT_EQ(outcome(blind, resume), "42704") << blind;
    EXPECT_EQ(outcome(kOutsider, resume), "42501");
    as(role).clear_notices();
    const std::string next = ended(outcome(role, resume), "failed");
    EXPECT_EQ(target_.value("SELECT min(owner) FROM pgclone.jobs_view WHERE job_id = " + next),
              role);
    if (role == "app") {
      EXPECT_TRUE(as(role).notices().empty());
    } else {
      ASSERT_EQ(as(role).notices().size(), 1U) << role;
      const SqlReport& notice = as(role).notices()[0];
      EXPECT_EQ(notice.severity, "WARNING");
      EXPECT_EQ(notice.message, "clone job " + failed + " belongs to role \"app\"");
      EXPECT_THAT(notice.detail, HasSubstr("with your rights"));
      EXPECT_NE(notice.hint, "");
      // What is not his is not seen by the first owner.
      EXPECT_EQ(outcome("app", "SELECT pgclone.wait(" + next + ", '0 s')"), "42704");
    }
  }
}

TEST_F(RightsMatrix, JobsOfOthers) {
  // Job of: who sees it besides a superuser. Membership goes one way.
  const std::map<std::string, std::vector<std::string>> seen_by = {
      {"postgres", {"postgres"}},
      {"mate", {"postgres", "mate"}},
      {"stranger", {"postgres", "stranger"}},
      {"monitor", {"postgres", "monitor"}}};
  for (const auto& [owner, viewers] : seen_by) {
    const std::string job = failed_job(owner, "of_" + owner);
    for (const auto& [role, session] : sessions_) {
      const bool sees = std::find(viewers.begin(), viewers.end(), role) != viewers.end();
      EXPECT_EQ(outcome(role, "SELECT pgclone.progress(" + job + ")->>'status'"),
                sees                ? "failed"
                : role == kOutsider ? "42501"
                                    : "42704")
          << role << " looks at the job of " << owner;
    }
  }
}

TEST_F(RightsMatrix, ClearingJobs) {
  failed_job("app", "a");
  failed_job("app", "b");
  failed_job("mate", "c");
  failed_job("postgres", "d");
  const std::string clear = "SELECT pgclone.clear_jobs()";
  for (const char* blind : kBlind) EXPECT_EQ(outcome(blind, clear), "0") << blind;
  EXPECT_EQ(outcome(kOutsider, clear), "42501");
  EXPECT_EQ(outcome("mate", clear), "1");
  EXPECT_EQ(outcome("app", clear), "2");
  failed_job("app", "e");
  EXPECT_EQ(outcome("postgres", clear), "2");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.job"), "0");
}

TEST_F(RightsMatrix, TheJournal) {
  failed_job("app", "a");
  const std::string roles[] = {"app",       "mate",     "monitor", "stats",
                               "signaller", "stranger", kOutsider};
  for (const char* table : {"pgclone.job", "pgclone.task"}) {
    const std::string name = table;
    const std::string count = "SELECT count(*) > 0 FROM " + name;
    const std::string writes[] = {
        "WITH x AS (INSERT INTO " + name + " SELECT * FROM " + name +
            " WHERE false RETURNING 1)"
            " SELECT count(*) FROM x",
        "WITH x AS (UPDATE " + name + " SET status = 'failed' RETURNING 1) SELECT count(*) FROM x",
        "WITH x AS (DELETE FROM " + name + " RETURNING 1) SELECT count(*) FROM x"};
    for (const std::string& role : roles) {
      EXPECT_EQ(outcome(role, count), "42501") << role;
      for (const std::string& write : writes) EXPECT_EQ(outcome(role, write), "42501") << role;
    }
    // Who may read or write everything has no more to see there than elsewhere, and no row to
    // change.
    EXPECT_EQ(outcome("archivist", count), "f");
    EXPECT_EQ(outcome("postgres", count), "t");
    for (const std::string& write : writes) EXPECT_EQ(outcome("archivist", write), "0") << write;
    EXPECT_EQ(outcome("archivist", "INSERT INTO " + name + " (job_id) VALUES (77)"), "42501");
    EXPECT_EQ(outcome("archivist", "TRUNCATE " + name + " CASCADE"), "42501");
    EXPECT_EQ(outcome("postgres", count), "t");
  }
  for (const std::string& role : roles) {
    EXPECT_EQ(outcome(role, "SELECT nextval('pgclone.job_id_seq')"), "42501") << role;
    EXPECT_EQ(outcome(role, "SELECT pgclone.current_job_owner() IS NULL"),
              role == kOutsider ? "42501" : "t");
  }
}

TEST_F(RightsMatrix, WhatIsEverybodys) {
  expect_row("SELECT pgclone.version() <> ''", "t", "t");
  expect_row("SELECT count(*) > 0 FROM pgclone.strategies", "t", "t");
  expect_row("SELECT count(*) > 0 FROM pgclone.strategy_detail()", "t", "t");
  expect_row("SELECT pgclone.progress(4711)", "42704", "42704");
  expect_row("SELECT pgclone.cancel(4711)", "42704", "42704");
  expect_row("SELECT pgclone.wait(4711)", "42704", "42704");
  expect_row("SELECT pgclone.resume(4711)", "42704", "42704");
}

// What a clone may read is up to the source's user, whoever calls.
TEST_F(RightsMatrix, Cloning) {
  for (const std::string role : {"postgres", "app", "stranger", kOutsider}) {
    for (const std::string user : {"reader", "blind"}) {
      const std::string expected = role == kOutsider ? "42501" : user == "blind" ? "42501" : "ok";
      const std::string tag = role + "_" + user;
      const std::string source = source_as(user);
      const std::string options = "'{\"target_schema\": \"" + tag + "\"}'";
      const auto job_outcome = [&](const std::string& statement) {
        const std::string job = outcome(role, statement);
        if (job == "42501") return job;
        return wait(std::stoi(job)) == "completed"
                   ? std::string("ok")
                   : target_.value("SELECT pgclone.progress(" + job + ")->'error'->>'sqlstate'");
      };
      const auto now_outcome = [&](const std::string& statement) {
        const std::string text = outcome(role, statement);
        return text.starts_with("cloned") ? std::string("ok") : text;
      };
      EXPECT_EQ(
          now_outcome("SELECT pgclone.table(" + source + ", 's', 't', true, '" + tag + "_1')"),
          expected)
          << tag;
      EXPECT_EQ(job_outcome("SELECT pgclone.table_async(" + source + ", 's', 't', true, '" + tag +
                            "_2')"),
                expected)
          << tag;
      EXPECT_EQ(
          job_outcome("SELECT pgclone.submit('table', " + source +
                      R"(, '{"schema": "s", "table": "t", "target_table": ")" + tag + "_3\"}')"),
          expected)
          << tag;
      EXPECT_EQ(now_outcome("SELECT pgclone.schema(" + source + ", 's', true, " + options + ")"),
                expected)
          << tag;
      target_.exec("DROP SCHEMA IF EXISTS " + tag + " CASCADE");
      EXPECT_EQ(
          job_outcome("SELECT pgclone.schema_async(" + source + ", 's', true, " + options + ")"),
          expected)
          << tag;
    }
  }
}

}  // namespace
}  // namespace pgclone::integration
