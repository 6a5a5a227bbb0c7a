// A job stays in its owner's role, and stays his when the extension is dropped under it.
#include <memory>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class JobRoles : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    static const bool prepared = [] {
      for (Cluster* cluster : {&source_server(), &target_server()}) {
        Sql(cluster->conninfo())
            .exec(
                "CREATE ROLE app LOGIN PASSWORD 'secret'; CREATE ROLE other LOGIN;"
                "CREATE ROLE team NOLOGIN");
      }
      source_server().append_hba_first("host all app 127.0.0.1/32 scram-sha-256");
      source_server().reload();
      return true;
    }();
    ASSERT_TRUE(prepared);
    grant();
    target_.exec("GRANT CREATE ON DATABASE " + sql::identifier(target_db_.name()) +
                 " TO app, team; GRANT CREATE ON SCHEMA public TO app");
  }

  void grant() {
    target_.exec(
        "GRANT USAGE ON SCHEMA pgclone TO app, other, team;"
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO app, other, team;"
        "GRANT SELECT ON pgclone.jobs_view, pgclone.tasks TO app, other, team");
  }

  [[nodiscard]] std::string app_source() const {
    return sql::literal(source_server().tcp_conninfo(source_db_.name(), "app", "secret"));
  }
  Sql connect_as(const std::string& role) {
    return Sql(target_server().tcp_conninfo(target_db_.name(), role));
  }

  // s.t has rows for which the source's code runs on the target, as whoever clones.
  void make_source(const std::string& function) {
    source_.exec(
        "CREATE SCHEMA s; CREATE FUNCTION s.grab() RETURNS text LANGUAGE plpgsql AS $$ BEGIN"
        " IF current_setting('is_superuser') = 'on' THEN ALTER ROLE team SUPERUSER; END IF;"
        " RETURN current_user; END $$;" +
        function +
        "CREATE TABLE s.t (a int); INSERT INTO s.t SELECT g FROM generate_series(1, 3) AS g;"
        "CREATE TABLE s.u (a int GENERATED ALWAYS AS (1) STORED, b int);"
        "ALTER TABLE s.t ADD CHECK (s.try(a));"
        "GRANT USAGE ON SCHEMA s TO app; GRANT SELECT ON s.t, s.u TO app");
  }
  static std::string plpgsql(const std::string& body, const std::string& more = {}) {
    return "CREATE FUNCTION s.try(int) RETURNS bool LANGUAGE plpgsql " + more +
           " AS $f$ BEGIN IF current_setting('pgclone.max_jobs', true) IS NULL THEN RETURN true;"
           " END IF; " +
           body + " RETURN true; END $f$;";
  }
  int submit_as_team(const std::string& options) {
    target_.exec("SET ROLE team");
    const std::string job =
        target_.value(call("schema_async", app_source() + ", 's', true, " + sql::literal(options)));
    target_.exec("RESET ROLE");
    return std::stoi(job);
  }
  void expect_nothing_grabbed(const std::string& how) {
    EXPECT_EQ(target_.value("SELECT rolsuper FROM pg_roles WHERE rolname = 'team'"), "f") << how;
    target_.exec("ALTER ROLE team NOSUPERUSER");
  }
};

constexpr const char* kEscapes[] = {"RESET ROLE",
                                    "SET ROLE NONE",
                                    "SET ROLE postgres",
                                    "SET LOCAL ROLE NONE",
                                    "RESET SESSION AUTHORIZATION",
                                    "SET SESSION AUTHORIZATION DEFAULT",
                                    "SET SESSION AUTHORIZATION postgres",
                                    "SELECT set_config('role', 'none', false)",
                                    "SELECT set_config('session_authorization', 'postgres', true)"};

TEST_F(JobRoles, CodeOfTheSourceDoesNotLeaveTheRole) {
  for (const char* escape : kEscapes) {
    make_source(plpgsql("EXECUTE " + sql::literal(escape) + "; PERFORM s.grab();"));
    const int job = submit_as_team("{}");
    EXPECT_EQ(wait(job), "failed") << escape;
    const SqlReport error = state(job).error;
    EXPECT_EQ(error.sqlstate, "42501") << escape;
    EXPECT_THAT(error.message, HasSubstr("within security-definer function")) << escape;
    expect_nothing_grabbed(escape);
    source_.exec("DROP SCHEMA s CASCADE");
    target_.exec("DROP SCHEMA s CASCADE");
  }
}

// Nor when it swallows the error, has a clause of its function do it, or comes at the commit.
TEST_F(JobRoles, NorByDetours) {
  std::string all;
  for (const char* escape : kEscapes) {
    all += "BEGIN EXECUTE " + sql::literal(escape) +
           "; EXCEPTION WHEN insufficient_privilege THEN NULL; END; PERFORM s.grab(); ";
  }
  const std::string detours[] = {
      plpgsql(all),
      plpgsql("BEGIN EXECUTE 'DECLARE c' || $1 || ' CURSOR WITH HOLD FOR SELECT s.late()'; END;") +
          "CREATE FUNCTION s.late() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN EXECUTE 'RESET"
          " ROLE'; RETURN s.grab(); EXCEPTION WHEN insufficient_privilege THEN RETURN ''; END $f$;",
      plpgsql("CREATE TEMP TABLE IF NOT EXISTS q (a int); CREATE OR REPLACE FUNCTION"
              " pg_temp.late() RETURNS trigger LANGUAGE plpgsql AS $g$ BEGIN EXECUTE 'RESET ROLE';"
              " PERFORM s.grab(); RETURN NULL; EXCEPTION WHEN insufficient_privilege THEN RETURN"
              " NULL; END $g$; IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'late') THEN"
              " CREATE CONSTRAINT TRIGGER late AFTER INSERT ON q DEFERRABLE INITIALLY DEFERRED FOR"
              " EACH ROW EXECUTE FUNCTION pg_temp.late(); END IF; INSERT INTO q VALUES (1);")};
  for (const std::string& detour : detours) {
    for (const char* options : {"{}", R"({"parallel": 4})"}) {
      make_source(detour);
      expect_completed(submit_as_team(options));
      EXPECT_EQ(target_.value("SELECT count(*) FROM s.t"), "3");
      EXPECT_EQ(target_.value("SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 's'"),
                "team");
      expect_nothing_grabbed(detour + options);
      source_.exec("DROP SCHEMA s CASCADE");
      target_.exec("DROP SCHEMA s CASCADE");
    }
  }
}

