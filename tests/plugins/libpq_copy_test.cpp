// Copies over LibpqSession, between two servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "pgclone/plugin/sql.hpp"
#include "pq/libpq_session.hpp"
#include "support/compare.hpp"
#include "support/error_of.hpp"
#include "support/poll_waiter.hpp"
#include "support/temp_database.hpp"

namespace pgclone::pq {
namespace {

using test::error_of;
using test::PollWaiter;
using test::source_cluster;
using test::Sql;
using test::target_cluster;
using test::TempDatabase;
using testing::HasSubstr;

constexpr int kRows = 200000;

// Passes a stream on and calls a hook before each piece.
class Watched final : public CopyReader {
 public:
  Watched(CopyReader& inner, std::function<void(std::size_t piece)> hook)
      : inner_(inner), hook_(std::move(hook)) {}
  std::span<const char> read() override {
    hook_(piece_++);
    return inner_.read();
  }
  [[nodiscard]] std::uint64_t rows() const override { return inner_.rows(); }

 private:
  CopyReader& inner_;
  std::function<void(std::size_t)> hook_;
  std::size_t piece_ = 0;
};

class LibpqCopyTest : public testing::Test {
 protected:
  std::unique_ptr<LibpqSession> connect(const TempDatabase& database, bool is_source) {
    ConnectOptions options;
    options.is_source = is_source;
    return LibpqSession::connect(ConnInfo::parse(database.conninfo()), options, waiter);
  }
  std::uint64_t target_rows() { return std::stoull(there.value("SELECT count(*) FROM public.t")); }
  void create(const std::string& columns) {
    here.exec("CREATE TABLE public.t (" + columns + ")");
    there.exec("CREATE TABLE public.t (" + columns + ")");
  }
  static constexpr CopyTarget table(CopyFormat format = CopyFormat::text) {
    return {"public", "t", {}, format, false};
  }

