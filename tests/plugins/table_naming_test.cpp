// Names of parts under a new table name, and the other pure functions on text.
#include <gtest/gtest.h>

#include "../../plugins/common/nearest.hpp"
#include "../../plugins/table/naming.hpp"
#include "../../plugins/table/rewrite.hpp"

namespace pgclone::table {
namespace {

TEST(Renamed, FollowsTheTablesName) {
  EXPECT_EQ(renamed("item_pkey", "item", "thing"), "thing_pkey");
  EXPECT_EQ(renamed("item", "item", "thing"), "thing");
  EXPECT_EQ(renamed("by_price", "item", "thing"), "thing_by_price");
  EXPECT_EQ(renamed("by_price", "item", "item"), "by_price");
  EXPECT_EQ(renamed("Item_pkey", "item", "thing"), "thing_Item_pkey");
}

TEST(Renamed, FitsInto63BytesAndKeepsTheTail) {
  const std::string longest(63, 'n');
  EXPECT_EQ(renamed("t_pkey", "t", longest), std::string(58, 'n') + "_pkey");
  EXPECT_EQ(renamed(std::string(63, 'i'), "t", "u"), "u_" + std::string(61, 'i'));
  EXPECT_EQ(renamed(std::string(63, 'i'), "t", longest),
            std::string(31, 'n') + "_" + std::string(31, 'i'));
}

TEST(Renamed, SplitsNoCharacter) {
  std::string emoji;
  for (int i = 0; i < 15; ++i) emoji += "😀";
  const std::string name = renamed("t_pkey", "t", emoji + "xyz");
  EXPECT_EQ(name, emoji.substr(0, 56) + "_pkey");
  EXPECT_EQ(utf8_prefix("aä", 2), "a");
  EXPECT_EQ(utf8_prefix("aä", 3), "aä");
}

TEST(UniqueName, CountsUntilItIsFree) {
  std::set<std::string> taken = {"a", "a_2"};
  EXPECT_EQ(unique_name("b", taken), "b");
  EXPECT_EQ(unique_name("a", taken), "a_3");
  EXPECT_EQ(unique_name("a", taken), "a_4");
  const std::string longest = std::string(62, 'n') + "x";
  taken.insert(longest);
  EXPECT_EQ(unique_name(longest, taken), std::string(61, 'n') + "_2");
}

TEST(NearestName, IsNearOrNothing) {
  EXPECT_EQ(common::nearest_name("custmer", {"order", "customer", "custom"}), "customer");
  EXPECT_EQ(common::nearest_name("Customer", {"customer"}), "customer");
  EXPECT_EQ(common::nearest_name("zebra", {"customer", "order"}), "");
  EXPECT_EQ(common::nearest_name("a", {"b"}), "");
}

TEST(ReplaceRegclass, ChangesWholeConstantsOnly) {
  EXPECT_EQ(replace_regclass("nextval('s.a'::regclass)", "s.a", "\"s\".\"b\""),
            "nextval('\"s\".\"b\"'::regclass)");
  EXPECT_EQ(replace_regclass("'it''s ''s.a''::regclass'::text || 's.a'::text", "s.a", "x"),
            "'it''s ''s.a''::regclass'::text || 's.a'::text");
  EXPECT_EQ(replace_regclass("\"'s.a'::regclass\"", "s.a", "x"), "\"'s.a'::regclass\"");
  EXPECT_EQ(replace_regclass("'s.\"q''\"'::regclass", "s.\"q'\"", "x"), "'x'::regclass");
}

}  // namespace
}  // namespace pgclone::table
