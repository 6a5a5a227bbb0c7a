#include "job/progress_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace pgclone::job {
namespace {

JobProgress running(std::uint64_t work_done, std::uint64_t bytes_total) {
  JobProgress progress;
  progress.job_id = 7;
  progress.status = Status::running;
  progress.work_done = work_done;
  progress.bytes_total = bytes_total;
  return progress;
}

TEST(Percent, FollowsTheWorkDone) {
  EXPECT_EQ(percent(running(0, 1000)), 0.0);
  EXPECT_EQ(percent(running(1, 3)), 33.3);
  EXPECT_EQ(percent(running(600, 1000)), 60.0);
  EXPECT_EQ(percent(running(290, 1000)), 29.0);
}

TEST(Percent, ShowsNoHundredBeforeTheVerdict) {
  EXPECT_EQ(percent(running(99999, 100000)), 99.9);
  EXPECT_EQ(percent(running(1000, 1000)), 99.9);
  EXPECT_EQ(percent(running(5000, 1000)), 99.9);
  for (const Status status : {Status::pending, Status::failed, Status::cancelled}) {
    JobProgress ended = running(1000, 1000);
    ended.status = status;
    EXPECT_EQ(percent(ended), 99.9);
  }
}

TEST(Percent, OfACompletedJobIsHundredWhateverTheEstimateWas) {
  JobProgress done = running(400, 1000);
  done.status = Status::completed;
  EXPECT_EQ(percent(done), 100.0);
}

TEST(Percent, CountsTablesWhenThereAreNoBytes) {
  JobProgress progress = running(0, 0);
  EXPECT_EQ(percent(progress), 0.0);
  progress.tables_total = 8;
  progress.tables_completed = 2;
  EXPECT_EQ(percent(progress), 25.0);
}

TEST(Eta, IsTheRestAtThePaceSoFar) {
  JobProgress progress = running(250, 1000);
  progress.work_ms = 2000;
  progress.elapsed_ms = 9000;
  EXPECT_EQ(eta_ms(progress), 6000);
}

TEST(Eta, IsUnknownBeforeThereIsAPaceAndAfterTheEnd) {
  EXPECT_EQ(eta_ms(running(0, 1000)), std::nullopt);
  EXPECT_EQ(eta_ms(running(10, 1000)), std::nullopt);
  JobProgress ended = running(250, 1000);
  ended.work_ms = 2000;
  ended.status = Status::failed;
  EXPECT_EQ(eta_ms(ended), std::nullopt);
}

TEST(Eta, IsZeroWhenTheEstimateWasTooLow) {
  JobProgress progress = running(2000, 1000);
  progress.work_ms = 10;
  EXPECT_EQ(eta_ms(progress), 0);
}

TEST(ClockText, GoesOnPastTwoDigitsOfHours) {
  EXPECT_EQ(clock_text(0), "00:00:00");
  EXPECT_EQ(clock_text(999), "00:00:00");
  EXPECT_EQ(clock_text(510000), "00:08:30");
  EXPECT_EQ(clock_text(359999000), "99:59:59");
  EXPECT_EQ(clock_text(360000000), "100:00:00");
  EXPECT_EQ(clock_text(-5), "00:00:00");
}

TEST(ProgressBar, HasTwentyCells) {
  JobProgress progress = running(600, 1000);
  progress.rows_copied = 450000;
  progress.elapsed_ms = 510000;
  EXPECT_EQ(progress_bar(progress),
            "[████████████░░░░░░░░] 60.0% | 450000 rows | 00:08:30 elapsed");
}

TEST(ProgressBar, IsFullOnlyWhenCompleted) {
  JobProgress progress = running(1000, 1000);
  EXPECT_EQ(progress_bar(progress), "[███████████████████░] 99.9% | 0 rows | 00:00:00 elapsed");
  progress.status = Status::completed;
  EXPECT_EQ(progress_bar(progress), "[████████████████████] 100.0% | 0 rows | 00:00:00 elapsed");
}

TEST(TimestampText, IsIsoInUtc) {
  EXPECT_EQ(timestamp_text(0), "1970-01-01 00:00:00.000000+00");
  EXPECT_EQ(timestamp_text(1769903999123456), "2026-01-31 23:59:59.123456+00");
  EXPECT_EQ(timestamp_text(-1), "1969-12-31 23:59:59.999999+00");
}

TEST(ToJson, HasEveryFieldAndNullsForWhatIsUnknown) {
  JobProgress progress = running(0, 10);
  progress.op_type = "schema";
  progress.schema_name = "S \"x\"";
  progress.phase = "planning";
  progress.owner = "alice";
  progress.database = "db";
  EXPECT_EQ(boost::json::parse(to_json(progress)), boost::json::parse(R"({
    "job_id": 7, "status": "running", "op_type": "schema", "schema_name": "S \"x\"",
    "table_name": null, "phase": "planning", "tables_completed": 0, "tables_total": 0,
    "rows_copied": 0, "bytes_copied": 0, "bytes_total": 10, "current_table": null,
    "pct_complete": 0.0, "elapsed_ms": 0, "eta_ms": null,
    "start_time": "1970-01-01 00:00:00.000000+00", "end_time": null, "retries": 0,
    "failed_tasks": 0, "owner": "alice", "database": "db", "source": null, "snapshot_id": null,
    "resumed_from": null, "error": null})"));
}

TEST(ToJson, TellsTheErrorInFull) {
  JobProgress progress;
  progress.status = Status::failed;
  progress.error = ErrorText{"42P01", "no \"t\"", "cause", ""};
  progress.end_time = 1000000;
  progress.resumed_from = 3;
  const auto parsed = boost::json::parse(to_json(progress)).as_object();
  EXPECT_EQ(
      parsed.at("error"),
      boost::json::parse(
          R"({"sqlstate": "42P01", "message": "no \"t\"", "detail": "cause", "hint": null})"));
  EXPECT_EQ(parsed.at("end_time"), "1970-01-01 00:00:01.000000+00");
  EXPECT_EQ(parsed.at("resumed_from"), 3);
}

TEST(ToJson, WritesThePercentAsUsersDo) {
  EXPECT_THAT(to_json(running(600, 1000)), ::testing::HasSubstr("\"pct_complete\":60.0}"));
}

TEST(ToJson, OfAListIsAnArray) {
  EXPECT_EQ(to_json(std::vector<JobProgress>{}), "[]");
  const auto parsed = boost::json::parse(to_json(std::vector{running(1, 2), running(3, 4)}));
  EXPECT_EQ(parsed.as_array().size(), 2U);
}

}  // namespace
}  // namespace pgclone::job
