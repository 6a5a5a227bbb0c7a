// Tables that several workers copy in parts.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

class Parts : public CloneTest {
 protected:
  void make_table(const std::string& rest = "") {
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.t (id int PRIMARY KEY, v text NOT NULL, n int,"
        " CONSTRAINT v_key UNIQUE (v) INCLUDE (n) WITH (fillfactor = 70) DEFERRABLE INITIALLY "
        "DEFERRED);"
        "INSERT INTO s.t SELECT g, md5(g::text), g % 10 FROM generate_series(1, 20000) AS g;"
        "CREATE INDEX ON s.t (n); ALTER TABLE s.t CLUSTER ON t_pkey;"
        "COMMENT ON CONSTRAINT t_pkey ON s.t IS 'key'; COMMENT ON INDEX s.t_n_idx IS 'n';" +
        rest);
  }

  int count_tasks(int job, const std::string& condition) {
    return std::stoi(target_.value("SELECT count(*) FROM pgclone.task WHERE job_id = " +
                                   std::to_string(job) + " AND " + condition));
  }
};

constexpr const char* kOptions = R"('s', true, '{"parallel": 4, "split_bytes": 100000}')";

TEST_F(Parts, ATableArrivesWhole) {
  make_table("CREATE TABLE s.child (id int REFERENCES s.t); INSERT INTO s.child VALUES (7);");
  const int job = submit("schema", kOptions);
  expect_completed(job);
  expect_equal("s");
  EXPECT_GT(count_tasks(job, "kind = 'rows' AND rows_copied > 0"), 10);
  EXPECT_EQ(target_.value("SELECT tables_total || ' ' || tables_completed || ' ' || rows_copied"
                          " FROM pgclone.job WHERE job_id = " +
                          std::to_string(job)),
            "2 2 20001");
}

TEST_F(Parts, NeverInASynchronousCall) {
  make_table();
  clone(Mode::sync, "schema", kOptions);
  expect_equal("s");
}

// A part fails, others are done. The resumed job has another snapshot: it begins the table anew.
TEST_F(Parts, AResumedJobHasOneMomentOfATable) {
  make_table(
      "CREATE FUNCTION s.gate(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
      " IF $1 = 19999 AND current_setting('test.fail', true) = 'on' THEN RAISE EXCEPTION 'asked to"
      " fail'; END IF; RETURN true; END $$;"
      "ALTER TABLE s.t ADD ok bool GENERATED ALWAYS AS (s.gate(id)) STORED;");
  const std::string set =
      "ALTER DATABASE " + sql::identifier(target_db_.name()) + " SET test.fail = ";
  target_.exec(set + "'on'");
  const int job = submit("schema", kOptions);
  ASSERT_EQ(wait(job), "failed");
  EXPECT_GT(count_tasks(job, "kind = 'rows' AND status = 'completed' AND rows_copied > 0"), 0);
  EXPECT_EQ(count_tasks(job, "kind = 'index' AND status = 'completed'"), 0);
  source_.exec("UPDATE s.t SET v = v || 'x' WHERE id < 15000");
  target_.exec(set + "'off'");
  const int next = std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")"));
  expect_completed(next);
  expect_equal("s");
}

}  // namespace
}  // namespace pgclone::integration
