// A clone has statistics, of every kind of relation that gets rows.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

class Analysis : public BothModes {
 protected:
  void SetUp() override {
    BothModes::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.plain (id int PRIMARY KEY, v int);"
        "CREATE TABLE s.above (id int); CREATE TABLE s.below () INHERITS (s.above);"
        "CREATE TABLE s.parted (id int) PARTITION BY RANGE (id);"
        "CREATE TABLE s.part PARTITION OF s.parted FOR VALUES FROM (0) TO (100);"
        "CREATE TABLE s.\"Cut 😀\" (id int PRIMARY KEY, filler text);"
        "CREATE TABLE s.extended (a int, b int);"
        "CREATE STATISTICS s.both ON a, b FROM s.extended;"
        "INSERT INTO s.plain SELECT g, g FROM pg_catalog.generate_series(1, 50) AS g;"
        "INSERT INTO s.above SELECT g FROM pg_catalog.generate_series(1, 50) AS g;"
        "INSERT INTO s.below SELECT g FROM pg_catalog.generate_series(1, 50) AS g;"
        "INSERT INTO s.parted SELECT g FROM pg_catalog.generate_series(1, 50) AS g;"
        "INSERT INTO s.\"Cut 😀\" SELECT g, pg_catalog.repeat('x', 400)"
        " FROM pg_catalog.generate_series(1, 1000) AS g;"
        "INSERT INTO s.extended SELECT g, g FROM pg_catalog.generate_series(1, 50) AS g;"
        "CREATE MATERIALIZED VIEW s.view AS SELECT * FROM s.plain");
  }

  // Every relation and kind of statistics that there is, as table, column and whether it is of the
  // table with its children.
  Rows statistics(bool analyze) {
    std::string options = GetParam() == Mode::sync ? "" : R"("parallel": 2, "split_bytes": 65536)";
    if (!analyze) options += std::string(options.empty() ? "" : ", ") + "\"analyze\": false";
    clone(GetParam(), "schema", "'s', true, '{" + options + "}'");
    return target_.rows(
        "SELECT tablename, attname, inherited FROM pg_stats WHERE schemaname = 's'"
        " ORDER BY 1, 2, 3");
  }
};

TEST_P(Analysis, OfEverythingThatGetsRows) {
  const Rows expected = {{"Cut 😀", "filler", "f"}, {"Cut 😀", "id", "f"}, {"above", "id", "f"},
                         {"above", "id", "t"},     {"below", "id", "f"}, {"extended", "a", "f"},
                         {"extended", "b", "f"},   {"part", "id", "f"},  {"parted", "id", "t"},
                         {"plain", "id", "f"},     {"plain", "v", "f"},  {"view", "id", "f"},
                         {"view", "v", "f"}};
  EXPECT_EQ(statistics(true), expected);
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_stats_ext WHERE statistics_name = 'both'"
                          " AND n_distinct IS NOT NULL"),
            "1");
  EXPECT_EQ(target_.value("SELECT reltuples FROM pg_class WHERE relname = 'Cut 😀'"), "1000");
}

TEST_P(Analysis, OfNothingWhenNotWanted) {
  EXPECT_EQ(statistics(false), Rows());
}

PGCLONE_BOTH_MODES(Analysis);

}  // namespace
}  // namespace pgclone::integration
