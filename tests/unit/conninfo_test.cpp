#include "pq/conninfo.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/error_of.hpp"

namespace pgclone::pq {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::Not;

TEST(ConnInfo, ParsesKeywordsAndUris) {
  const std::map<std::string, std::string, std::less<>> expected = {
      {"host", "db.example"}, {"port", "5433"},    {"dbname", "shop"},
      {"user", "ann"},        {"password", "a b"}, {"sslmode", "require"}};
  EXPECT_EQ(ConnInfo::parse("host=db.example port = 5433 dbname=shop user=ann password='a b' "
                            "sslmode=require")
                .values(),
            expected);
  EXPECT_EQ(ConnInfo::parse("postgresql://ann:a%20b@db.example:5433/shop?sslmode=require").values(),
            expected);
}

TEST(ConnInfo, HoldsOnlyWhatTheUserWrote) {
  EXPECT_TRUE(ConnInfo::parse("").values().empty());
  const ConnInfo info = ConnInfo::parse("host=h");
  EXPECT_TRUE(info.has("host"));
  EXPECT_FALSE(info.has("port"));
  EXPECT_EQ(info.get("port"), "");
}

TEST(ConnInfo, TextSurvivesAnyValue) {
  ConnInfo info;
  info.set("dbname", "it's a \\ \"dätabase\" = 🐘");
  info.set("password", "'\\'");
  info.set("user", "");
  EXPECT_EQ(info.text(), "dbname='it\\'s a \\\\ \"dätabase\" = 🐘' password='\\'\\\\\\'' user=''");
  EXPECT_EQ(ConnInfo::parse(info.text()).values(), info.values());
}

TEST(ConnInfo, DefaultsDoNotReplaceWhatTheUserWrote) {
  ConnInfo info = ConnInfo::parse("keepalives=0");
  info.set_default("keepalives", "1");
  info.set_default("keepalives_idle", "30");
  EXPECT_EQ(info.get("keepalives"), "0");
  EXPECT_EQ(info.get("keepalives_idle"), "30");
}

TEST(ConnInfo, RedactedAndDescriptionHoldNoSecret) {
  const ConnInfo info =
      ConnInfo::parse("host=h password=hunter2 sslpassword=hunter3 dbname='my db' user=u port=1");
  EXPECT_TRUE(info.has_secret());
  EXPECT_EQ(info.redacted(), "dbname='my db' host='h' port='1' user='u'");
  EXPECT_EQ(info.describe(), "host=h port=1 dbname='my db' user=u");
  EXPECT_FALSE(ConnInfo::parse(info.redacted()).has_secret());
  EXPECT_EQ(ConnInfo().describe(), "the default server");
}

TEST(ConnInfo, MalformedTextIsNeverQuoted) {
  const std::pair<std::string, std::string> cases[] = {
      {"host=h password='hunter2", "A quoted value is not closed."},
      {"host=h password=x hunter2", "A keyword is not followed by an equals sign."},
      {"host=h hunter2=1", "It has a keyword that libpq does not know."},
      {"postgresql://u:hunter2%zz@h/d",
       "A percent sign of the URI is not followed by two hex digits."},
      {"postgresql://[hunter2", "libpq cannot read it."},
      {std::string("host=h\0hunter2", 14), "It holds a zero byte."},
  };
  for (const auto& [text, detail] : cases) {
    const Error error = error_of([&text = text] { ConnInfo::parse(text); });
    EXPECT_EQ(error.sqlstate(), "22023");
    EXPECT_EQ(error.message(), "invalid connection string");
    EXPECT_EQ(error.detail(), detail);
    EXPECT_THAT(error.hint(), HasSubstr("keyword='value'"));
  }
}

TEST(ConnInfo, SetRefusesUnknownKeywordsAndZeroBytes) {
  ConnInfo info;
  const Error unknown = error_of([&] { info.set("hots", "x"); });
  EXPECT_EQ(unknown.sqlstate(), "22023");
  EXPECT_EQ(unknown.message(), "invalid connection option \"hots\"");
  EXPECT_FALSE(unknown.detail().empty());
  EXPECT_FALSE(unknown.hint().empty());
  const Error zero = error_of([&] { info.set("password", std::string_view("hunter\0two", 10)); });
  EXPECT_EQ(zero.sqlstate(), "22023");
  EXPECT_THAT(zero.detail(), Not(HasSubstr("hunter")));
  EXPECT_TRUE(info.values().empty());
}

TEST(ConnInfo, TellsConnectionStringsFromServerNames) {
  EXPECT_TRUE(ConnInfo::looks_like_conninfo("dbname=x"));
  EXPECT_TRUE(ConnInfo::looks_like_conninfo("postgres://h"));
  EXPECT_TRUE(ConnInfo::looks_like_conninfo("postgresql://h/d"));
  EXPECT_FALSE(ConnInfo::looks_like_conninfo("warehouse"));
  EXPECT_FALSE(ConnInfo::looks_like_conninfo("My \"server\""));
  EXPECT_FALSE(ConnInfo::looks_like_conninfo(""));
}

}  // namespace
}  // namespace pgclone::pq
