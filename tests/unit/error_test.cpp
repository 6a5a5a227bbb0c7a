// What an Error carries, and what it means for a retry or a cancel.
#include "pgclone/plugin/error.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>

namespace pgclone {
namespace {

TEST(Error, CarriesEverything) {
  const Error error = Error(sqlstate::kUndefinedTable, "no such table")
                          .with_detail("the detail")
                          .with_hint("the hint")
                          .with_context("inner")
                          .with_context("outer")
                          .with_origin(Origin::source);
  EXPECT_EQ(error.sqlstate(), "42P01");
  EXPECT_EQ(error.message(), "no such table");
  EXPECT_STREQ(error.what(), "no such table");
  EXPECT_EQ(error.detail(), "the detail");
  EXPECT_EQ(error.hint(), "the hint");
  EXPECT_EQ(error.context(), "inner\nouter");
  EXPECT_EQ(error.origin(), Origin::source);
}

TEST(Error, CopiesAreTheirOwn) {
  Error first("22023", "first");
  first.with_hint("hint");
  const Error copy = first;
  first.with_message("changed").with_hint("changed");
  EXPECT_EQ(copy.message(), "first");
  EXPECT_EQ(copy.hint(), "hint");
  const Error moved = std::move(first);
  EXPECT_STREQ(moved.what(), "changed");
}

TEST(Error, IsCaughtAsAStandardException) {
  try {
    throw Error("22023", "thrown");
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "thrown");
  }
}

TEST(Error, HasASqlstateOfFiveCharactersAlways) {
  for (const char* wrong : {"", "1234", "123456"}) EXPECT_EQ(Error(wrong, "").sqlstate(), "XX000");
}

struct Meaning {
  const char* sqlstate;
  Origin origin;
  bool cancel;
  bool connection_loss;
};

TEST(Error, KnowsCancelsAndLostConnections) {
  constexpr std::array kMeanings = {
      Meaning{"57014", Origin::none, true, false},
      Meaning{"57014", Origin::target, true, false},
      // Somebody cancelled our statement on the source: that is no wish of our user.
      Meaning{"57014", Origin::source, false, false},
      Meaning{"57P01", Origin::none, true, true},
      Meaning{"57P01", Origin::target, true, true},
      Meaning{"57P01", Origin::source, false, true},
      Meaning{"57P02", Origin::source, false, true},
      Meaning{"57P03", Origin::source, false, true},
      Meaning{"08006", Origin::source, false, true},
      Meaning{"08P01", Origin::source, false, true},
      Meaning{"42P01", Origin::source, false, false},
      Meaning{"XX000", Origin::none, false, false},
  };
  for (const Meaning& meaning : kMeanings) {
    const Error error = Error(meaning.sqlstate, "").with_origin(meaning.origin);
    EXPECT_EQ(error.is_cancel(), meaning.cancel) << meaning.sqlstate;
    EXPECT_EQ(error.is_connection_loss(), meaning.connection_loss) << meaning.sqlstate;
  }
}

}  // namespace
}  // namespace pgclone
