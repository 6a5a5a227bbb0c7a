// A job's spec as JSON, the states of jobs, and names that have to fit.
#include <gtest/gtest.h>

#include "conflict/names.hpp"
#include "job/spec.hpp"
#include "job/status.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::job {
namespace {

Error refusal(std::string_view json) {
  try {
    JobSpec::from_json("table", json);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "accepted: " << json;
  return Error("00000", "");
}

TEST(JobSpec, SurvivesTheJourneyThroughJson) {
  JobSpec spec;
  spec.strategy = "table";
  spec.schema = "s \"q\" \xF0\x9F\x98\x80";
  spec.table = "T\\%";
  spec.target_table = "u'";
  spec.include_data = false;
  spec.options = R"({"where":"a > 'x'"})";
  const JobSpec back = JobSpec::from_json("table", spec.to_json());
  EXPECT_EQ(back.schema, spec.schema);
  EXPECT_EQ(back.table, spec.table);
  EXPECT_EQ(back.target_table, spec.target_table);
  EXPECT_EQ(back.include_data, spec.include_data);
  EXPECT_EQ(back.options, spec.options);
}

TEST(JobSpec, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(refusal(R"({"schema":"s","tabel":"t"})").hint(), "Did you mean \"table\"?");
  EXPECT_EQ(refusal(R"({"table":"t"})").sqlstate(), "22023");
  EXPECT_EQ(refusal(R"({"schema":1})").sqlstate(), "22023");
  EXPECT_EQ(refusal(R"({"schema":"s","include_data":"yes"})").sqlstate(), "22023");
  EXPECT_EQ(refusal("[]").sqlstate(), "22023");
  EXPECT_EQ(refusal("{").sqlstate(), "22P02");
  EXPECT_FALSE(refusal("{").hint().empty());
}

JobSpec spec_of(std::string strategy, std::string options) {
  JobSpec spec;
  spec.strategy = std::move(strategy);
  spec.schema = "s";
  spec.options = std::move(options);
  return spec;
}

Error refusal_of(const std::string& strategy, const std::string& options) {
  host::PluginHost plugins(
      {.directories = {PGCLONE_PLUGIN_DIR, PGCLONE_BINARY_DIR "/test-plugins/good"}});
  try {
    validate(spec_of(strategy, options), plugins);
  } catch (const Error& error) {
    return error;
  }
  return Error("00000", "accepted");
}

TEST(Options, AreThoseOfTheStrategiesThatTheCloneUses) {
  for (const auto& [strategy, options] : std::vector<std::pair<std::string, std::string>>{
           {"table", R"({"where": "true", "parallel": 2})"},
           {"schema", R"({"matviews": false, "data": {"t": "true"}, "split_bytes": 1})"},
           {"table", R"({"conflict": "replace", "cascade": true})"},
           {"sample", R"({"share": 7, "where": "true", "conflict": "append"})"}})
    EXPECT_EQ(refusal_of(strategy, options).message(), "accepted") << strategy << options;
}

TEST(Options, OfOthersAreRefusedAndTheirOwnersNamed) {
  struct Case {
    std::string strategy, options, option, owner, hint;
  };
  for (const Case& c : std::vector<Case>{
           {"table", R"({"cascade": true})", "cascade",
            R"(conflict strategy "replace" of plugin "conflict")",
            R"(Leave it out, or choose that strategy: {"conflict": "replace"}.)"},
           {"schema", R"({"conflict": "skip", "cascade": false})", "cascade",
            R"(conflict strategy "replace" of plugin "conflict")",
            R"(Leave it out, or choose that strategy: {"conflict": "replace"}.)"},
           {"table", R"({"matviews": false})", "matviews",
            R"(clone strategy "schema" of plugin "schema")",
            R"(Leave it out, or clone with that strategy: pgclone.submit('schema', …).)"},
           {"table", R"({"share": 7})", "share", R"(clone strategy "sample" of plugin "sample")",
            R"(Leave it out, or clone with that strategy: pgclone.submit('sample', …).)"}}) {
    const Error error = refusal_of(c.strategy, c.options);
    EXPECT_EQ(error.sqlstate(), "22023") << c.options;
    EXPECT_EQ(error.message(), "option \"" + c.option + "\" has no meaning for this clone");
    EXPECT_EQ(error.detail(), "It belongs to " + c.owner + ", which it does not use.");
    EXPECT_EQ(error.hint(), c.hint);
  }
  EXPECT_EQ(refusal_of("table", R"({"wher": "true"})").hint(), "Did you mean \"where\"?");
}

TEST(Status, MovesOnlyForward) {
  const Status all[] = {Status::pending, Status::running, Status::completed, Status::failed,
                        Status::cancelled};
  for (const auto from : all)
    for (const auto to : all)
      if (is_final(from) || to == Status::pending) {
        EXPECT_FALSE(may_become(from, to)) << to_text(from) << " -> " << to_text(to);
      }
  EXPECT_TRUE(may_become(Status::pending, Status::running));
  EXPECT_FALSE(may_become(Status::pending, Status::completed));
  EXPECT_TRUE(may_become(Status::running, Status::cancelled));
}

TEST(Names, FitIntoSixtyThreeBytesAndSplitNoCharacter) {
  EXPECT_EQ(conflict::with_suffix("t", "_old"), "t_old");
  const std::string longest(63, 'x');
  EXPECT_EQ(conflict::with_suffix(longest, "_old"), std::string(59, 'x') + "_old");
  // 57 + 4 bytes of emoji: with "_old" only 59 are left, which would cut the emoji in two.
  const std::string emoji = std::string(57, 'x') + "\xF0\x9F\x98\x80";
  EXPECT_EQ(conflict::with_suffix(emoji, "_old"), std::string(57, 'x') + "_old");
}

}  // namespace
}  // namespace pgclone::job
