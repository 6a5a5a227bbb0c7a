// Money moves on the source while it is cloned (TPC-B by pgbench): every clone is of one moment.
#include <atomic>
#include <cstdlib>
#include <thread>

#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

// 50 for the full size.
int rounds() {
  const char* given = std::getenv("PGCLONE_TEST_CLONES");
  return given == nullptr ? 4 : std::atoi(given);
}

// pgbench, again and again until destroyed.
class Traffic {
 public:
  explicit Traffic(const TempDatabase& database)
      : thread_([this, &database] {
          try {
            while (!stop_)
              database.cluster().run_tool(
                  {"pgbench", "-n", "-c", "4", "-t", "200", database.name()});
          } catch (const std::exception& error) {
            ADD_FAILURE() << error.what();
          }
        }) {}
  ~Traffic() {
    stop_ = true;
    thread_.join();
  }
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

 private:
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class Consistency : public CloneTest {
 protected:
  // Beside the bank a table whose copy waits at the target's gate, and so keeps the snapshot.
  void SetUp() override {
    CloneTest::SetUp();
    const std::string database = "ALTER DATABASE " + sql::identifier(source_db_.name());
    source_.exec("CREATE SCHEMA bank; " + database + " SET search_path = bank; " + database +
                 " SET log_statement = 'none'");
    source_server().run_tool({"pgbench", "-i", "-q", "-s", "1", source_db_.name()});
    source_.exec(
        "CREATE FUNCTION bank.pass(a int) RETURNS int LANGUAGE sql IMMUTABLE AS"
        " 'SELECT CASE WHEN pg_catalog.pg_advisory_lock_shared(42) IS NOT NULL THEN a END';"
        "CREATE TABLE bank.slow (a int, b int GENERATED ALWAYS AS (bank.pass(a)) STORED);"
        "INSERT INTO bank.slow VALUES (1)");
  }

  // Of accounts, tellers, branches and history: what has been moved, which is the same in each.
  static bool sums_agree(Sql& sql) {
    return sql.value(
               "SELECT pg_catalog.count(DISTINCT s) = 1 FROM ("
               "SELECT pg_catalog.sum(abalance) FROM bank.pgbench_accounts"
               " UNION ALL SELECT pg_catalog.sum(tbalance) FROM bank.pgbench_tellers"
               " UNION ALL SELECT pg_catalog.sum(bbalance) FROM bank.pgbench_branches"
               " UNION ALL SELECT pg_catalog.sum(delta) FROM bank.pgbench_history) AS x(s)") == "t";
  }

  // A session on the source that sees what the job sees.
  Sql at_the_moment_of(int job) {
    const std::string view = " FROM pgclone.jobs_view WHERE job_id = " + std::to_string(job);
    wait_until(target_, "SELECT snapshot_id <> ''" + view);
    Sql session = source_db_.connect();
    session.exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT " +
                 sql::literal(target_.value("SELECT snapshot_id" + view)));
    return session;
  }
};

TEST_F(Consistency, EveryCloneIsOfOneMoment) {
  const Traffic traffic(source_db_);
  wait_until(source_, "SELECT count(*) > 0 FROM bank.pgbench_history");
  long history = 0;
  for (int round = 0; round < rounds(); ++round) {
    Gate gate(target_db_);
    const int job = submit("schema", R"('bank', true, '{"parallel": 4, "split_bytes": 1000000}')");
    Sql source = at_the_moment_of(job);
    gate.open();
    const auto expected = test::table_checksums(source, "bank");
    expect_completed(job);
    EXPECT_EQ(test::table_checksums(target_, "bank"), expected);
    EXPECT_TRUE(sums_agree(target_));
    EXPECT_EQ(target_.value("SELECT count(*) > 10 FROM pgclone.task WHERE kind = 'rows'"
                            " AND rows_copied > 0 AND job_id = " +
                            std::to_string(job)),
              "t");
    const long moved = std::stol(target_.value("SELECT count(*) FROM bank.pgbench_history"));
    EXPECT_GT(moved, history);
    history = moved;
    target_.exec("DROP SCHEMA bank CASCADE");
  }
}

// So the check above could fail.
TEST_F(Consistency, WithoutASnapshotMoneyIsLostOrMade) {
  const Traffic traffic(source_db_);
  wait_until(source_, "SELECT count(*) > 0 FROM bank.pgbench_history");
  bool agreed = true;
  for (int round = 0; agreed && round < 20; ++round) {
    expect_completed(submit("schema", R"('bank', true, '{"parallel": 4, "consistent": false}')"));
    agreed = sums_agree(target_);
    target_.exec("DROP SCHEMA bank CASCADE");
  }
  EXPECT_FALSE(agreed);
}

}  // namespace
}  // namespace pgclone::integration
