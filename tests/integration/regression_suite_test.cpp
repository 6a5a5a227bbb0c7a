// The database that PostgreSQL's own regression tests leave behind: some 600 tables and views of
// every kind that the server's developers thought of, cloned schema by schema.
//
// PGCLONE_TEST_REGRESS=<PostgreSQL 15's sources>/src/test/regress runs it; it takes a minute. The
// sources come with `apt-get source postgresql-15`. Skipped otherwise.
#include <cstdlib>

#include "integration/fixture.hpp"
#include "support/process.hpp"

namespace pgclone::integration {
namespace {

// Objects of the database, not of a schema, which schemas there need; and what is needed in a
// circle by two schemas, of which one has to be first. And a materialized view that is out of date
// there, while a clone's is filled anew.
constexpr const char* kOfTheDatabase =
    "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;"
    "CREATE TRANSFORM FOR int LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal),"
    " TO SQL WITH FUNCTION int4recv(internal))";
constexpr const char* kCircle = "DROP SCHEMA mvtest_mvschema CASCADE";
constexpr const char* kOutOfDate = "REFRESH MATERIALIZED VIEW public.mvtest_bb";

class RegressionSuite : public CloneTest {
 protected:
  // Tests of the suite that fail, for a minor version or a locale, leave their objects all the
  // same.
  void run_suite(const std::string& regress) {
    namespace fs = std::filesystem;
    const fs::path folder = fs::path(source_server().socket_dir()) / "regress";
    fs::copy(regress, folder, fs::copy_options::recursive);
    fs::create_directories(folder / "testtablespace");
    const std::string path = folder.string();
    test::check_process({"sh", "-c",
                         "cd \"$1\" && cc -O1 -fPIC -shared -I. -isystem \"$(pg_config "
                         "--includedir-server)\" -o regress.so regress.c",
                         "sh", path});
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      test::give_to_server_user(entry.path().string());
    test::give_to_server_user(path);
    const test::ProcessResult ran = test::run_process(
        {"sh", "-c",
         "cd \"$1\" && exec \"$(pg_config --pkglibdir)/pgxs/src/test/regress/pg_regress\""
         " --use-existing --bindir=\"$2\" --dlpath=\"$1\" --inputdir=\"$1\" --outputdir=\"$1\""
         " --host=\"$3\" --port=\"$4\" --user=postgres --dbname=\"$5\" --max-concurrent-tests=20"
         " --schedule=\"$1/parallel_schedule\"",
         "sh", path, PGCLONE_PG_BINDIR, source_server().socket_dir(),
         std::to_string(source_server().port()), source_db_.name()},
        {}, true);
    ASSERT_NE(ran.out.find("\n======"), std::string::npos) << ran.out << ran.err;
  }

  // Roles that the suite has left.
  void make_roles() {
    for (const auto& row : source_.rows("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_' AND"
                                        " rolname <> 'postgres'"))
      target_.exec("DO $$ BEGIN CREATE ROLE " + sql::identifier(row[0].value()) +
                   "; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  }

  void be_plain() {
    target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " RESET ALL");
  }

  int submit_clone(const std::string& schema, const std::string& more) {
    return submit(
        "schema",
        sql::literal(schema) + ", true, " +
            sql::literal(R"({"parallel": 4, "owners": true, "privileges": true)" + more + "}"));
  }

  // A second clone beside the first, to which what is in other schemas goes on to refer. It takes
  // the first one's name while it is compared.
  void clone_elsewhere(const std::string& schema) {
    SCOPED_TRACE("elsewhere");
    const std::string name = sql::identifier(schema);
    be_odd(target_db_);
    expect_completed(submit_clone(schema, R"(, "target_schema": "New \"x\" 🐘")"));
    be_plain();
    if (HasFailure()) return;
    target_.exec("ALTER SCHEMA " + name + " RENAME TO its_twin; ALTER SCHEMA " +
                 sql::identifier("New \"x\" 🐘") + " RENAME TO " + name);
    expect_arrived(schema);
    target_.exec("SET client_min_messages = error; DROP SCHEMA " + name +
                 " CASCADE; ALTER SCHEMA its_twin RENAME TO " + name);
  }

  // Rows of every table, by column name: merged columns of children may stand in another order.
  static std::string rows(Sql& sql, const std::string& schema) {
    std::string out;
    for (const auto& table :
         sql.rows("SELECT c.oid::regclass FROM pg_class c WHERE relkind IN ('r', 'm') AND"
                  " relispopulated AND relnamespace = " +
                  sql::literal(sql::identifier(schema)) + "::regnamespace ORDER BY relname"))
      out += table[0].value() + " " +
             sql.value(
                 "SELECT count(*) || ' ' || coalesce(sum(hashtextextended("
                 "to_jsonb(t)::text, 0)), 0) FROM ONLY " +
                 table[0].value() + " t") +
             "\n";
    return out;
  }

  void expect_arrived(const std::string& schema) {
    SCOPED_TRACE(schema);
    const auto dump = [&](const test::Cluster& server, const TempDatabase& database) {
      return test::dump_schema(server, database.name(), schema, test::Rights::with);
    };
    EXPECT_EQ(
        test::line_difference(dump(source_server(), source_db_), dump(target_server(), target_db_)),
        "");
    EXPECT_EQ(test::line_difference(rows(source_, schema), rows(target_, schema)), "");
    EXPECT_EQ(test::sequence_states(source_, schema), test::sequence_states(target_, schema));
  }
};

TEST_F(RegressionSuite, WhatItLeavesArrives) {
  const char* const regress = std::getenv("PGCLONE_TEST_REGRESS");
  if (regress == nullptr) GTEST_SKIP() << "PGCLONE_TEST_REGRESS names no folder";
  run_suite(regress);
  make_roles();
  source_.exec(kCircle);
  source_.exec(kOutOfDate);
  target_.exec(std::string(kOfTheDatabase) + "; DROP SCHEMA public");
  target_.exec("SET search_path = pg_catalog");
  source_.exec("SET search_path = pg_catalog; SET TimeZone = 'UTC'");
  target_.exec("SET TimeZone = 'UTC'");
  std::vector<std::string> schemas = {"public"};
  for (const auto& row :
       source_.rows("SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN"
                    " ('information_schema', 'public') ORDER BY 1"))
    schemas.push_back(row[0].value());
  for (const std::string& schema : schemas) expect_completed(submit_clone(schema, ""));
  for (const std::string& schema : schemas) expect_arrived(schema);
  for (const std::string& schema : schemas) clone_elsewhere(schema);
}

}  // namespace
}  // namespace pgclone::integration
