// Conflict strategies that load rows into the tables that are in the way.
#include "integration/strategy_fixture.hpp"
#include "integration/ways.hpp"

namespace pgclone::integration {
namespace {

class ExistingTables : public EveryWay {
 protected:
  void SetUp() override {
    install_strategies("fill");
    std::destroy_at(&target_);
    std::construct_at(&target_, target_db_.conninfo());
    EveryWay::SetUp();
    source_.exec("CREATE SCHEMA s");
    target_.exec("CREATE SCHEMA s");
  }
};

// The parts of a table that is cut wait for what comes in front of its first row.
TEST_P(ExistingTables, AreEmptiedBeforeTheFirstRow) {
  source_.exec(
      "CREATE TABLE s.t (id int PRIMARY KEY, v text); CREATE INDEX ON s.t (v);"
      "INSERT INTO s.t SELECT g, md5(g::text) FROM generate_series(1, 20000) AS g");
  target_.exec(
      "CREATE TABLE s.t (id int, v text);"
      "INSERT INTO s.t SELECT -g, 'of the target' FROM generate_series(1, 100) AS g");
  clone_schema("s", R"("conflict": "refill", "split_bytes": 100000)");
  EXPECT_EQ(target_.value("SELECT count(*) || ' ' || min(id) FROM s.t"), "20000 1");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_index WHERE indrelid = 's.t'::regclass"), "0");
}

PGCLONE_EVERY_WAY(ExistingTables);

}  // namespace
}  // namespace pgclone::integration