// A clause that changes the role can't even be set there.
TEST_F(JobRoles, NorDoesAClauseOfAFunction) {
  make_source(plpgsql("PERFORM s.leave();") +
              "CREATE FUNCTION s.leave() RETURNS text LANGUAGE sql SET role = 'none' AS"
              " 'SELECT s.grab()';");
  const int job = submit_as_team("{}");
  EXPECT_EQ(wait(job), "failed");
  const SqlReport error = state(job).error;
  EXPECT_EQ(error.sqlstate, "42501");
  EXPECT_THAT(error.hint, HasSubstr("Submit it as a role with LOGIN"));
  expect_nothing_grabbed("SET role = 'none'");
}

// In one's own session it is as with any other statement there: docs/security.md.
TEST_F(JobRoles, ASynchronousCloneRunsInTheCallersSession) {
  make_source(plpgsql("EXECUTE 'RESET ROLE'; PERFORM s.grab();"));
  target_.exec("SET ROLE team");
  target_.exec(call("schema", app_source() + ", 's'"));
  EXPECT_EQ(target_.value("SELECT rolsuper FROM pg_roles WHERE rolname = 'team'"), "t");
  target_.exec("RESET ROLE; ALTER ROLE team NOSUPERUSER");
}

class DroppedExtension : public JobRoles, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    JobRoles::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 1 AS id; GRANT USAGE ON SCHEMA s TO app;"
        "GRANT SELECT ON s.t TO app");
    gate_ = std::make_unique<Gate>(source_db_);
    app_ = std::make_unique<Sql>(connect_as("app"));
    const std::string options =
        std::string(R"({"data": {"t": ")") + Gate::kPass + "\"}, " + GetParam() + "}";
    job_ =
        app_->value(call("schema_async", app_source() + ", 's', true, " + sql::literal(options)));
    wait_for_blocked_source();
    target_.exec("DROP EXTENSION pgclone CASCADE; CREATE EXTENSION pgclone");
    grant();
  }
  std::string seen_by(Sql& who) {
    return who.value(
        "SELECT coalesce(string_agg(job_id || ' ' || status || ' ' || owner, ', '"
        " ORDER BY job_id), '') FROM pgclone.jobs_view WHERE job_id IS NOT NULL");
  }

  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Sql> app_;
  std::string job_;
};

TEST_P(DroppedExtension, ItsJobCanBeSeenAndCancelled) {
  Sql other = connect_as("other");
  EXPECT_EQ(seen_by(*app_), job_ + " running app");
  EXPECT_EQ(seen_by(target_), job_ + " running app");
  EXPECT_EQ(seen_by(other), "");
  EXPECT_EQ(other.expect_error("SELECT pgclone.cancel(" + job_ + ")").sqlstate, "42704");
  // A new job is another one, and bears another number.
  const std::string next = app_->value(call("table_async", app_source() + ", 'public', 'missing'"));
  EXPECT_NE(next, job_);
  EXPECT_EQ(app_->value("SELECT pgclone.wait(" + next + ")"), "failed");
  EXPECT_EQ(seen_by(*app_), job_ + " running app, " + next + " failed app");

  EXPECT_EQ(app_->value("SELECT pgclone.cancel(" + job_ + ")"), "t");
  EXPECT_EQ(app_->value("SELECT pgclone.wait(" + job_ + ", '20 s')"), "cancelled");
  EXPECT_EQ(seen_by(*app_), job_ + " cancelled app, " + next + " failed app");
  EXPECT_EQ(app_->expect_error("SELECT pgclone.resume(" + job_ + ")").sqlstate, "55000");
  EXPECT_EQ(app_->value("SELECT pgclone.clear_jobs()"), "2");
  EXPECT_EQ(seen_by(*app_), "");
  EXPECT_FALSE(exists("s.t"));
  expect_no_backends();
}

TEST_P(DroppedExtension, WhatItCannotRecordIsNotDone) {
  gate_->open();
  EXPECT_EQ(app_->value("SELECT pgclone.wait(" + job_ + ", '20 s')"), "failed");
  EXPECT_EQ(app_->value("SELECT pgclone.progress(" + job_ + ")->'error'->>'message'"),
            "the journal of clone job " + job_ + " is gone");
  EXPECT_EQ(seen_by(*app_), job_ + " failed app");
  EXPECT_FALSE(exists("s.t"));
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.task"), "0");
  expect_no_backends();
}

INSTANTIATE_TEST_SUITE_P(Pools, DroppedExtension,
                         ::testing::Values(R"("parallel": 1)", R"("parallel": 4)"),
                         [](const auto& pool) { return pool.index == 0 ? "alone" : "pool"; });

}  // namespace
}  // namespace pgclone::integration
