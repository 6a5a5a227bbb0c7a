// What a plan's statements may be about, with a reader that says what a test wants.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "job/plan_check.hpp"
#include "pgclone/plugin/error.hpp"
#include "support/error_of.hpp"

namespace pgclone::job {
namespace {

using test::error_of;

struct NeverStops final : pq::Waiter {
  void wait(int, bool, bool, int) override {}
  void check() override {}
  void reserve_descriptor() override {}
  void release_descriptor() noexcept override {}
};

// Knows statements by heart.
struct Reader final : StatementReader {
  std::map<std::string, std::vector<Subject>> known;
  void read(const std::string& statement, std::vector<Subject>& subjects) override {
    const auto found = known.find(statement);
    if (found == known.end()) throw Error(sqlstate::kSyntaxError, "syntax error");
    subjects.insert(subjects.end(), found->second.begin(), found->second.end());
  }
};

Subject routine(bool made, const std::string& arguments) {
  return {NameSpace::routine, made, "s", "f", arguments};
}

plan::Step step(const std::string& name, std::vector<std::string> statements) {
  plan::Step out;
  out.strategy = "schema";
  out.group = out.key = out.label = name;
  out.kind = "function";
  out.statements = std::move(statements);
  return out;
}

struct PlanCheckTest : ::testing::Test {
  PlanCheckTest() {
    reader.known = {{"make f(int)", {routine(true, "pg_catalog.int4")}},
                    {"change f(int)", {routine(false, "pg_catalog.int4")}},
                    {"change f(text)", {routine(false, "text")}},
                    {"make a range named f", {routine(true, kAnyArguments)}}};
  }
  void check(const std::vector<plan::Step>& steps) {
    const std::string schema = "s";
    check_plan(steps, {.reader = reader, .waiter = waiter, .schema = schema});
  }
  Reader reader;
  NeverStops waiter;
};

TEST_F(PlanCheckTest, WhatIsMadeMayBeChanged) {
  EXPECT_NO_THROW(check({step("f", {"make f(int)", "change f(int)"})}));
  EXPECT_NO_THROW(check({step("rights", {"change f(int)"}), step("f", {"make f(int)"})}));
}

TEST_F(PlanCheckTest, AnOverloadIsAnotherFunction) {
  plan::Step made = step("f", {"make f(int)", "change f(text)"});
  made.creates.kind = "FUNCTION";
  made.creates.schema = "s";
  made.creates.name = "f";
  made.creates.arguments = "(integer)";
  const Error error = error_of([&] { check({made}); });
  EXPECT_EQ(error.sqlstate(), "08P01");
  EXPECT_EQ(error.message(), "the source's definition of function f is refused");
  EXPECT_EQ(error.detail(),
            "It changes \"s\".\"f\"(text), which is no part of the clone. The statement would be: "
            "change f(text)");
  EXPECT_FALSE(error.hint().empty());
}

TEST_F(PlanCheckTest, FunctionsOfARangeAreOfItsName) {
  EXPECT_NO_THROW(check({step("range", {"make a range named f", "change f(text)"})}));
}

// The transaction ends there.
TEST_F(PlanCheckTest, NothingOfAStepRunsBehindWhatCantRun) {
  EXPECT_NO_THROW(check({step("f", {"what nobody can read", "change f(text)"})}));
  EXPECT_EQ(error_of([&] {
              check({step("f", {"what nobody can read"}), step("rights", {"change f(text)"})});
            }).sqlstate(),
            "08P01");
}

}  // namespace
}  // namespace pgclone::job
