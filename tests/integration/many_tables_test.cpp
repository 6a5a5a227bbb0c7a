// Schemas of many small tables: what they cost in round trips, and that their number has no limit.
#include <cstdlib>

#include "integration/fixture.hpp"
#include "support/proxy.hpp"

namespace pgclone::integration {
namespace {

// 5,000 for the full size: in a minute, or wait() ends.
int many() {
  const char* given = std::getenv("PGCLONE_TEST_TABLES");
  return given == nullptr ? 400 : std::atoi(given);
}

void make_tables(Sql& sql, const std::string& schema, int tables) {
  sql.exec("CREATE SCHEMA " + schema);
  // Not all in one transaction, which would need a lock for each.
  for (int from = 0; from < tables; from += 500)
    sql.exec("DO $$ BEGIN FOR i IN " + std::to_string(from + 1) + ".." +
             std::to_string(std::min(from + 500, tables)) +
             " LOOP EXECUTE pg_catalog.format('CREATE TABLE " + schema +
             ".t%s (id int PRIMARY KEY, v text); INSERT INTO " + schema +
             ".t%s SELECT g, pg_catalog.md5(g::text) FROM pg_catalog.generate_series(1, 20) AS g',"
             " i, i); END LOOP; END $$");
}

class ManyTables : public CloneTest {
 protected:
  std::uint64_t round_trips(const std::string& schema, bool data) {
    test::Proxy proxy(source_server().port());
    const std::string source = "host=127.0.0.1 port=" + std::to_string(proxy.port()) +
                               " user=postgres dbname=" + source_db_.name();
    target_.exec(call("schema", sql::literal(source) + ", " + sql::literal(schema) +
                                    (data ? ", true" : ", false")));
    target_.exec("DROP SCHEMA " + schema + " CASCADE");
    return proxy.round_trips();
  }
};

TEST_F(ManyTables, PlanningTakesTheSameRoundTripsForAnyNumber) {
  make_tables(source_, "few", 10);
  make_tables(source_, "more", 200);
  EXPECT_EQ(round_trips("few", false), round_trips("more", false));
  // And each copy is one.
  EXPECT_EQ(round_trips("few", true) + 190, round_trips("more", true));
}

TEST_F(ManyTables, OnePoolJobClonesThemAll) {
  make_tables(source_, "s", many());
  expect_completed(submit("schema", R"('s', true, '{"parallel": 4}')"));
  EXPECT_EQ(target_.value("SELECT tables_completed FROM pgclone.progress_detail() LIMIT 1"),
            std::to_string(many()));
  EXPECT_EQ(test::table_checksums(source_, "s"), test::table_checksums(target_, "s"));
}

TEST_F(ManyTables, ASourceWithoutRoomForTheLocksIsToldSo) {
  Cluster small({"max_locks_per_transaction = 10", "max_connections = 10", "autovacuum = off"});
  const TempDatabase database(small);
  Sql source = database.connect();
  source.exec("CREATE SCHEMA s");
  for (int i = 0; i < 2000; ++i) source.exec("CREATE TABLE s.t" + std::to_string(i) + " (a int)");
  const std::string from_small = sql::literal(database.conninfo()) + ", 's', true";
  const SqlReport report = target_.expect_error(call("schema", from_small));
  EXPECT_EQ(report.sqlstate, "53200");
  EXPECT_THAT(report.hint, HasSubstr("max_locks_per_transaction on the source"));
  EXPECT_FALSE(exists("s.t0"));
}

}  // namespace
}  // namespace pgclone::integration
