// The snapshot strategies on a real server: what two sessions see while a third one writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "host/plugin_host.hpp"
#include "pgclone/plugin/error.hpp"
#include "pq/libpq_session.hpp"
#include "support/cluster.hpp"
#include "support/poll_waiter.hpp"
#include "support/sql.hpp"

namespace pgclone {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class SnapshotTest : public ::testing::Test {
 protected:
  SnapshotTest() {
    writer_.exec(
        "DROP TABLE IF EXISTS public.seen; CREATE TABLE public.seen (n integer);"
        "INSERT INTO public.seen VALUES (1)");
  }

  std::unique_ptr<pq::LibpqSession> session() {
    return pq::LibpqSession::connect(pq::ConnInfo::parse(test::source_cluster().conninfo()), {},
                                     waiter_);
  }
  void write() { writer_.exec("INSERT INTO public.seen VALUES (2)"); }
  static std::string rows_seen(Session& session) {
    return std::string(session.query("SELECT count(*) FROM public.seen", {}).text(0, 0));
  }
  static std::string setting(Session& session, const std::string& name) {
    return std::string(session.query("SHOW " + name, {}).text(0, 0));
  }

  test::PollWaiter waiter_;
  test::Sql writer_{test::source_cluster().conninfo()};
  host::PluginHost host_{{.directories = {PGCLONE_PLUGIN_DIR}}};
};

TEST_F(SnapshotTest, ExportedShowsOneMomentToAll) {
  SnapshotStrategy& exported = host_.snapshot("exported");
  const auto keeper = session();
  const auto early = session();
  const auto late = session();

  const std::string id(exported.acquire(*keeper));
  EXPECT_THAT(id, MatchesRegex("[0-9A-F]+-[0-9A-F]+-[0-9]+"));
  exported.adopt(*early, id);
  EXPECT_EQ(rows_seen(*early), "1");
  write();
  exported.adopt(*late, id);
  EXPECT_EQ(rows_seen(*keeper), "1");
  EXPECT_EQ(rows_seen(*early), "1");
  EXPECT_EQ(rows_seen(*late), "1");
  EXPECT_TRUE(exported.consistent());

  exported.release(*keeper);
  EXPECT_FALSE(keeper->in_transaction());
  EXPECT_EQ(rows_seen(*late), "1") << "who has adopted it keeps it";
  late->rollback();
  EXPECT_EQ(rows_seen(*late), "2");
}

TEST_F(SnapshotTest, NoneShowsWhatIsCommitted) {
  SnapshotStrategy& none = host_.snapshot("none");
  const auto keeper = session();
  const auto other = session();

  const std::string id(none.acquire(*keeper));
  EXPECT_EQ(id, "");
  none.adopt(*other, id);
  EXPECT_TRUE(other->in_transaction());
  EXPECT_EQ(rows_seen(*other), "1");
  write();
  EXPECT_EQ(rows_seen(*keeper), "2");
  EXPECT_EQ(rows_seen(*other), "2");
  EXPECT_FALSE(none.consistent());
  none.release(*keeper);
  EXPECT_FALSE(keeper->in_transaction());
}

TEST_F(SnapshotTest, TransactionsAreReadOnlyAndPatient) {
  for (const std::string id : {"exported", "none"}) {
    SnapshotStrategy& strategy = host_.snapshot(id);
    const auto keeper = session();
    const auto other = session();
    // As a role's or a database's settings would have it.
    for (Session* each :
         {static_cast<Session*>(keeper.get()), static_cast<Session*>(other.get())}) {
      each->execute("SET idle_in_transaction_session_timeout = 5000; SET statement_timeout = 5000",
                    {});
    }
    const std::string snapshot(strategy.acquire(*keeper));
    strategy.adopt(*other, snapshot);
    for (Session* each :
         {static_cast<Session*>(keeper.get()), static_cast<Session*>(other.get())}) {
      EXPECT_EQ(setting(*each, "transaction_read_only"), "on");
      EXPECT_EQ(setting(*each, "transaction_isolation"),
                id == "exported" ? "repeatable read" : "read committed");
      EXPECT_EQ(setting(*each, "idle_in_transaction_session_timeout"), "0");
      EXPECT_EQ(setting(*each, "statement_timeout"), "0");
    }
    strategy.release(*keeper);
    EXPECT_EQ(setting(*keeper, "statement_timeout"), "5s") << "for the transaction only";
  }
}

TEST_F(SnapshotTest, AdoptSaysWhyTheSnapshotIsGone) {
  SnapshotStrategy& exported = host_.snapshot("exported");
  const auto keeper = session();
  const auto other = session();
  const std::string id(exported.acquire(*keeper));

  const std::string pid = std::to_string(keeper->backend_pid());
  writer_.exec("SELECT pg_catalog.pg_terminate_backend(" + pid + ")");
  test::wait_until(writer_,
                   "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity"
                   " WHERE pid = " +
                       pid + ")");
  try {
    exported.adopt(*other, id);
    FAIL() << "adopted a snapshot of a dead keeper";
  } catch (const Error& error) {
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_EQ(error.message(),
              "the source's snapshot \"" + id + "\" could not be adopted by another connection");
    EXPECT_EQ(error.detail(), "The source says: invalid snapshot identifier: \"" + id + "\"");
    EXPECT_THAT(error.hint(), HasSubstr("idle_session_timeout"));
    EXPECT_THAT(error.hint(), HasSubstr("{\"consistent\": false}"));
    EXPECT_EQ(error.origin(), Origin::source);
    EXPECT_FALSE(error.is_connection_loss());
  }
  EXPECT_FALSE(other->in_transaction());
  EXPECT_EQ(rows_seen(*other), "1") << "the session is still good";
  exported.release(*keeper);  // must bear a dead connection
}

TEST_F(SnapshotTest, ALostConnectionStaysOneThatCanBeRetried) {
  SnapshotStrategy& exported = host_.snapshot("exported");
  const auto keeper = session();
  const auto other = session();
  const std::string id(exported.acquire(*keeper));
  const std::string pid = std::to_string(other->backend_pid());
  writer_.exec("SELECT pg_catalog.pg_terminate_backend(" + pid + ")");
  test::wait_until(writer_,
                   "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity"
                   " WHERE pid = " +
                       pid + ")");
  try {
    exported.adopt(*other, id);
    FAIL() << "adopted on a dead connection";
  } catch (const Error& error) {
    EXPECT_TRUE(error.is_connection_loss()) << error.sqlstate() << " " << error.message();
    EXPECT_FALSE(error.is_cancel());
  }
  EXPECT_EQ(rows_seen(*keeper), "1");
}

TEST_F(SnapshotTest, ACancelPassesAsACancel) {
  SnapshotStrategy& exported = host_.snapshot("exported");
  const auto keeper = session();
  const auto other = session();
  const std::string id(exported.acquire(*keeper));
  waiter_.cancel();
  try {
    exported.adopt(*other, id);
    FAIL() << "ignored the cancel";
  } catch (const Error& error) {
    EXPECT_TRUE(error.is_cancel()) << error.sqlstate() << " " << error.message();
  }
  waiter_.reset_cancel();
}

}  // namespace
}  // namespace pgclone
