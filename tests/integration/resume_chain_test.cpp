// Resumes of resumes: whatever ends each of them, and wherever, the last one goes on with what all
// of them had finished, and nothing is left over.
#include <array>
#include <optional>
#include <random>
#include <thread>

#include "fixture.hpp"
#include "support/seeds.hpp"

namespace pgclone::integration {
namespace {

enum class Stage { connecting, planning, first_task, mid_copy, late };
// What ends a job that has come to its stage. An error is raised by the stage itself.
enum class End { error, cancel, terminate, restart, lose_source };

struct Fault {
  Stage stage;
  End end;
};

// How the schema is cloned: its options, and what the target has before.
struct Way {
  const char* name;
  const char* options;
  bool replaces = false;
  bool data_only = false;
};

constexpr std::array kWays = {
    Way{"error", "{}"},
    Way{"error_in_parts", R"({"parallel": 4, "split_bytes": 40000})"},
    Way{"replace", R"({"conflict": "replace"})", true},
    Way{"replace_in_parts", R"({"conflict": "replace", "parallel": 4, "split_bytes": 40000})",
        true},
    Way{"data_only", R"({"data_only": true})", false, true},
    Way{"data_only_in_parts", R"({"data_only": true, "parallel": 4, "split_bytes": 40000})", false,
        true},
};

class ResumeChain : public CloneTest {
 protected:
  static constexpr const char* kDefinition =
      "CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('good', 'bad'); CREATE SEQUENCE s.numbers;"
      // Stops where test.at says, until the gate opens or with an error.
      "CREATE FUNCTION s.gate(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
      " IF $1::text = current_setting('test.at', true) THEN"
      "  IF current_setting('test.stop', true) = 'fail' THEN RAISE EXCEPTION 'asked to fail' USING "
      "ERRCODE = 'disk_full'; END "
      "IF;"
      "  PERFORM pg_catalog.pg_advisory_lock_shared(42); END IF; RETURN true; END $$;"
      "CREATE TABLE s.done (id int PRIMARY KEY, v text, m s.mood);"
      "CREATE TABLE s.held (id int PRIMARY KEY, v text,"
      "  passed bool GENERATED ALWAYS AS (s.gate(id)) STORED);"
      "CREATE INDEX ON s.held (v);"
      "CREATE TABLE s.child (id serial PRIMARY KEY, d int REFERENCES s.done, h int REFERENCES "
      "s.held);"
      "CREATE VIEW s.v AS SELECT d.id, h.v FROM s.done d JOIN s.held h USING (id);"
      "CREATE MATERIALIZED VIEW s.sums AS SELECT count(*) AS n, sum(id) AS total FROM s.held;";

  void prepare(const Way& way) {
    way_ = way;
    source_.exec(
        std::string(kDefinition) +
        "INSERT INTO s.done SELECT i, 'row ' || i, 'good' FROM generate_series(1, 500) i;"
        "INSERT INTO s.held (id, v) SELECT i, md5(i::text) FROM generate_series(1, 3000) i;"
        "INSERT INTO s.child (d, h) SELECT i, i * 2 FROM generate_series(1, 50) i;"
        "SELECT nextval('s.numbers'); REFRESH MATERIALIZED VIEW s.sums");
    if (way.data_only) target_.exec(kDefinition);
    if (way.replaces)
      target_.exec(
          "CREATE SCHEMA s; CREATE TABLE s.done (old text); INSERT INTO s.done VALUES ('old');"
          "CREATE TABLE s.held AS SELECT 'old' AS old; CREATE VIEW s.v AS SELECT old FROM s.done;"
          "CREATE TYPE s.mood AS ENUM ('old'); CREATE FUNCTION s.gate(int) RETURNS bool LANGUAGE "
          "sql AS 'SELECT false'");
    // Statements of a kind stop likewise.
    target_.exec(
        "CREATE FUNCTION public.stop_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_TAG = current_setting('test.tag', true) THEN"
        "  IF current_setting('test.stop', true) = 'fail' THEN RAISE EXCEPTION 'asked to fail' "
        "USING ERRCODE = 'disk_full'; "
        "END IF;"
        "  PERFORM pg_catalog.pg_advisory_lock_shared(42); END IF; END $$;"
        "CREATE EVENT TRIGGER stop_ddl ON ddl_command_start EXECUTE FUNCTION public.stop_ddl()");
    source_.exec("GRANT SELECT ON s.done TO CURRENT_USER");
  }

