// A synchronous clone is part of the caller's transaction.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class TransactionTest : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    run_file(source_db_, std::string(PGCLONE_SOURCE_DIR) + "/script/shop.sql",
             {"-v", "orders=200"});
  }
};

TEST_F(TransactionTest, RollbackLeavesNoTrace) {
  const auto before = catalog_state(target_);
  target_.exec("BEGIN");
  target_.exec(call("schema", from() + ", 'shop'"));
  EXPECT_EQ(target_.value("SELECT count(*) FROM shop.orders"), "200");
  EXPECT_NE(catalog_state(target_), before);
  target_.exec("ROLLBACK");
  EXPECT_EQ(catalog_state(target_), before);
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.job"), "0");
  expect_no_backends();
}

TEST_F(TransactionTest, ASavepointIsEnough) {
  target_.exec("BEGIN; CREATE TABLE mine AS SELECT 1 AS a; SAVEPOINT here");
  target_.exec(call("schema", from() + ", 'shop'"));
  target_.exec("ROLLBACK TO here; COMMIT");
  EXPECT_FALSE(exists("shop.orders"));
  EXPECT_EQ(target_.value("SELECT a FROM mine"), "1");
}

TEST_F(TransactionTest, CommitKeepsIt) {
  target_.exec("BEGIN");
  target_.exec(call("schema", from() + ", 'shop'"));
  target_.exec("INSERT INTO shop.audit (order_id, change) VALUES (1, 'in the same transaction')");
  target_.exec("ROLLBACK");
  target_.exec("BEGIN");
  target_.exec(call("schema", from() + ", 'shop'"));
  target_.exec("COMMIT");
  expect_equal("shop");
}

TEST_F(TransactionTest, AFailureLeavesTheSessionUsable) {
  const auto before = catalog_state(target_);
  target_.expect_error(call("schema", from() + ", 'no such schema'"));
  EXPECT_EQ(catalog_state(target_), before);
  target_.exec(call("schema", from() + ", 'shop'"));
  expect_equal("shop");
}

TEST_F(TransactionTest, WorksInAProcedureThatCatchesTheFailure) {
  target_.exec("DO $do$ BEGIN PERFORM pgclone.schema(" + from() +
               ", 'no such schema'); EXCEPTION WHEN OTHERS THEN PERFORM pgclone.schema(" + from() +
               ", 'shop'); END $do$");
  expect_equal("shop");
  expect_no_backends();
}

TEST_F(TransactionTest, TwoClonesInOneStatement) {
  target_.exec("CREATE SCHEMA shop");
  target_.exec("SELECT pgclone.table(" + from() + ", 'shop', 'products', target_table_name => n" +
               ", options => '{\"constraints\": false}') FROM unnest(ARRAY['p1', 'p2']) AS n");
  EXPECT_EQ(target_.value("SELECT count(*) FROM shop.p1"), "1000");
  EXPECT_EQ(target_.value("SELECT count(*) FROM shop.p2"), "1000");
}

TEST_F(TransactionTest, SubmittingIsTransactionalOrSaysOtherwise) {
  // A job that a rolled-back transaction has submitted either runs whole or leaves nothing.
  target_.exec("BEGIN");
  const std::string job = target_.value(call("schema_async", from() + ", 'shop'"));
  target_.exec("ROLLBACK");
  const std::string jobs =
      target_.value("SELECT count(*) FROM pgclone.jobs_view WHERE job_id = " + job);
  if (jobs == "0") {
    EXPECT_FALSE(exists("shop.orders"));
  } else {
    expect_completed(std::stoi(job));
    expect_equal("shop");
  }
}

}  // namespace
}  // namespace pgclone::integration
