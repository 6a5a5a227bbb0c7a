#include "pq/server_account.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "pgclone/plugin/error.hpp"

namespace pgclone::pq {
namespace {

std::string refusal(const ConnInfo& conninfo) {
  try {
    refuse_account_options(conninfo);
  } catch (const Error& error) {
    return error.sqlstate() + " " + error.message();
  }
  return {};
}

TEST(ServerAccount, WhatNobodyHasLookedAtIsRefused) {
  EXPECT_THROW(refuse_account_option("from_the_future", "x"), Error);
  EXPECT_EQ(refusal(ConnInfo::parse("host=h password=p sslmode=verify-full")), "");
  EXPECT_EQ(refusal(ConnInfo::parse("host=h sslrootcert=system")), "");
  EXPECT_EQ(refusal(ConnInfo::parse("host=h sslrootcert=/x")),
            "42501 connection option \"sslrootcert\" is for superusers only");
  EXPECT_EQ(refusal(ConnInfo::parse("service=x")),
            "42501 connection option \"service\" is for superusers only");
}

TEST(ServerAccount, OnlyPasswordsMayBeAskedFor) {
  EXPECT_NO_THROW(refuse_account_option("require_auth", "scram-sha-256"));
  EXPECT_NO_THROW(refuse_account_option("require_auth", "md5,scram-sha-256"));
  for (const char* methods : {"gss", "scram-sha-256,gss", "!gss", "none"}) {
    EXPECT_THROW(refuse_account_option("require_auth", methods), Error) << methods;
  }
}

TEST(ServerAccount, WhatLibpqWouldTakeByItselfIsTurnedOff) {
  ConnInfo plain = ConnInfo::parse("host=h");
  leave_account_out(plain);
  EXPECT_EQ(plain.get("gssencmode"), "disable");
  EXPECT_EQ(plain.get("sslcert"), "/dev/null/none");
  ConnInfo given = ConnInfo::parse("host=h sslcert=/c sslkey=/k gssencmode=require");
  leave_account_out(given);
  EXPECT_EQ(given.get("sslcert"), "/c");
  EXPECT_EQ(given.get("sslkey"), "/k");
  EXPECT_EQ(given.get("gssencmode"), "require");
}

TEST(ServerAccount, TheEnvironmentComesBack) {
  setenv("PGSERVICE", "s", 1);
  setenv("PGUSER", "u", 1);
  setenv("PGSSLMODE", "require", 1);
  {
    const WithoutAccountEnvironment nothing(true);
    EXPECT_EQ(std::getenv("PGSERVICE"), nullptr);
    EXPECT_EQ(std::getenv("PGUSER"), nullptr);
    EXPECT_STREQ(std::getenv("PGSSLMODE"), "require");
  }
  EXPECT_STREQ(std::getenv("PGSERVICE"), "s");
  EXPECT_STREQ(std::getenv("PGUSER"), "u");
  for (const char* name : {"PGSERVICE", "PGUSER", "PGSSLMODE"}) unsetenv(name);
}

}  // namespace
}  // namespace pgclone::pq
