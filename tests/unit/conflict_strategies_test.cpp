// The shipped conflict strategies as a table of values: what exists in, the resolution out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <vector>

#include "host/plugin_host.hpp"
#include "options/option_set.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone {
namespace {

using ::testing::ElementsAre;

// Writes down what a strategy decides.
class Recorder final : public Resolution {
 public:
  void leave() override { calls.emplace_back("leave"); }
  void refuse(std::string_view why, std::string_view hint, std::string_view sqlstate) override {
    calls.push_back("refuse " + std::string(why) + " | " + std::string(hint) + " | " +
                    std::string(sqlstate));
  }
  void before(std::string_view statement) override {
    calls.push_back("before " + std::string(statement));
  }
  void build_beside() override { calls.emplace_back("build_beside"); }
  void load_into_existing() override { calls.emplace_back("load_into_existing"); }
  void after(std::string_view statement) override {
    calls.push_back("after " + std::string(statement));
  }
  void notice(std::string_view message) override {
    calls.push_back("notice " + std::string(message));
  }
  // Numbered, so that each part is seen to get a name of its own.
  std::string_view free_name(const ObjectName& base, std::string_view suffix) override {
    return names_.emplace_back(std::string(base.name) + std::string(suffix) +
                               std::to_string(names_.size() + 1));
  }

  std::vector<std::string> calls;

 private:
  std::deque<std::string> names_;
};

class ConflictStrategies : public ::testing::Test {
 protected:
  std::vector<std::string> decide(const std::string& id, const Conflict& conflict,
                                  const std::string& options = "") {
    host::PluginHost host({.directories = {PGCLONE_PLUGIN_DIR}});
    std::vector<std::string> schemas = host.option_schemas();
    schemas.emplace_back(options::engine_schema());
    Recorder recorder;
    host.conflict(id).decide(conflict, options::OptionSet::parse(options, schemas), recorder);
    return recorder.calls;
  }

  const ObjectName table_ = {.kind = "TABLE", .schema = "my \"s\"", .name = "Größe 🐘"};
  const ObjectName function_ = {
      .kind = "FUNCTION", .schema = "s", .name = "f", .arguments = "(integer, s.\"T\")"};
};

TEST_F(ConflictStrategies, ErrorRefuses) {
  const std::string hint =
      R"(Choose what happens to it: {"conflict": "skip"}, {"conflict": "replace"} or {"conflict": "rename"}.)";
  EXPECT_THAT(decide("error", {.existing = table_, .parts = {}, .outside_dependants = {}}),
              ElementsAre(R"(refuse table "my ""s"""."Größe 🐘" already exists | )" + hint + " | "));
  EXPECT_THAT(
      decide("error", {.existing = function_, .parts = {}, .outside_dependants = {}}),
      ElementsAre(R"(refuse function "s"."f"(integer, s."T") already exists | )" + hint + " | "));
}

TEST_F(ConflictStrategies, SkipLeaves) {
  const ObjectName index = {.kind = "INDEX", .schema = "s", .name = "i"};
  const std::string_view dependant = "view v.v";
  EXPECT_THAT(
      decide("skip",
             {.existing = table_, .parts = {&index, 1}, .outside_dependants = {&dependant, 1}}),
      ElementsAre("leave"));
}

TEST_F(ConflictStrategies, ReplaceBuildsBesideAndDrops) {
  EXPECT_THAT(
      decide("replace", {.existing = table_, .parts = {}, .outside_dependants = {}}),
      ElementsAre("build_beside", R"(after DROP TABLE IF EXISTS "my ""s"""."Größe 🐘" CASCADE)"));
  EXPECT_THAT(decide("replace", {.existing = function_, .parts = {}, .outside_dependants = {}}),
              ElementsAre("build_beside",
                          R"(after DROP FUNCTION IF EXISTS "s"."f"(integer, s."T") CASCADE)"));
  for (const std::string kind : {"FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW", "SEQUENCE", "TYPE",
                                 "DOMAIN", "AGGREGATE", "COLLATION"}) {
    const ObjectName object = {.kind = kind, .schema = "s", .name = "o"};
    EXPECT_THAT(
        decide("replace", {.existing = object, .parts = {}, .outside_dependants = {}}),
        ElementsAre("build_beside", "after DROP " + kind + R"( IF EXISTS "s"."o" CASCADE)"));
  }
}

TEST_F(ConflictStrategies, ReplaceWantsToBeToldToDropOthersObjects) {
  const std::vector<std::string_view> dependants = {"view other.v", "function other.f(s.t)"};
  const Conflict conflict = {.existing = table_, .parts = {}, .outside_dependants = dependants};
  const std::vector<std::string> refused = {
      R"(refuse table "my ""s"""."Größe 🐘" cannot be replaced, because objects outside the clone )"
      "depend on it: view other.v, function other.f(s.t) | "
      R"(Drop them first, or use {"conflict": "replace", "cascade": true} to have them dropped. | 2BP01)"};
  EXPECT_EQ(decide("replace", conflict), refused);
  EXPECT_EQ(decide("replace", conflict, R"({"cascade": false})"), refused);
  EXPECT_THAT(
      decide("replace", conflict, R"({"cascade": true})"),
      ElementsAre(R"(notice replacing table "my ""s"""."Größe 🐘" drops what depends on it: )"
                  "view other.v, function other.f(s.t)",
                  "build_beside", R"(after DROP TABLE IF EXISTS "my ""s"""."Größe 🐘" CASCADE)"));
}

TEST_F(ConflictStrategies, RenameMovesTheObjectWithItsParts) {
  const std::vector<ObjectName> parts = {
      {.kind = "INDEX", .schema = "my \"s\"", .name = "t_pkey"},
      {.kind = "SEQUENCE", .schema = "other", .name = "t\"id\"_seq"}};
  EXPECT_THAT(
      decide("rename", {.existing = table_, .parts = parts, .outside_dependants = {}}),
      ElementsAre(
          R"(before ALTER TABLE "my ""s"""."Größe 🐘" RENAME TO "Größe 🐘_old1")",
          R"(before ALTER INDEX "my ""s"""."t_pkey" RENAME TO "t_pkey_old2")",
          R"(before ALTER SEQUENCE "other"."t""id""_seq" RENAME TO "t""id""_seq_old3")",
          R"(notice existing table "my ""s"""."Größe 🐘" is now "my ""s"""."Größe 🐘_old1")"));
}

TEST_F(ConflictStrategies, RenameMovesARoutineWithItsArguments) {
  EXPECT_THAT(decide("rename", {.existing = function_, .parts = {}, .outside_dependants = {}}),
              ElementsAre(R"(before ALTER FUNCTION "s"."f"(integer, s."T") RENAME TO "f_old1")",
                          R"(notice existing function "s"."f"(integer, s."T") is now )"
                          R"("s"."f_old1"(integer, s."T"))"));
}

}  // namespace
}  // namespace pgclone
