// What index builds of a pool may take of the server.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

class MaintenanceSettings : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    target_.exec(
        "CREATE TABLE public.built (memory text, helpers int);"
        "CREATE FUNCTION public.note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO public.built VALUES (pg_catalog.current_setting('maintenance_work_mem'),"
        " pg_catalog.current_setting('max_parallel_maintenance_workers')::int); END $$;"
        "CREATE EVENT TRIGGER note ON ddl_command_start WHEN TAG IN ('CREATE INDEX')"
        " EXECUTE FUNCTION public.note()");
    source_.exec("CREATE SCHEMA s");
  }

  std::string built(const std::string& condition) {
    return target_.value("SELECT count(*) FROM public.built WHERE " + condition);
  }
};

TEST_F(MaintenanceSettings, NoHelpersWhileOthersHaveWork) {
  for (int i = 0; i < 20; ++i) {
    const std::string table = "s.t" + std::to_string(i);
    source_.exec("CREATE TABLE " + table + " (a int); CREATE INDEX ON " + table + " (a)");
  }
  expect_completed(submit("schema", R"('s', true, '{"parallel": 2}')"));
  EXPECT_EQ(built("true"), "20");
  EXPECT_GE(std::stoi(built("helpers = 0")), 19);  // the last may have the idle worker's place
  EXPECT_EQ(built("memory <> pg_catalog.current_setting('maintenance_work_mem')"), "0");
}

TEST_F(MaintenanceSettings, TheLastIndexHasThePlacesOfIdleWorkersAndMemoryIsShared) {
  source_.exec(
      "CREATE TABLE s.large (a int, b text); CREATE INDEX ON s.large (a);"
      "INSERT INTO s.large SELECT g, pg_catalog.repeat('x', 400)"
      " FROM pg_catalog.generate_series(1, 2000) AS g");
  target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) +
               " SET pgclone.maintenance_work_mem = '90MB'");
  target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) +
               " SET pgclone.max_builds = 9");
  expect_completed(submit("schema", R"('s', true, '{"parallel": 3, "split_bytes": 262144}')"));
  EXPECT_EQ(target_.rows("SELECT memory, helpers FROM public.built"), (Rows{{"30MB", "2"}}));
}

// Each build looks for the others that run at its end.
TEST_F(MaintenanceSettings, NoMoreBuildsThanAllowedRunAtOnce) {
  source_.exec(
      "CREATE TABLE s.large (a int, b text);"
      "INSERT INTO s.large SELECT g, pg_catalog.repeat('x', 400)"
      " FROM pg_catalog.generate_series(1, 100000) AS g;"
      "CREATE INDEX ON s.large (a); CREATE INDEX ON s.large (b); CREATE INDEX ON s.large (a, b);"
      "CREATE INDEX ON s.large (b, a)");
  target_.exec(
      "DROP EVENT TRIGGER note; CREATE TABLE public.seen (n int);"
      "CREATE FUNCTION public.look() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
      " INSERT INTO public.seen SELECT count(*) FROM pgclone.jobs_view"
      " WHERE parent_job_id IS NOT NULL AND current_phase = 'index'; END $$;"
      "CREATE EVENT TRIGGER look ON ddl_command_end WHEN TAG IN ('CREATE INDEX')"
      " EXECUTE FUNCTION public.look()");
  target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) +
               " SET pgclone.max_builds = 1");
  expect_completed(submit("schema", R"('s', true, '{"parallel": 4, "split_bytes": 2097152}')"));
  EXPECT_EQ(target_.rows("SELECT n FROM public.seen"), (Rows{{"1"}, {"1"}, {"1"}, {"1"}}));
}

}  // namespace
}  // namespace pgclone::integration
