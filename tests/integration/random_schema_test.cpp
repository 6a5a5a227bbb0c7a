// Random schemas through the whole engine: in the caller's transaction, in the background and in a
// pool, with owners and privileges.
//
// PGCLONE_TEST_SEEDS chooses them: "17", "1-200", "3,9-12". The statements of a seed that fails are
// left in a file that psql can run.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "fixture.hpp"
#include "support/random_schema/generate.hpp"

namespace pgclone::integration {
namespace {

using test::random_schema::Generated;

constexpr const char* kDefaultSeeds = "1-20";

std::vector<std::uint64_t> seeds() {
  const char* const wish = std::getenv("PGCLONE_TEST_SEEDS");
  std::istringstream list(wish == nullptr ? kDefaultSeeds : wish);
  std::vector<std::uint64_t> out;
  for (std::string range; std::getline(list, range, ',');) {
    const std::size_t dash = range.find('-');
    const std::uint64_t first = std::stoull(range);
    const std::uint64_t last =
        dash == std::string::npos ? first : std::stoull(range.substr(dash + 1));
    for (std::uint64_t seed = first; seed <= last; ++seed) out.push_back(seed);
  }
  return out;
}

// Roles belong to a whole server, so they stay for the other tests of this process.
void make_roles(Sql& sql) {
  for (const std::string& role : test::random_schema::roles()) {
    if (sql.value("SELECT pg_catalog.to_regrole(" + sql::literal(sql::identifier(role)) +
                  ") IS NULL") == "t") {
      sql.exec("CREATE ROLE " + sql::identifier(role));
    }
  }
}

class RandomSchema : public CloneTest, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    make_roles(source_);
    make_roles(target_);
    made_ = test::random_schema::generate(GetParam());
    Sql source = source_db_.connect();
    for (const std::string& statement : made_.statements) {
      try {
        source.exec(statement);
      } catch (const test::SqlError& error) {
        FAIL() << "the source refuses what was generated:\n" << statement << "\n" << error.what();
      }
    }
  }

  void TearDown() override {
    if (!HasFailure()) return;
    const std::string path =
        PGCLONE_BINARY_DIR "/random_schema_" + std::to_string(GetParam()) + ".sql";
    std::ofstream file(path);
    for (const std::string& statement : made_.statements) file << statement << ";\n";
    std::cerr << "seed " << GetParam() << ": PGCLONE_TEST_SEEDS=" << GetParam()
              << ", its statements are in " << path << "\n";
  }

  // A clone, compared and dropped again.
  void clone_and_compare(Mode mode, const std::string& options) {
    SCOPED_TRACE(options);
    clone(mode, "schema", sql::literal(made_.schema) + ", true, " + sql::literal(options));
    if (HasFatalFailure()) return;
    const test::Rights rights =
        options.find("owners") == std::string::npos ? test::Rights::without : test::Rights::with;
    EXPECT_EQ(test::line_difference(
                  test::dump_schema(source_server(), source_db_.name(), made_.schema, rights),
                  test::dump_schema(target_server(), target_db_.name(), made_.schema, rights)),
              "");
    EXPECT_EQ(test::table_checksums(source_, made_.schema),
              test::table_checksums(target_, made_.schema));
    EXPECT_EQ(test::sequence_states(source_, made_.schema),
              test::sequence_states(target_, made_.schema));
    target_.exec("DROP SCHEMA " + sql::identifier(made_.schema) + " CASCADE");
  }

  Generated made_;
};

TEST_P(RandomSchema, Arrives) {
  clone_and_compare(Mode::sync, R"({"owners": true, "privileges": true})");
  clone_and_compare(Mode::async, "{}");
  clone_and_compare(
      Mode::async,
      GetParam() % 2 == 0
          ? R"({"parallel": 4, "owners": true, "privileges": true})"
          : R"({"parallel": 4, "split_bytes": 8192, "owners": true, "privileges": true})");
}

std::string seed_name(const ::testing::TestParamInfo<std::uint64_t>& info) {
  return std::to_string(info.param);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSchema, ::testing::ValuesIn(seeds()), seed_name);

}  // namespace
}  // namespace pgclone::integration
