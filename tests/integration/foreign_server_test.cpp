// A source may be the name of a foreign server: its options and the caller's user mapping.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class ForeignServerTest : public BothModes {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec("CREATE TABLE t AS SELECT i AS id FROM generate_series(1, 100) AS i");
    target_.exec(
        "CREATE EXTENSION postgres_fdw; CREATE SERVER \"My server\" FOREIGN DATA WRAPPER"
        " postgres_fdw OPTIONS (host " +
        sql::literal(source_server().socket_dir()) + ", port '" +
        std::to_string(source_server().port()) + "', dbname " + sql::literal(source_db_.name()) +
        ", fetch_size '7', use_remote_estimate 'true')");
  }

  void clone_from_server(const std::string& arguments) {
    if (GetParam() == Mode::sync) {
      target_.exec(call("table", "'My server', " + arguments));
    } else {
      expect_completed(std::stoi(target_.value(call("table_async", "'My server', " + arguments))));
    }
  }
};

TEST_P(ForeignServerTest, WithTheCallersMapping) {
  target_.exec(
      "CREATE USER MAPPING FOR CURRENT_USER SERVER \"My server\" OPTIONS (user 'postgres')");
  clone_from_server("'public', 't'");
  expect_same("SELECT * FROM t ORDER BY 1", "SELECT * FROM t ORDER BY 1");
  expect_no_backends();
}

TEST_P(ForeignServerTest, WithAPublicMapping) {
  target_.exec("CREATE USER MAPPING FOR PUBLIC SERVER \"My server\" OPTIONS (user 'postgres')");
  clone_from_server("'public', 't'");
  EXPECT_EQ(target_.value("SELECT count(*) FROM t"), "100");
}

TEST_F(ForeignServerTest, WithoutUsageItIsRefused) {
  target_.exec(
      "CREATE USER MAPPING FOR PUBLIC SERVER \"My server\" OPTIONS (user 'postgres', password 'x');"
      "DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN;"
      "GRANT USAGE ON SCHEMA pgclone TO stranger;"
      "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO stranger;"
      "GRANT CREATE ON SCHEMA public TO stranger");
  Sql stranger(target_server().tcp_conninfo(target_db_.name(), "stranger"));
  for (const char* function : {"table", "table_async"}) {
    EXPECT_EQ(stranger.expect_error(call(function, "'My server', 'public', 't'")).sqlstate,
              "42501");
  }
}

TEST_F(ForeignServerTest, AResumedJobFindsThePasswordAgain) {
  target_.exec(
      "CREATE USER MAPPING FOR CURRENT_USER SERVER \"My server\""
      " OPTIONS (user 'postgres', password 'unused')");
  const std::string job =
      target_.value("SELECT pgclone.table_async('My server', 'public', 'later')");
  EXPECT_EQ(wait(std::stoi(job)), "failed");
  source_.exec("CREATE TABLE later AS SELECT 1 AS a");
  expect_completed(std::stoi(target_.value("SELECT pgclone.resume(" + job + ")")));
  EXPECT_EQ(target_.value("SELECT a FROM later"), "1");
}

PGCLONE_BOTH_MODES(ForeignServerTest);

}  // namespace
}  // namespace pgclone::integration