  void set(const std::string& name, const std::string& value) {
    target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " SET test." + name +
                 " = " + sql::literal(value));
  }

  void allow_source(bool allow) {
    Sql(source_server().conninfo())
        .exec("ALTER DATABASE " + sql::identifier(source_db_.name()) + " ALLOW_CONNECTIONS " +
              (allow ? "true" : "false"));
  }

  // The first job, or the one that goes on.
  int start() {
    job_ = job_ == 0
               ? submit("schema", "'s', options => " + sql::literal(way_.options))
               : std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job_) + ")"));
    return job_;
  }

  bool has_ended() {
    return target_.value(
               "SELECT status NOT IN ('pending', 'running') FROM pgclone.jobs_view"
               " WHERE parent_job_id IS NULL AND job_id = " +
               std::to_string(job_)) == "t";
  }

  // Waits until somebody does; false when the job has ended without.
  bool reaches(Sql& sql, const std::string& condition) {
    for (;;) {
      if (sql.value(condition) == "t") return true;
      if (has_ended()) return sql.value(condition) == "t";
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  void end_it(End end) {
    switch (end) {
      case End::error:
      case End::lose_source:
        source_.exec(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = "
            "current_database() AND application_name LIKE 'pgclone%'");
        break;
      case End::cancel:
        target_.exec("SELECT pgclone.cancel(" + std::to_string(job_) + ")");
        break;
      case End::terminate:
        target_.exec(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
            "current_database() AND backend_type = 'pgclone coordinator'");
        break;
      case End::restart:
        target_.exec("SELECT pg_logical_emit_message(true, 'flush', '')");
        target_server().restart(test::StopMode::immediate);
        reconnect();
        break;
    }
  }

  // A job that comes to this fault. Its status; none when it ended without coming there.
  std::string run_into(Fault fault) {
    if (fault.stage == Stage::connecting) {
      allow_source(false);
      start();
      const std::string status = wait(job_);
      allow_source(true);
      return status;
    }
    if (fault.stage == Stage::planning) {
      Sql other = source_db_.connect();
      other.exec("BEGIN; LOCK TABLE s.held IN ACCESS EXCLUSIVE MODE");
      start();
      if (reaches(source_,
                  "SELECT count(*) > 0 FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                  " WHERE d.datname = current_database() AND NOT l.granted"))
        end_it(fault.end);
      const std::string status = wait(job_);
      other.exec("ROLLBACK");
      return status;
    }
    set("stop", fault.end == End::error ? "fail" : "gate");
    if (fault.stage == Stage::mid_copy || way_.data_only) {
      set("at", std::to_string(std::uniform_int_distribution(1, 3000)(random_)));
    } else {
      set("tag", fault.stage == Stage::first_task ? "CREATE SCHEMA"
                 : way_.replaces                  ? "DROP TABLE"
                                                  : "REFRESH MATERIALIZED VIEW");
    }
    const std::string status = [&] {
      std::optional<Gate> gate(target_db_);
      start();
      if (fault.end != End::error &&
          reaches(target_,
                  std::string("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid IN (") +
                      kWorkers + ") AND wait_event = 'advisory')"))
        end_it(fault.end);
      // Workers that wait for the gate have lost nothing but their source's snapshot.
      if (fault.end == End::lose_source) gate.reset();
      return wait(job_);
    }();
    for (const char* name : {"stop", "at", "tag"}) set(name, "");
    return status;
  }

  void expect_old_stands() {
    if (!way_.replaces) return;
    EXPECT_EQ(target_.value("SELECT old FROM s.done"), "old");
    EXPECT_EQ(target_.value("SELECT old FROM s.held"), "old");
  }

  void expect_nothing_left() {
    expect_no_backends();
    EXPECT_EQ(target_.value("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pgclone\\_%'"),
              "0");
    EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.job WHERE staging_schema IS NOT NULL"
                            " AND status <> 'completed'"),
              "0");
    target_.exec("SELECT pgclone.clear_jobs()");
    EXPECT_EQ(target_.value("SELECT (SELECT count(*) FROM pgclone.job) + (SELECT count(*) FROM "
                            "pgclone.task) + (SELECT count(*) FROM pgclone.inherited)"),
              "0");
  }

  void finish() {
    start();
    expect_completed(job_);
    expect_equal("s");
    expect_nothing_left();
  }

  Way way_ = kWays[0];
  int job_ = 0;
  std::mt19937 random_{1};
};

class EveryWay : public ResumeChain, public ::testing::WithParamInterface<Way> {};

// Each link ends at another stage, the later ones before they come as far as those before them.
TEST_P(EveryWay, WhatTheFirstOneFinishedIsKept) {
  prepare(GetParam());
  EXPECT_EQ(run_into({Stage::late, End::restart}), "failed");
  const std::string finished = target_.value(
      "SELECT count(*) FROM pgclone.task WHERE kind <> 'rows' AND status = 'completed'");
  expect_old_stands();
  EXPECT_EQ(run_into({Stage::connecting, End::error}), "failed");
  EXPECT_EQ(run_into({Stage::planning, End::cancel}), "cancelled");
  EXPECT_EQ(run_into({Stage::planning, End::restart}), "failed");
  expect_old_stands();
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pgclone\\_%'"),
            GetParam().replaces ? "1" : "0");
  start();
  expect_completed(job_);
  // Not made again: they were complete before they began. But for rows of a table of which only a
  // part was there.
  EXPECT_EQ(
      target_.value("SELECT count(*) >= " + finished +
                    " FROM pgclone.task WHERE kind <> 'rows' AND start_time IS NULL AND job_id = " +
                    std::to_string(job_)),
      "t");
  expect_equal("s");
  expect_nothing_left();
}

