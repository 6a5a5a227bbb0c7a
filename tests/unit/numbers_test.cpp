// What a server's answer says, read as what it has to be.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "pgclone/plugin/numbers.hpp"
#include "pgclone/plugin/session.hpp"
#include "support/error_of.hpp"

namespace pgclone {
namespace {

using test::error_of;

// One row.
class Answer final : public Result {
 public:
  explicit Answer(std::vector<std::optional<std::string>> cells, std::string name = "relpages")
      : cells_(std::move(cells)), name_(std::move(name)) {}
  [[nodiscard]] std::size_t rows() const noexcept override { return 1; }
  [[nodiscard]] std::size_t columns() const noexcept override { return cells_.size(); }
  [[nodiscard]] bool is_null(std::size_t, std::size_t column) const override {
    return !cells_.at(column).has_value();
  }
  [[nodiscard]] std::string_view text(std::size_t, std::size_t column) const override {
    return cells_.at(column) ? std::string_view(*cells_.at(column)) : std::string_view();
  }
  [[nodiscard]] std::uint64_t affected() const noexcept override { return 0; }
  [[nodiscard]] std::string_view name(std::size_t) const override { return name_; }

 private:
  std::vector<std::optional<std::string>> cells_;
  std::string name_;
};

TEST(Numbers, AreReadAsTheyAre) {
  const Answer answer({"-9223372036854775808", "4294967295", "t", "false", "0", std::nullopt});
  EXPECT_EQ(answer.integer(0, 0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(answer.oid(0, 1), 4294967295U);
  EXPECT_TRUE(answer.boolean(0, 2));
  EXPECT_FALSE(answer.boolean(0, 3));
  EXPECT_EQ(answer.count(0, 4), 0U);
  EXPECT_EQ(answer.oid_or_none(0, 5), 0U);
  EXPECT_EQ(answer.oid_or_none(0, 1), 4294967295U);
}

TEST(Numbers, OfAnythingElseAreRefused) {
  for (const std::string wrong : {"", " 1", "1 ", "1x", "x", "0x10", "1.5", "1e3", "+1", "--1", "-",
                                  "9223372036854775808", "1; DROP TABLE t"}) {
    const Answer answer({wrong});
    EXPECT_EQ(error_of([&] { static_cast<void>(answer.integer(0, 0)); }).sqlstate(), "08P01")
        << wrong;
    EXPECT_EQ(error_of([&] { static_cast<void>(answer.oid(0, 0)); }).sqlstate(), "08P01") << wrong;
    EXPECT_EQ(error_of([&] { static_cast<void>(answer.oid_or_none(0, 0)); }).sqlstate(), "08P01")
        << wrong;
    EXPECT_EQ(error_of([&] { static_cast<void>(answer.boolean(0, 0)); }).sqlstate(), "08P01")
        << wrong;
  }
  for (const std::string wrong : {"-1", "4294967296"}) {
    const Answer answer({wrong});
    EXPECT_EQ(error_of([&] { static_cast<void>(answer.oid(0, 0)); }).sqlstate(), "08P01") << wrong;
    EXPECT_EQ(error_of([&] { static_cast<void>(answer.integer(0, 0, 0, 10)); }).sqlstate(), "08P01")
        << wrong;
  }
  EXPECT_EQ(error_of([] { static_cast<void>(Answer({"-1"}).count(0, 0)); }).sqlstate(), "08P01");
}

TEST(Numbers, AreNoNulls) {
  const Answer answer({std::nullopt});
  for (const Error& error : {error_of([&] { static_cast<void>(answer.integer(0, 0)); }),
                             error_of([&] { static_cast<void>(answer.count(0, 0)); }),
                             error_of([&] { static_cast<void>(answer.oid(0, 0)); }),
                             error_of([&] { static_cast<void>(answer.boolean(0, 0)); })}) {
    EXPECT_EQ(error.sqlstate(), "08P01");
    EXPECT_EQ(error.detail(), "Column 1 (relpages) of row 1 of its answer is NULL.");
  }
}

TEST(Numbers, ErrorNamesThePlaceAndShowsAsMuchAsIsGood) {
  const Answer answer({"7", std::string(1000, 'x')}, "rel\npages\xff" + std::string(1000, 'y'));
  const Error error = error_of([&] { static_cast<void>(answer.integer(0, 1)); });
  EXPECT_EQ(error.message(), "a server sent something else where a whole number belongs");
  EXPECT_TRUE(error.detail().starts_with("Column 2 (rel?pages?yyy")) << error.detail();
  EXPECT_TRUE(error.detail().ends_with("xxx...\".")) << error.detail();
  EXPECT_LT(error.detail().size(), 250U);
  EXPECT_FALSE(error.hint().empty());
  EXPECT_EQ(error_of([&] { static_cast<void>(answer.oid(0, 1)); }).message(),
            "a server sent something else where a whole number belongs");
  EXPECT_EQ(error_of([] { static_cast<void>(Answer({"-1"}).oid(0, 0)); }).detail(),
            "Column 1 (relpages) of row 1 of its answer is \"-1\".");
}

}  // namespace
}  // namespace pgclone
