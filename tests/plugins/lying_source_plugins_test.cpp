// What integration/lying_source_test does, against core and plugins outside of a server, where
// sanitizers see what they read and write.
//
// PGCLONE_TEST_SEEDS chooses lies beyond those of every run: "17", "1-5000".
#include <chrono>

#include "plugins/schema_clone_fixture.hpp"
#include "support/liar.hpp"
#include "support/proxy.hpp"
#include "support/seeds.hpp"

namespace pgclone::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kSeeds = "1-60";
constexpr std::chrono::seconds kTooLong{60};

const CloneWish kWishes[] = {
    {.schema = "src"},
    {.schema = "src", .options = R"({"owners": true, "privileges": true})"},
    {.schema = "src", .options = R"({"parallel": 4, "split_bytes": 8192})"},
    {.schema = "src", .target_schema = "other"},
    {.schema = "src", .options = R"({"format": "text"})", .consistent = false},
    {.schema = "src", .options = R"({"tables": ["whole", "h*"], "exclude": ["part_2a"]})"},
    {.schema = "src", .options = R"({"data_only": true})"},
};

class LyingSource : public ::testing::Test {
 protected:
  void SetUp() override {
    for (Cluster* cluster : {&source_cluster(), &target_cluster()})
      Sql(cluster->conninfo()).exec("CREATE ROLE liar LOGIN");
    const std::string database = sql::identifier(source_db_.name());
    source_db_.connect().exec("GRANT CREATE ON DATABASE " + database + " TO liar; ALTER DATABASE " +
                              database + " SET role = 'liar'");
    source_cluster().run_tool({"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", source_db_.name(),
                               "-f", PGCLONE_SOURCE_DIR "/tests/support/liar_schema.sql"});
    target_.exec("GRANT CREATE ON DATABASE " + sql::identifier(target_db_.name()) +
                 " TO liar; SET client_min_messages = error");
  }

  // How it fails; no SQLSTATE of an error: it doesn't.
  Error run(const CloneWish& wish, int port) {
    const auto deadline = Clock::now() + kTooLong;
    PollWaiter waiter;
    waiter.on_wait([&] {
      if (Clock::now() > deadline) waiter.cancel();
    });
    try {
      const auto source = pq::LibpqSession::connect(
          pq::ConnInfo::parse("host=127.0.0.1 port=" + std::to_string(port) +
                              " user=liar sslmode=disable gssencmode=disable dbname=" +
                              conninfo_value(source_db_.name())),
          {}, waiter);
      const auto target = pq::LibpqSession::connect(
          pq::ConnInfo::parse(target_cluster().tcp_conninfo(target_db_.name(), "liar")),
          {.is_source = false}, waiter);
      source->begin(TransactionMode::repeatable_read_read_only);
      CloneRun(*source, *target, wish).run();
    } catch (const Error& error) {
      return error;
    }
    return {"00000", "none"};
  }

  void prepare(const CloneWish& wish) {
    target_.exec("DROP SCHEMA IF EXISTS src CASCADE; DROP SCHEMA IF EXISTS other CASCADE");
    if (wish.options.find("data_only") == std::string::npos) return;
    const Error error = run({.schema = "src", .include_data = false}, source_cluster().port());
    ASSERT_EQ(error.sqlstate(), "00000") << error.message();
  }

  Profile honest_profile(const CloneWish& wish) {
    Recorder recorder;
    prepare(wish);
    {
      const Proxy proxy(source_cluster().port(), recorder.tampers());
      const Error error = run(wish, proxy.port());
      EXPECT_EQ(error.sqlstate(), "00000") << wish.options << ": " << error.message() << "\n"
                                           << error.context();
    }
    return recorder.profile();
  }

  void lie(std::uint64_t seed, const CloneWish& wish, const Profile& profile) {
    Liar liar(seed, profile);
    Error error("00000", "none");
    prepare(wish);
    {
      const Proxy proxy(source_cluster().port(), liar.tampers());
      ASSERT_NO_THROW(error = run(wish, proxy.port())) << liar.description();
    }
    SCOPED_TRACE(liar.description() + "\n" + wish.options);
    EXPECT_NE(error.sqlstate(), "XX000") << error.message() << "\n" << error.detail();
    EXPECT_NE(error.message(), "");
    EXPECT_FALSE(error.is_cancel()) << "it hangs";
  }

  TempDatabase source_db_{source_cluster()};
  TempDatabase target_db_{target_cluster()};
  Sql target_ = target_db_.connect();
};

TEST_F(LyingSource, EndsNothingButItsOwnClone) {
  std::vector<Profile> profiles;
  for (const CloneWish& wish : kWishes) profiles.push_back(honest_profile(wish));
  ASSERT_FALSE(HasFailure());
  for (const std::uint64_t seed : seeds(kSeeds)) {
    const std::size_t which = seed % std::size(kWishes);
    lie(seed, kWishes[which], profiles[which]);
    if (HasFatalFailure()) break;
  }
}

}  // namespace
}  // namespace pgclone::test
