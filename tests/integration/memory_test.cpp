// What a worker keeps in memory while it copies: bounded whatever the table's size.
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr std::size_t kMegabyte = 1024 * 1024;

// A number from the environment, for runs at full size.
std::size_t size_from(const char* variable, std::size_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

// The private memory of a process, 0 when it has gone.
std::size_t private_memory(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::stoull(line.substr(8)) * 1024;
  }
  return 0;
}

class Memory : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec("CREATE SCHEMA s");
    target_.exec("CREATE SCHEMA s");
  }

  // Clones s.t in a job and returns the most private memory that its worker had.
  std::size_t peak_of_clone(const std::string& options) {
    const int job = submit("table", "'s', 't', options => " + sql::literal(options));
    wait_until(target_, std::string("SELECT EXISTS (") + kWorkers + ")");
    const int pid = std::stoi(target_.value(kWorkers));
    std::size_t peak = 0;
    while (const std::size_t now = private_memory(pid)) peak = std::max(peak, now);
    expect_completed(job);
    return peak;
  }

  static std::size_t bound(std::size_t rows) { return 64 * kMegabyte + rows; }

  void report(const std::string& what, std::size_t peak) {
    std::cout << what << ": at most " << peak / kMegabyte << " MB\n";
  }
};

TEST_F(Memory, OfManyRows) {
  const std::size_t rows = size_from("PGCLONE_TEST_ROWS", 1'000'000);
  source_.exec(
      "CREATE TABLE s.t AS SELECT g AS aid, g % 10 AS bid, 0 AS abalance, repeat('x', 84) AS filler"
      " FROM generate_series(1, " +
      std::to_string(rows) + ") g");
  const std::size_t peak = peak_of_clone("{}");
  report(std::to_string(rows) + " rows", peak);
  EXPECT_LT(peak, bound(0));
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.t"), std::to_string(rows));
}

struct Wide {
  const char* type;
  const char* format;
  std::size_t times;  // that a row is in memory at once
};

class WideRows : public Memory, public ::testing::WithParamInterface<Wide> {};

INSTANTIATE_TEST_SUITE_P(Memory, WideRows,
                         ::testing::Values(Wide{"text", "text", 5}, Wide{"text", "auto", 3},
                                           Wide{"bytea", "auto", 3}));

// Libpq holds a row once; COPY FROM as it arrived, as a field, as a value and as a tuple; our own
// load as a value and as a tuple.
// Two of each kind: what one leaves behind must not be there when the next one comes.
TEST_P(WideRows, AreHeldAFewTimes) {
  const auto [type, format, times] = GetParam();
  const std::size_t width = size_from("PGCLONE_TEST_WIDE_MB", 200) * kMegabyte;
  source_.exec("CREATE TABLE s.t (id int, v " + std::string(type) +
               "); ALTER TABLE s.t ALTER v SET STORAGE EXTERNAL;"
               "INSERT INTO s.t SELECT g, repeat(chr(64 + g), CASE WHEN g < 3 THEN " +
               std::to_string(width) + " ELSE 1 END)::" + type + " FROM generate_series(1, 4) g");
  const std::size_t peak = peak_of_clone(R"({"format": ")" + std::string(format) + "\"}");
  report(std::string(type) + " as " + format, peak);
  EXPECT_LT(peak, bound(times * width));
  const std::string rows = "SELECT id, length(v), md5(v) FROM s.t ORDER BY id";
  expect_same(rows, rows);
}

}  // namespace
}  // namespace pgclone::integration
