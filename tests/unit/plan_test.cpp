// The plan compiler and the task queue: order, fusing, milestones, failure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>

#include "pgclone/plugin/error.hpp"
#include "plan/builder.hpp"
#include "plan/codec.hpp"
#include "plan/plan.hpp"
#include "plan/queue.hpp"

namespace pgclone::plan {
namespace {

using job::TaskStatus;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

ObjectId table(std::uint32_t oid) {
  return {catalog::kClass, oid};
}

class NoLock final : public QueueLock {
 public:
  void lock() noexcept override {}
  void unlock() noexcept override {}
};

Step step(std::string group, std::string key, std::vector<ObjectId> provides = {},
          Phase phase = Phase::define, Milestone after = Milestone::none, std::uint64_t cost = 0) {
  Step step;
  step.group = std::move(group);
  step.key = std::move(key);
  step.provides = std::move(provides);
  step.phase = phase;
  step.after = after;
  step.cost = cost;
  return step;
}

// A queue over its own memory, with the plan's names.
struct Running {
  explicit Running(Plan compiled, const std::vector<bool>& done = {},
                   std::uint32_t most_builds = UINT32_MAX)
      : plan(std::move(compiled)),
        memory(std::make_unique<std::uint64_t[]>(TaskQueue::size_for(plan) / 8 + 1)) {
    TaskQueue::create(memory.get(), plan, done, most_builds);
    queue = std::make_unique<TaskQueue>(memory.get(), lock);
  }
  std::string claim() {
    const auto task = queue->claim();
    return task ? plan.tasks[*task].key : "";
  }
  std::vector<std::string> end(const std::string& key, TaskStatus status = TaskStatus::completed) {
    std::vector<std::string> failed;
    for (const auto number : queue->end(number_of(key), status))
      failed.push_back(plan.tasks[number].key);
    return failed;
  }
  std::uint32_t number_of(const std::string& key) const {
    for (std::uint32_t i = 0; i < plan.tasks.size(); ++i)
      if (plan.tasks[i].key == key) return i;
    ADD_FAILURE() << "no task " << key;
    return 0;
  }
  Plan plan;
  std::unique_ptr<std::uint64_t[]> memory;
  NoLock lock;
  std::unique_ptr<TaskQueue> queue;
};

std::vector<std::string> keys(const Task& task) {
  std::vector<std::string> keys;
  for (const auto& step : task.steps) keys.push_back(step.key);
  return keys;
}

TEST(Compile, FusesAGroupInPhaseOrder) {
  const Plan plan = compile({step("t", "index", {}, Phase::finish), step("t", "create"),
                             step("t", "copy", {}, Phase::load), step("t", "default")},
                            {});
  ASSERT_EQ(plan.tasks.size(), 1U);
  EXPECT_THAT(keys(plan.tasks[0]), ElementsAre("create", "default", "copy", "index"));
}

// A table whose rows are a group of their own, a view of it, and what is computed from the view.
TEST(Compile, WhatWaitsForRowsRequiresThoseOfAllItNeeds) {
  Step rows = step("rows", "rows", {}, Phase::load);
  rows.belongs_to = table(1);
  const Plan plan = compile(
      {step("t", "t", {table(1)}), rows, step("v", "v", {table(2)}), step("v", "query", {table(4)}),
       step("m", "m", {table(3)}, Phase::load, Milestone::loaded), step("other", "other")},
      {{table(4), table(1)}, {table(3), table(2)}});
  Running running(plan);
  EXPECT_EQ(running.claim(), "t");
  running.end("t");
  EXPECT_THAT(running.end("rows", TaskStatus::failed), ElementsAre("m"));
}

TEST(Compile, OrdersGroupsByWhatTheyProvide) {
  Running run(compile({step("view", "view", {table(2)}), step("table", "table", {table(1)})},
                      {{table(2), table(1)}, {table(2), table(99)}, {table(98), table(1)}}));
  EXPECT_EQ(run.claim(), "table");
  EXPECT_EQ(run.claim(), "");
  run.end("table");
  EXPECT_EQ(run.claim(), "view");
  EXPECT_FALSE(run.queue->finished());
  run.end("view");
  EXPECT_TRUE(run.queue->finished());
}

TEST(Compile, FusesACycleOfGroupsAndOrdersItsSteps) {
  // The table's default needs the function, whose argument is the table's row type.
  const Plan plan = compile(
      {step("function", "function", {{catalog::kProc, 7}}), step("table", "create", {table(1)}),
       step("table", "default", {{catalog::kAttrdef, 3}}), step("table", "copy", {}, Phase::load)},
      {{{catalog::kProc, 7}, table(1)}, {{catalog::kAttrdef, 3}, {catalog::kProc, 7}}});
  ASSERT_EQ(plan.tasks.size(), 1U);
  EXPECT_THAT(keys(plan.tasks[0]), ElementsAre("create", "function", "default", "copy"));
}

TEST(Compile, RefusesACycleThatNoOrderSatisfies) {
  try {
    compile({step("a", "a", {table(1)}), step("b", "b", {table(2)})},
            {{table(1), table(2)}, {table(2), table(1)}});
    FAIL() << "compiled";
  } catch (const Error& error) {
    EXPECT_EQ(error.sqlstate(), "0A000");
    EXPECT_EQ(error.detail(), "No order satisfies: a, b.");
  }
}

TEST(Compile, MilestonesWaitForEverythingBeforeThem) {
  Running run(compile({step("a", "a", {table(1)}, Phase::load), step("b", "b", {}, Phase::load),
                       step("fk", "fk", {}, Phase::finish, Milestone::loaded),
                       step("view of a matview", "v", {table(4)}),
                       step("refresh", "r", {table(3)}, Phase::load, Milestone::loaded),
                       step("last", "l", {}, Phase::finish, Milestone::linked)},
                      {{table(4), table(3)}}));
  EXPECT_EQ(run.claim(), "a");
  EXPECT_EQ(run.claim(), "b");
  EXPECT_EQ(run.claim(), "");
  run.end("b");
  EXPECT_EQ(run.claim(), "");
  run.end("a");
  EXPECT_THAT((std::vector{run.claim(), run.claim(), run.claim()}),
              UnorderedElementsAre("fk", "refresh", ""));
  run.end("refresh");
  EXPECT_EQ(run.claim(), "view of a matview");
  run.end("fk");
  EXPECT_EQ(run.claim(), "");
  run.end("view of a matview");
  EXPECT_EQ(run.claim(), "last");
}

TEST(Queue, CostliestFirst) {
  Running run(compile({step("small", "s", {}, Phase::load, Milestone::none, 1),
                       step("large", "l", {}, Phase::load, Milestone::none, 100),
                       step("middle", "m", {}, Phase::load, Milestone::none, 10)},
                      {}));
  EXPECT_THAT((std::vector{run.claim(), run.claim(), run.claim(), run.claim()}),
              ElementsAre("large", "middle", "small", ""));
}

TEST(Queue, AFailureTakesWhatNeedsItAlongAndNothingElse) {
  Running run(compile({step("a", "a", {table(1)}, Phase::load), step("b", "b", {}, Phase::load),
                       step("view", "v", {table(2)}), step("view 2", "v2", {table(3)}),
                       step("fk of b", "fk", {}, Phase::finish, Milestone::loaded)},
                      {{table(2), table(1)}, {table(3), table(2)}}));
  EXPECT_EQ(run.claim(), "a");
  EXPECT_EQ(run.claim(), "b");
  EXPECT_THAT(run.end("a", TaskStatus::failed), UnorderedElementsAre("view", "view 2"));
  EXPECT_EQ(run.claim(), "");
  EXPECT_THAT(run.end("b"), IsEmpty());
  EXPECT_EQ(run.claim(), "fk of b");  // the milestone counts what has ended, not what went well
  run.end("fk of b");
  EXPECT_TRUE(run.queue->finished());
  EXPECT_EQ(run.queue->status(run.number_of("view 2")), TaskStatus::failed);
}

TEST(Queue, ResumesBehindWhatIsDone) {
  const Plan plan =
      compile({step("a", "a", {table(1)}, Phase::load), step("b", "b", {table(2)}, Phase::load),
               step("view", "v", {table(3)})},
              {{table(3), table(1)}, {table(3), table(2)}});
  std::vector<bool> done;
  for (const auto& task : plan.tasks) done.push_back(task.key == "a");
  Running run(plan, done);
  EXPECT_EQ(run.claim(), "b");
  EXPECT_EQ(run.claim(), "");
  run.end("b");
  EXPECT_EQ(run.claim(), "view");
}

TEST(Queue, StopCancelsWhatIsPending) {
  Running run(compile({step("a", "a"), step("b", "b")}, {}));
  EXPECT_EQ(run.claim(), "a");
  run.queue->stop();
  EXPECT_EQ(run.claim(), "");
  run.end("a");
  EXPECT_TRUE(run.queue->finished());
  EXPECT_EQ(run.queue->status(run.number_of("b")), TaskStatus::cancelled);
}

TEST(Codec, GivesBackWhatItGot) {
  Step one = step("g", std::string("k\0ey", 4), {table(1), {catalog::kProc, 2}}, Phase::load,
                  Milestone::linked, 12345);
  one.strategy = "table";
  one.statements = {"", "SELECT '\xF0\x9F\x98\x80'"};
  one.action = "copy";
  one.payload = std::string(100000, 'x');
  one.creates = OwnedName({"FUNCTION", "s\"", "n", "(integer)"});
  one.belongs_to = table(9);
  one.failure = "not there";
  one.remedy = "make it";
  const auto back = decode(encode({one, Step{}}));
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(encode({back[0]}), encode({one}));
  EXPECT_EQ(back[0].key.size(), 4U);
  EXPECT_EQ(back[0].payload.size(), 100000U);
  EXPECT_EQ(back[0].creates.schema, "s\"");
  EXPECT_EQ(back[0].failure + ", " + back[0].remedy, "not there, make it");
}

TEST(Codec, RefusesDamage) {
  const std::string bytes = encode({step("g", "k")});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(decode(std::string_view(bytes).substr(0, size)), Error) << size;
}

TEST(Builder, RefusesAKeyTwice) {
  Builder builder;
  StepSpec spec;
  spec.group = spec.key = "x";
  builder.add(spec);
  EXPECT_THROW(builder.add(spec), Error);
}

TEST(Builder, RefusesAnActionThatMayFail) {
  Builder builder;
  StepSpec spec;
  spec.group = spec.key = "x";
  spec.failure = "not there";
  builder.add(spec);
  spec.key = "y";
  spec.action = "copy";
  EXPECT_THROW(builder.add(spec), Error);
}

constexpr std::uint64_t kMuch = std::uint64_t{64} << 20;

// The bytes of a job are those that move.
TEST(PlanBuilder, CostWithoutAnActionIsEffort) {
  Builder builder;
  StepSpec spec{.group = "g", .key = "refresh", .kind = "refresh", .label = "g"};
  spec.cost = 5;
  spec.effort = 2;
  builder.add(spec);
  spec.key = "copy";
  spec.action = "copy";
  builder.add(spec);
  EXPECT_EQ(builder.steps[0].cost, 0U);
  EXPECT_EQ(builder.steps[0].effort, 7U);
  EXPECT_EQ(builder.steps[1].cost, 5U);
  EXPECT_EQ(builder.steps[1].effort, 2U);
}

Step build(const std::string& group, std::uint64_t effort) {
  Step built = step(group, group, {}, Phase::finish);
  built.effort = effort;
  return built;
}

// Reads the source, moving so much.
Step copy(const std::string& group, std::uint64_t cost) {
  Step copied = step(group, group, {}, Phase::load, Milestone::none, cost);
  copied.strategy = "table";
  copied.action = "copy";
  return copied;
}

TEST(Queue, NoMoreBuildsThanAllowedRunAtOnce) {
  Running run(compile({build("a", 4 * kMuch), build("b", 3 * kMuch), build("c", 2 * kMuch),
                       build("small", 1), copy("rows", kMuch)},
                      {}),
              {}, 2);
  EXPECT_EQ(run.claim(), "a");
  EXPECT_EQ(run.claim(), "b");
  EXPECT_EQ(run.claim(), "rows");  // though `c` is more urgent
  EXPECT_EQ(run.claim(), "small");
  EXPECT_EQ(run.claim(), "");
  EXPECT_EQ(run.queue->idle_of(9), 0U);
  run.end("small");
  EXPECT_EQ(run.claim(), "");
  EXPECT_EQ(run.queue->abandon(0).size(), 3U);
  EXPECT_EQ(run.claim(), "a");
  EXPECT_EQ(run.claim(), "b");
  run.end("b");
  EXPECT_EQ(run.claim(), "c");
  run.end("c");
  EXPECT_EQ(run.claim(), "rows");
  EXPECT_EQ(run.queue->idle_of(9), 1U);  // the second build that may run
  run.end("a");
  run.end("rows");
  EXPECT_TRUE(run.queue->finished());
}

TEST(Queue, OneBuildMayAlwaysRun) {
  Running run(compile({build("a", 2 * kMuch), build("b", kMuch)}, {}), {}, 0);
  EXPECT_EQ(run.claim(), "a");
  EXPECT_EQ(run.claim(), "");
  run.end("a");
  EXPECT_EQ(run.claim(), "b");
}

// While the largest table is being made, nobody begins with a lesser one.
TEST(Queue, ALongTaskWaitsForTheMoment) {
  Step largest = copy("largest rows", 9 * kMuch);
  largest.provides = {table(2)};
  const std::vector<Step> steps = {step("largest", "largest", {table(1)}), largest,
                                   copy("lesser", kMuch), copy("small", 1)};
  for (const TaskStatus verdict : {TaskStatus::completed, TaskStatus::failed}) {
    Running run(compile(steps, {{table(2), table(1)}}));
    EXPECT_EQ(run.claim(), "largest");
    EXPECT_EQ(run.claim(), "");
    run.end("largest", verdict);
    if (verdict == TaskStatus::completed) {
      EXPECT_EQ(run.claim(), "largest rows");
    }
    EXPECT_EQ(run.claim(), "lesser");
    EXPECT_EQ(run.claim(), "small");
  }
  Running run(compile(steps, {{table(2), table(1)}}));
  EXPECT_EQ(run.claim(), "largest");
  run.queue->abandon(0);
  EXPECT_EQ(run.claim(), "largest");
}

// Property: whatever the graph, every task is claimed once, and after all that it requires.
TEST(Queue, RandomPlansRunInOrder) {
  std::mt19937 random(42);
  for (int round = 0; round < 50; ++round) {
    const std::uint32_t count = 1 + random() % 60;
    std::vector<Step> steps;
    for (std::uint32_t i = 0; i < count; ++i)
      steps.push_back(step("g" + std::to_string(i), "k" + std::to_string(i), {table(100 + i)},
                           random() % 2 == 0 ? Phase::load : Phase::define,
                           static_cast<Milestone>(random() % 3), random() % 4 * kMuch));
    std::vector<Dependency> dependencies;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
    for (std::uint32_t i = 0; i < count * 2; ++i) {
      const std::uint32_t a = random() % count;
      const std::uint32_t b = random() % count;
      if (a >= b) continue;  // acyclic
      dependencies.push_back({table(100 + b), table(100 + a)});
      edges.emplace_back(a, b);
    }
    Running run(compile(steps, dependencies), {}, random() % 3);
    std::map<std::string, std::size_t> order;
    std::vector<std::string> open;
    while (!run.queue->finished()) {
      const std::string key = run.claim();
      if (!key.empty()) {
        ASSERT_TRUE(order.emplace(key, order.size()).second);
        open.push_back(key);
      }
      if (key.empty() || random() % 2 == 0) {
        ASSERT_FALSE(open.empty()) << "stuck";
        std::swap(open[random() % open.size()], open.back());
        run.end(open.back());
        open.pop_back();
      }
    }
    EXPECT_EQ(order.size(), count);
    for (const auto& [a, b] : edges)
      EXPECT_LT(order.at("g" + std::to_string(a)), order.at("g" + std::to_string(b)));
  }
}

}  // namespace
}  // namespace pgclone::plan