  PollWaiter waiter;
  TempDatabase from{source_cluster()};
  TempDatabase to{target_cluster()};
  Sql here = from.connect();
  Sql there = to.connect();
  std::unique_ptr<LibpqSession> source = connect(from, true);
  std::unique_ptr<LibpqSession> target = connect(to, false);
};

TEST_F(LibpqCopyTest, RelaysAllRowsInBothFormats) {
  create("id bigint, t text, n numeric, d timestamptz, b bytea, a int[], f float8");
  here.exec(
      "INSERT INTO public.t SELECT g, CASE WHEN g % 7 = 0 THEN NULL ELSE repeat(E'ü\\\\\\t\\n🐘', "
      "g % 13) END, g / 3.0, now() + g * interval '1s', decode(md5(g::text), 'hex'), ARRAY[g, "
      "NULL, -g], g / 7.0::float8 FROM generate_series(1, " +
      std::to_string(kRows) + ") g");
  for (const CopyFormat format : {CopyFormat::text, CopyFormat::binary}) {
    there.exec("TRUNCATE public.t");
    CopyReader& reader =
        source->copy_out(format == CopyFormat::text ? "COPY public.t TO STDOUT (FORMAT text)"
                                                    : "COPY public.t TO STDOUT (FORMAT binary)");
    EXPECT_EQ(target->copy_in(table(format), reader), static_cast<std::uint64_t>(kRows));
    EXPECT_EQ(reader.rows(), static_cast<std::uint64_t>(kRows));
    EXPECT_TRUE(reader.read().empty());
    EXPECT_EQ(test::table_checksums(here, "public"), test::table_checksums(there, "public"));
    EXPECT_EQ(source->query("SELECT 1").integer(0, 0), 1);
    EXPECT_EQ(target->query("SELECT 1").integer(0, 0), 1);
  }
}

TEST_F(LibpqCopyTest, EmptyTablesAndColumnListsWork) {
  const std::string name = "It's \"a\" \\ 100% 🐘";
  const std::string relation = sql::qualified("public", name);
  const std::string columns = " (x int, " + sql::identifier(name) + " text DEFAULT 'd')";
  here.exec("CREATE TABLE " + relation + columns);
  there.exec("CREATE TABLE " + relation + columns);
  const std::vector<std::string_view> names = {name, "x"};
  const CopyTarget into{"public", name, names, CopyFormat::binary, false};
  const std::string copy =
      "COPY " + relation + " (" + sql::identifier(name) + ", x) TO STDOUT (FORMAT binary)";
  EXPECT_EQ(target->copy_in(into, source->copy_out(copy)), 0u);
  here.exec("INSERT INTO " + relation + " VALUES (1, 'a'), (2, NULL)");
  EXPECT_EQ(target->copy_in(into, source->copy_out(copy)), 2u);
  EXPECT_EQ(test::table_checksums(here, "public"), test::table_checksums(there, "public"));
}

TEST_F(LibpqCopyTest, RowsBiggerThanAPieceKeepTheirOrder) {
  create("id int, t text");
  here.exec(
      "INSERT INTO public.t SELECT g, repeat('x', CASE WHEN g % 3 = 0 THEN 3000000 WHEN g % 3 = 1 "
      "THEN 131060 ELSE 10 END + g) FROM generate_series(1, 12) g");
  std::string seen;
  CopyReader& reader = source->copy_out("COPY (TABLE public.t ORDER BY id) TO STDOUT");
  for (auto data = reader.read(); !data.empty(); data = reader.read()) {
    seen.append(data.data(), data.size());
  }
  EXPECT_EQ(reader.rows(), 12u);
  std::string expected;
  for (const auto& row : here.rows("TABLE public.t ORDER BY id")) {
    expected += row[0].value() + "\t" + row[1].value() + "\n";
  }
  EXPECT_EQ(seen.size(), expected.size());
  EXPECT_TRUE(seen == expected);
}

// A source that fails must throw, wherever it happens; a normal end would commit a prefix.
TEST_F(LibpqCopyTest, AnErrorOfTheSourceIsNeverAnEnd) {
  create("id int");
  for (const int bad : {1, kRows / 2, kRows}) {
    const std::string copy = "COPY (SELECT g + 0 / (g - " + std::to_string(bad) +
                             ") FROM generate_series(1, " + std::to_string(kRows) +
                             ") g) TO STDOUT";
    target->begin(TransactionMode::read_write);
    const Error error = error_of([&] { target->copy_in(table(), source->copy_out(copy)); });
    EXPECT_EQ(error.sqlstate(), "22012") << bad;
    EXPECT_EQ(error.message(), "division by zero");
    EXPECT_EQ(error.origin(), Origin::source);
    EXPECT_TRUE(source->alive());
    EXPECT_TRUE(target->alive());
    EXPECT_EQ(error_of([&] { target->commit(); }).sqlstate(), "25P02");
    EXPECT_EQ(target_rows(), 0u);
    EXPECT_EQ(source->query("SELECT 1").integer(0, 0), 1);
  }
}

TEST_F(LibpqCopyTest, ATerminatedSourceIsNeverAnEnd) {
  create("id int, t text");
  here.exec("INSERT INTO public.t SELECT g, repeat('x', 100) FROM generate_series(1, " +
            std::to_string(kRows) + ") g");
  for (const std::size_t at : {0u, 1u, 40u}) {
    source = connect(from, true);
    target->begin(TransactionMode::read_write);
    Watched reader(source->copy_out("COPY public.t TO STDOUT"), [&](std::size_t piece) {
      if (piece != at) return;
      // No wait for its end: it may have to send its last words first, which needs a reader.
      ASSERT_EQ(
          here.value("SELECT pg_terminate_backend(" + std::to_string(source->backend_pid()) + ")"),
          "t");
    });
    const Error error = error_of([&] { target->copy_in(table(), reader); });
    EXPECT_EQ(error.sqlstate(), "08006") << at;
    EXPECT_TRUE(error.is_connection_loss());
    EXPECT_FALSE(error.is_cancel());
    EXPECT_THAT(error.message(), HasSubstr("dbname=" + from.name()));
    EXPECT_FALSE(error.detail().empty());
    EXPECT_FALSE(source->alive());
    target->rollback();
    EXPECT_TRUE(target->alive());
    EXPECT_EQ(target_rows(), 0u);
  }
}

TEST_F(LibpqCopyTest, AnErrorBeforeTheFirstRowLeavesTheSessionUsable) {
  const Error error = error_of([&] { source->copy_out("COPY public.missing TO STDOUT"); });
  EXPECT_EQ(error.sqlstate(), "42P01");
  EXPECT_EQ(source->query("SELECT 1").integer(0, 0), 1);
  EXPECT_EQ(error_of([&] { source->copy_out("SELECT 1"); }).sqlstate(), "22023");
  EXPECT_EQ(source->query("SELECT 1").integer(0, 0), 1);
}

TEST_F(LibpqCopyTest, AnAbandonedReaderEndsWithTheTransaction) {
  source->begin(TransactionMode::repeatable_read_read_only);
  CopyReader& reader = source->copy_out("COPY (SELECT generate_series(1, 100000000)) TO STDOUT");
  EXPECT_FALSE(reader.read().empty());
  EXPECT_TRUE(source->in_transaction());
  const Error error = error_of([&] { source->query("SELECT 1"); });
  EXPECT_EQ(error.sqlstate(), "55000");
  EXPECT_FALSE(reader.read().empty()) << "the refused statement must not hurt the copy";
  const std::string pid = std::to_string(source->backend_pid());
  source->rollback();
  EXPECT_FALSE(source->in_transaction());
  EXPECT_EQ(error_of([&] { source->query("SELECT 1"); }).sqlstate(), "08006");
  test::wait_until(here, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = " + pid + ")",
                   std::chrono::seconds(1));
}

TEST_F(LibpqCopyTest, AFailingReaderAbortsTheCopyAndItsErrorComesThrough) {
  create("id int");
  Watched reader(source->copy_out("COPY (SELECT generate_series(1, 1000000)) TO STDOUT"),
                 [](std::size_t piece) {
                   if (piece == 3) throw std::domain_error("mine");
                 });
  try {
    target->copy_in(table(), reader);
    FAIL() << "did not throw";
  } catch (const std::domain_error& error) {
    EXPECT_STREQ(error.what(), "mine");
  }
  EXPECT_TRUE(target->alive());
  EXPECT_EQ(target_rows(), 0u);
}

TEST_F(LibpqCopyTest, CancelInACopyPassesAndEndsTheSource) {
  create("id int");
  const std::string pid = std::to_string(source->backend_pid());
  Watched reader(source->copy_out("COPY (SELECT generate_series(1, 100000000)) TO STDOUT"),
                 [&](std::size_t piece) {
                   if (piece == 3) waiter.cancel();
                 });
  EXPECT_TRUE(error_of([&] { target->copy_in(table(), reader); }).is_cancel());
  EXPECT_FALSE(source->alive());
  test::wait_until(here, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = " + pid + ")",
                   std::chrono::seconds(1));
  EXPECT_EQ(target_rows(), 0u);
}

TEST_F(LibpqCopyTest, AnErrorOfTheTargetArrivesWhole) {
  create("id int");
  there.exec("ALTER TABLE public.t ADD CONSTRAINT small CHECK (id < 150000)");
  const Error error = error_of([&] {
    target->copy_in(table(),
                    source->copy_out("COPY (SELECT generate_series(1, 200000)) TO STDOUT"));
  });
  EXPECT_EQ(error.sqlstate(), "23514");
  EXPECT_THAT(error.message(), HasSubstr("violates check constraint \"small\""));
  EXPECT_THAT(error.detail(), HasSubstr("Failing row contains (150000)"));
  EXPECT_THAT(error.context(), HasSubstr("COPY t, line 150000"));
  EXPECT_EQ(error.origin(), Origin::target);
  EXPECT_EQ(target_rows(), 0u);
  const CopyTarget missing{"public", "missing", {}, CopyFormat::text, false};
  CopyReader& unread = source->copy_out("COPY (SELECT 1) TO STDOUT");
  EXPECT_EQ(error_of([&] { target->copy_in(missing, unread); }).sqlstate(), "42P01");
  EXPECT_TRUE(target->alive());
}

}  // namespace
}  // namespace pgclone::pq
