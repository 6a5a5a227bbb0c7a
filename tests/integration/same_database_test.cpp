// A clone from the very database that it writes to.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class SameDatabaseTest : public BothModes {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    target_.exec(
        "CREATE TABLE t (id serial PRIMARY KEY, v text UNIQUE);"
        "INSERT INTO t (v) SELECT 'row ' || i FROM generate_series(1, 1000) AS i");
    // A clone that waits for itself ends here and not in the test's time limit.
    target_.exec("SET statement_timeout = '20 s'");
  }

  [[nodiscard]] std::string itself() const { return sql::literal(target_db_.conninfo()); }

  SqlReport refused(const std::string& arguments) {
    if (GetParam() == Mode::sync) {
      return target_.expect_error(call("table", itself() + ", " + arguments));
    }
    try {
      const int job = std::stoi(target_.value(call("table_async", itself() + ", " + arguments)));
      EXPECT_EQ(wait(job), "failed");
      return state(job).error;
    } catch (const test::SqlError& error) {
      return error.report();
    }
  }
};

TEST_P(SameDatabaseTest, UnderAnotherName) {
  const std::string arguments = itself() + ", 'public', 't', true, 'copy'";
  if (GetParam() == Mode::sync) {
    target_.exec(call("table", arguments));
  } else {
    expect_completed(std::stoi(target_.value(call("table_async", arguments))));
  }
  EXPECT_EQ(target_.rows("SELECT * FROM t ORDER BY id"),
            target_.rows("SELECT * FROM copy ORDER BY id"));
  EXPECT_EQ(target_.value("INSERT INTO copy (v) VALUES ('new') RETURNING id"), "1001");
  EXPECT_EQ(target_.value("SELECT max(id) FROM t"), "1000");
}

TEST_P(SameDatabaseTest, UnderItsOwnNameItIsRefused) {
  EXPECT_EQ(refused("'public', 't'").sqlstate, "22023");
}

TEST_P(SameDatabaseTest, RefusesToReplaceItself) {
  for (const char* conflict : {"replace", "rename"}) {
    const SqlReport report =
        refused("'public', 't', options => '{\"conflict\": \"" + std::string(conflict) + "\"}'");
    EXPECT_NE(report.sqlstate, "57014") << "it waited for itself";
    EXPECT_NE(report.hint, "");
    EXPECT_EQ(target_.value("SELECT count(*) FROM t"), "1000");
  }
}

TEST_F(SameDatabaseTest, RefusesToWaitForItsOwnTransaction) {
  target_.exec("BEGIN; LOCK TABLE t");
  const SqlReport report =
      target_.expect_error(call("table", itself() + ", 'public', 't', true, 'c'"));
  EXPECT_NE(report.sqlstate, "57014") << "it waited for itself";
  EXPECT_NE(report.detail, "");
  EXPECT_NE(report.hint, "");
  target_.exec("ROLLBACK");
}

PGCLONE_BOTH_MODES(SameDatabaseTest);

}  // namespace
}  // namespace pgclone::integration
