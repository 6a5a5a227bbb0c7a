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

TEST_F(Parts, NeverWithoutASnapshot) {
  make_table();
  const int job =
      submit("schema", R"('s', true, '{"parallel": 4, "split_bytes": 8192, "consistent": false}')");
  expect_completed(job);
  EXPECT_EQ(count_tasks(job, "kind = 'rows'"), 0);
  expect_equal("s");
}

// Tables of which one fails on the target while a switch is on there, and a resume with it off.
class ResumedParts : public Parts {
 protected:
  void SetUp() override {
    Parts::SetUp();
    make_table(
        "CREATE FUNCTION s.gate(int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN"
        " IF $1 = 19999 AND current_setting('test.fail', true) = 'on' THEN RAISE EXCEPTION 'asked"
        " to fail'; END IF; RETURN true; END $$;");
  }

  void add_gate(const std::string& table) {
    source_.exec("ALTER TABLE " + table + " ADD ok bool GENERATED ALWAYS AS (s.gate(id)) STORED");
  }

  int fail() {
    switch_gate("on");
    const int job = submit("schema", kOptions);
    EXPECT_EQ(wait(job), "failed");
    switch_gate("off");
    return job;
  }

  void resume(int job) {
    expect_completed(
        std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job) + ")")));
  }

 private:
  void switch_gate(const std::string& state) {
    target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) +
                 " SET test.fail = " + state);
  }
};

// The resumed job has another snapshot, so it begins the table anew.
TEST_F(ResumedParts, AreOfOneMoment) {
  add_gate("s.t");
  const int job = fail();
  EXPECT_GT(count_tasks(job, "kind = 'rows' AND status = 'completed' AND rows_copied > 0"), 0);
  EXPECT_EQ(count_tasks(job, "kind = 'index' AND status = 'completed'"), 0);
  source_.exec("UPDATE s.t SET v = v || 'x' WHERE id < 15000");
  resume(job);
  expect_equal("s");
}

TEST_F(ResumedParts, AreGoneOnWithThoughTheTableHasShrunk) {
  add_gate("s.t");
  const int job = fail();
  source_.exec("DELETE FROM s.t WHERE id > 10");
  source_.exec("VACUUM FULL s.t");
  resume(job);
  expect_equal("s");
}

TEST_F(ResumedParts, AreNotAddedToATableThatWasCopiedAsOne) {
  add_gate("s.t");
  source_.exec("CREATE TABLE s.grows AS SELECT 1 AS id");
  const int job = fail();
  source_.exec("INSERT INTO s.grows SELECT generate_series(2, 20000)");
  resume(job);
  EXPECT_EQ(target_.value("SELECT array_agg(id)::text FROM s.grows"), "{1}");
}

TEST_F(ResumedParts, AreWhatAMaterializedViewIsMadeOf) {
  add_gate("s.t");
  source_.exec(
      "CREATE VIEW s.v AS SELECT n, v FROM s.t;"
      "CREATE MATERIALIZED VIEW s.m AS SELECT n, count(*) FROM s.v GROUP BY n;");
  resume(fail());
  expect_equal("s");
}

}  // namespace
}  // namespace pgclone::integration