TEST_P(EveryWay, EachLinkEndsSomewhereElse) {
  prepare(GetParam());
  run_into({Stage::mid_copy, End::restart});
  run_into({Stage::connecting, End::error});
  run_into({Stage::mid_copy, End::terminate});
  run_into({Stage::planning, End::lose_source});
  run_into({Stage::late, End::error});
  expect_old_stands();
  finish();
}

std::string way_name(const ::testing::TestParamInfo<Way>& way) {
  return way.param.name;
}

INSTANTIATE_TEST_SUITE_P(Ways, EveryWay, ::testing::ValuesIn(kWays), way_name);

// What resumes what, asked of any link.
TEST_F(ResumeChain, OnlyTheLastLinkIsResumed) {
  prepare(kWays[0]);
  run_into({Stage::connecting, End::error});
  const std::string first = std::to_string(job_);
  run_into({Stage::connecting, End::error});
  run_into({Stage::connecting, End::error});
  const SqlReport report = target_.expect_error("SELECT pgclone.resume(" + first + ")");
  EXPECT_EQ(report.sqlstate, "55000");
  EXPECT_THAT(report.hint, HasSubstr("pgclone.resume(" + std::to_string(job_) + ")"));
  finish();
}

TEST_F(ResumeChain, AClearedChainTakesItsStagingSchemaAlong) {
  prepare(kWays[2]);
  run_into({Stage::mid_copy, End::restart});
  run_into({Stage::connecting, End::error});
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pgclone\\_%'"),
            "1");
  target_.clear_notices();
  EXPECT_EQ(target_.value("SELECT pgclone.clear_jobs()"), "2");
  ASSERT_EQ(target_.notices().size(), 1U);
  EXPECT_EQ(target_.notices()[0].message,
            "the staging schema pgclone_staging_1 of job 2 was dropped");
  expect_old_stands();
  expect_nothing_left();
}

