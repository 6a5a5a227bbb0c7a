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
