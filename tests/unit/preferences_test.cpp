// Preferences among steps: respected where an order exists, and otherwise no obstacle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "plan/plan.hpp"

namespace pgclone::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ObjectId table(std::uint32_t oid) {
  return {catalog::kClass, oid};
}

// A task of its own that makes a table of that number.
Step step(std::string key, std::uint32_t oid, Milestone after = Milestone::none) {
  Step step;
  step.group = key;
  step.key = std::move(key);
  step.provides = {table(oid)};
  step.after = after;
  return step;
}

std::vector<std::string> order(const Plan& plan) {
  std::vector<std::string> keys;
  for (const Task& task : plan.tasks)
    if (!task.is_milestone()) keys.push_back(task.key);
  return keys;
}

TEST(Preferences, OrderWhatNothingElseOrders) {
  EXPECT_THAT(order(compile({step("a", 1), step("b", 2), step("c", 3)},
                            {{table(1), table(3), true}, {table(9), table(1), true}})),
              ElementsAre("b", "c", "a"));
}

TEST(Preferences, GiveWayToNeeds) {
  const Plan plan =
      compile({step("a", 1), step("b", 2), step("c", 3)},
              {{table(1), table(2)}, {table(2), table(1), true}, {table(2), table(3), true}});
  EXPECT_THAT(order(plan), ElementsAre("c", "b", "a"));
}

// One of the three in the circle, and neither of the others.
TEST(Preferences, GiveWayToOneAnother) {
  const Plan plan = compile({step("a", 1), step("b", 2), step("c", 3), step("d", 4)},
                            {{table(1), table(2), true},
                             {table(2), table(3), true},
                             {table(3), table(1), true},
                             {table(1), table(1), true},
                             {table(1), table(4), true}});
  EXPECT_THAT(order(plan), ElementsAre("d", "a", "c", "b"));
}

TEST(Preferences, WaitForWhatWaitsForAMilestone) {
  const Plan plan = compile({step("a", 1), step("b", 2, Milestone::loaded), step("c", 3)},
                            {{table(1), table(2), true}});
  ASSERT_THAT(order(plan), ElementsAre("b", "a", "c"));
  EXPECT_THAT(plan.tasks[0].required_by, ElementsAre(1U));
  EXPECT_THAT(plan.tasks[1].awaited_by, IsEmpty());
  EXPECT_THAT(plan.tasks[2].awaited_by, ElementsAre(3U, 4U));
}

// By step and step: whether a way leads from one to the other.
using Ways = std::vector<std::vector<bool>>;

Ways ways(std::uint32_t steps, const std::vector<Dependency>& dependencies) {
  Ways found(steps, std::vector<bool>(steps, false));
  for (const Dependency& edge : dependencies)
    found[edge.referenced.objid][edge.dependent.objid] = true;
  for (std::uint32_t via = 0; via < steps; ++via)
    for (auto& from : found)
      for (std::uint32_t to = 0; to < steps; ++to)
        if (from[via] && found[via][to]) from[to] = true;
  return found;
}

// Whatever is asked for: all needs are met, and no preferences lost but those inside of circles.
TEST(Preferences, RandomOnesLeaveAnOrder) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::uint32_t count = 2 + random() % 12;
    const auto any = [&] { return static_cast<std::uint32_t>(random() % count); };
    std::vector<Step> steps;
    std::vector<Dependency> dependencies;
    for (std::uint32_t i = 0; i < count; ++i) {
      steps.push_back(step(std::to_string(i), i));
      if (const auto other = any(); other < i) dependencies.push_back({table(other), table(i)});
      for (int n = 0; n < 3; ++n) dependencies.push_back({table(any()), table(any()), true});
    }
    const Ways reaches = ways(count, dependencies);
    const std::vector<std::string> keys = order(compile(std::move(steps), dependencies));
    ASSERT_EQ(keys.size(), count);
    const auto place = [&](ObjectId id) {
      return std::ranges::find(keys, std::to_string(id.objid));
    };
    for (const Dependency& edge : dependencies) {
      const bool circle = reaches[edge.dependent.objid][edge.referenced.objid];
      if (edge.gives_way && circle) continue;
      EXPECT_LT(place(edge.referenced), place(edge.dependent)) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace pgclone::plan