// A schema that only has the name is somebody else's.
TEST_F(ResumeChain, ASchemaOfThatNameThatIsNotOursStays) {
  prepare(kWays[2]);
  run_into({Stage::mid_copy, End::restart});
  target_.exec(
      "DROP SCHEMA pgclone_staging_1 CASCADE; CREATE SCHEMA pgclone_staging_1;"
      "CREATE TABLE pgclone_staging_1.mine AS SELECT 1 AS a");
  run_into({Stage::connecting, End::error});
  start();
  expect_completed(job_);
  expect_equal("s");
  target_.exec("SELECT pgclone.clear_jobs()");
  EXPECT_EQ(target_.value("SELECT a FROM pgclone_staging_1.mine"), "1");
}

TEST_F(ResumeChain, NumbersGoOnByOneAfterACrash) {
  prepare(kWays[0]);
  EXPECT_EQ(run_into({Stage::mid_copy, End::restart}), "failed");
  EXPECT_EQ(job_, 1);
  run_into({Stage::planning, End::restart});
  EXPECT_EQ(job_, 2);
  target_.exec("SELECT pgclone.clear_jobs()");
  job_ = 0;
  target_.exec("DROP SCHEMA s CASCADE");
  finish();
  EXPECT_EQ(job_, 3);
}

// The source goes on living: what is new there is cloned, also in what was finished before.
TEST_F(ResumeChain, TheSourceGetsMoreMeanwhile) {
  prepare(kWays[0]);
  EXPECT_EQ(run_into({Stage::late, End::restart}), "failed");
  source_.exec("CREATE INDEX ON s.done (v); CREATE TABLE s.fresh AS SELECT 1 AS a");
  EXPECT_EQ(run_into({Stage::connecting, End::error}), "failed");
  source_.exec("CREATE VIEW s.later AS SELECT a FROM s.fresh; CREATE INDEX ON s.child (d)");
  finish();
}

class RandomChain : public ResumeChain, public ::testing::WithParamInterface<std::uint64_t> {
 protected:
  template <typename Items>
  auto pick(const Items& items) {
    return items[std::uniform_int_distribution<std::size_t>(0, std::size(items) - 1)(random_)];
  }
};

TEST_P(RandomChain, EndsWell) {
  random_.seed(static_cast<unsigned>(GetParam()));
  prepare(kWays[GetParam() % kWays.size()]);
  const int faults = std::uniform_int_distribution(2, 4)(random_);
  int changes = 0;
  for (int i = 0; i < faults; ++i) {
    constexpr std::array kStages = {Stage::connecting, Stage::planning, Stage::first_task,
                                    Stage::mid_copy,   Stage::mid_copy, Stage::late};
    constexpr std::array kEnds = {End::error, End::cancel, End::terminate, End::restart,
                                  End::lose_source};
    const Fault fault{pick(kStages), pick(kEnds)};
    const std::string status = run_into(fault);
    SCOPED_TRACE("fault " + std::to_string(static_cast<int>(fault.stage)) + "/" +
                 std::to_string(static_cast<int>(fault.end)) + ": job " + std::to_string(job_) +
                 " " + status);
    // It was past that stage before.
    if (status == "completed") {
      expect_equal("s");
      expect_nothing_left();
      return;
    }
    expect_old_stands();
    if (!way_.data_only && random_() % 2 == 0)
      source_.exec("CREATE TABLE s.new" + std::to_string(++changes) +
                   " (id int PRIMARY KEY, v int); CREATE INDEX ON s.done (v, id)");
  }
  finish();
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomChain, ::testing::ValuesIn(test::seeds("1-30")));

}  // namespace
}  // namespace pgclone::integration
