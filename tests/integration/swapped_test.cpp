// What was listed as a table or sequence may be a view by the time that it is read: its functions
// must not run with the reader's rights.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

struct Way {
  const char* name;
  Mode mode;
  const char* options;  // without the braces
  bool old = false;     // the source can't forbid views, as servers before August 2024
};
constexpr Way kWays[] = {
    {"sync", Mode::sync, ""},
    {"pool", Mode::async, R"("parallel": 4, "split_bytes": 200000, "retries": 0)"},
    {"syncFromAnOldOne", Mode::sync, "", true}};

constexpr const char* kEvil = "SELECT f.evil() AS id, '(0,1)'::tid AS ctid";

class SwappedTest : public CloneTest, public ::testing::WithParamInterface<Way> {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    if (source_.value("SELECT count(*) FROM pg_roles WHERE rolname = 'swapper'") == "0")
      source_.exec("CREATE ROLE swapper");
    if (GetParam().old)
      source_.exec(
          "SET allow_system_table_mods = on; ALTER VIEW pg_catalog.pg_settings RENAME TO settings;"
          "CREATE VIEW pg_catalog.pg_settings AS SELECT * FROM pg_catalog.settings"
          " WHERE name <> 'restrict_nonsystem_relation_kind'; RESET allow_system_table_mods");
    source_.exec("GRANT CREATE ON DATABASE " + sql::identifier(source_db_.name()) + " TO swapper");
    source_.exec(R"(
      SET ROLE swapper; CREATE SCHEMA f;
      CREATE TABLE f.t AS SELECT g AS id, repeat('x', 500) AS filler FROM generate_series(1, 2000) g;
      CREATE TABLE f.z (id bigint, own serial);
      INSERT INTO f.z SELECT generate_series(1, 500);
      CREATE TABLE f.void (id bigint);
      CREATE SEQUENCE f.s;)" +
                 evil("f") + "; RESET ROLE");
    log_ = source_server().server_log().size();
  }

  static std::string evil(const std::string& schema) {
    return "CREATE FUNCTION " + schema +
           ".evil() RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$"
           " BEGIN RAISE WARNING '% %', 'swapped:', 'ran'; RETURN 99; END $$";
  }

  [[nodiscard]] std::string call_with(const std::string& function, const std::string& arguments,
                                      const std::string& options) const {
    const std::string own = GetParam().options;
    const std::string all =
        "{" + own + (own.empty() || options.empty() ? "" : ", ") + options + "}";
    return statement(GetParam().mode, function, arguments + ", options => " + sql::literal(all));
  }

  // Lets the owner swap once the clone waits for him.
  template <typename Swap>
  SqlReport clone_with_swap(const std::string& call, const std::string& waits, const Swap& swap) {
    Sql caller = target_db_.connect();
    if (GetParam().mode == Mode::sync)
      caller.send(call);
    else
      job_ = std::stoi(caller.value(call));
    wait_until(source_,
               "SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database()"
               " AND application_name LIKE 'pgclone%' AND " +
                   waits);
    swap();
    if (GetParam().mode != Mode::sync) {
      EXPECT_EQ(wait(job_), "failed");
      return state(job_).error;
    }
    try {
      caller.finish();
    } catch (const test::SqlError& error) {
      return error.report();
    }
    return {};
  }

  // Holds f.t until the clone waits for it, and then lets the owner swap.
  SqlReport clone_with_swap(const std::string& function, const std::string& arguments,
                            const std::string& options, const std::string& swap) {
    Sql owner = source_db_.connect();
    owner.exec("SET ROLE swapper; BEGIN; LOCK TABLE f.t IN ACCESS EXCLUSIVE MODE");
    return clone_with_swap(call_with(function, arguments, options), "wait_event_type = 'Lock'",
                           [&] { owner.exec(swap + "; COMMIT"); });
  }

  void expect_nothing_ran() {
    EXPECT_THAT(source_server().server_log().substr(log_), Not(HasSubstr("swapped: ran")));
  }

  void expect_refused(const SqlReport& error, const std::string& label) {
    EXPECT_EQ(error.sqlstate, "55000");
    EXPECT_EQ(error.message, label + " was replaced on the source");
    EXPECT_EQ(error.detail, "Since it was listed, it was dropped, renamed or made a view.");
    expect_nothing_ran();
  }

  static std::string view_for(const std::string& table) {
    return "ALTER TABLE f." + table + " RENAME TO old; CREATE VIEW f." + table + " AS " + kEvil;
  }

  // Nothing is locked while planning then, but whoever asks for the size of f.t waits.
  static std::string unlocked(const std::string& options) {
    return R"("consistent": false, "on_error": "stop")" + (options.empty() ? "" : ", " + options);
  }

  std::size_t log_ = 0;
  int job_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Ways, SwappedTest, ::testing::ValuesIn(kWays),
                         [](const auto& way) { return std::string(way.param.name); });

TEST_P(SwappedTest, ATableOfASchema) {
  expect_refused(clone_with_swap("schema", "'f'", R"("data": {"z": "id > 0"})", view_for("z")),
                 R"("f"."z")");
}

TEST_P(SwappedTest, ATableThatIsReadWithoutCondition) {
  expect_refused(clone_with_swap("schema", "'f'", "", view_for("z")), R"("f"."z")");
}

TEST_P(SwappedTest, ASingleTable) {
  expect_refused(clone_with_swap("table", "'f', 't'", R"("where": "id > 0")", view_for("t")),
                 R"("f"."t")");
}

// Before PostgreSQL 16; it keeps its OID.
TEST_P(SwappedTest, ATableThatBecomesAView) {
  if (std::stoi(source_.value("SHOW server_version_num")) >= 160000) GTEST_SKIP();
  expect_refused(clone_with_swap("schema", "'f'", R"("data": {"void": "id > 0"})",
                                 "CREATE RULE \"_RETURN\" AS ON SELECT TO f.void DO INSTEAD SELECT "
                                 "f.evil() AS id"),
                 R"("f"."void")");
}

TEST_P(SwappedTest, AColumnsSequence) {
  expect_refused(clone_with_swap("schema", "'f'", "",
                                 "ALTER SEQUENCE f.z_own_seq RENAME TO old; CREATE VIEW f.z_own_seq"
                                 " AS SELECT f.evil() AS last_value, true AS is_called"),
                 R"("f"."z_own_seq")");
}

TEST_P(SwappedTest, WithoutASnapshot) {
  expect_refused(
      clone_with_swap("schema", "'f'", unlocked(R"("data": {"z": "id > 0"})"), view_for("z")),
      R"("f"."z")");
}

TEST_P(SwappedTest, RowsAloneWithoutASnapshot) {
  clone(Mode::sync, "schema", R"('f', true, '{"schema_only": true}')");
  expect_refused(
      clone_with_swap("schema", "'f'", unlocked(R"("data_only": true, "data": {"z": "id > 0"})"),
                      view_for("z")),
      R"("f"."z")");
}

TEST_P(SwappedTest, WithoutASnapshotAndByAnotherTable) {
  expect_refused(clone_with_swap("schema", "'f'", unlocked(""),
                                 "ALTER TABLE f.z RENAME TO old; CREATE TABLE f.z (LIKE f.old)"),
                 R"("f"."z")");
}

// As a superuser, who may: others need a server.
TEST_P(SwappedTest, WithoutASnapshotAndByAForeignTable) {
  source_.exec("CREATE FOREIGN DATA WRAPPER none; CREATE SERVER nowhere FOREIGN DATA WRAPPER none");
  expect_refused(clone_with_swap("schema", "'f'", unlocked(R"("data": {"z": "id > 0"})"),
                                 "RESET ROLE; ALTER TABLE f.z RENAME TO old;"
                                 "CREATE FOREIGN TABLE f.z (id bigint) SERVER nowhere"),
                 R"("f"."z")");
}

TEST_P(SwappedTest, ASequenceWithoutASnapshot) {
  expect_refused(
      clone_with_swap("schema", "'f'", unlocked(""),
                      "ALTER SEQUENCE f.s RENAME TO old; CREATE VIEW f.s AS SELECT f.evil() AS "
                      "last_value, 1::bigint AS log_cnt, true AS is_called"),
      R"("f"."s")");
}

TEST_P(SwappedTest, WhatWasSwappedAndComesBackIsResumed) {
  if (GetParam().mode == Mode::sync) GTEST_SKIP() << "has no job";
  expect_refused(clone_with_swap("schema", "'f'", unlocked(""), view_for("z")), R"("f"."z")");
  source_.exec("DROP VIEW f.z; ALTER TABLE f.old RENAME TO z");
  expect_completed(std::stoi(target_.value("SELECT pgclone.resume(" + std::to_string(job_) + ")")));
  expect_equal("f");
}

// No lock on a table keeps the schema from being renamed, so this is found by the query itself.
TEST_P(SwappedTest, TheSchemaBehindTheLocks) {
  if (GetParam().mode == Mode::async)
    GTEST_SKIP() << "others would read the table while the first one waits";
  Gate gate(source_db_);
  const std::string data =
      std::string(R"("on_error": "stop", "data": {"z": "id > 0", "t": ")") + Gate::kPass + R"("})";
  const SqlReport error =
      clone_with_swap(call_with("schema", "'f'", data), "wait_event = 'advisory'", [&] {
        source_.exec("SET ROLE swapper; ALTER SCHEMA f RENAME TO g; CREATE SCHEMA f;" + evil("f") +
                     "; CREATE VIEW f.z AS " + kEvil + "; RESET ROLE");
        gate.open();
      });
  expect_refused(error, R"("f"."z")");
}

TEST_P(SwappedTest, AnExtensionsConfiguration) {
  source_.exec(
      "CREATE EXTENSION pgclone_test_kit CASCADE; INSERT INTO kit.setting VALUES (100, 'mine');"
      "CREATE TABLE f.needs (id int DEFAULT kit.twice(1))");
  Sql owner = source_db_.connect();
  owner.exec("BEGIN; LOCK TABLE kit.setting IN ACCESS EXCLUSIVE MODE");
  const SqlReport error = clone_with_swap(
      call_with("schema", "'f'", R"("extensions": true)"), "wait_event_type = 'Lock'", [&] {
        owner.exec(
            "ALTER TABLE kit.setting RENAME TO old; CREATE VIEW kit.setting AS"
            " SELECT f.evil()::int AS id, 'x'::text AS note; COMMIT");
      });
  expect_refused(error, R"("kit"."setting")");
}

// What the user's own condition reads is his to choose.
TEST_P(SwappedTest, AConditionMayReadViews) {
  source_.exec(
      "CREATE VIEW f.chosen AS SELECT 3 AS id UNION ALL SELECT 5;"
      "CREATE FUNCTION f.last_chosen() RETURNS int STABLE LANGUAGE sql AS"
      " 'SELECT max(id) FROM f.chosen';"
      "CREATE TABLE f.p (id int) PARTITION BY RANGE (id);"
      "CREATE TABLE f.p1 PARTITION OF f.p FOR VALUES FROM (0) TO (4);"
      "CREATE TABLE f.p2 PARTITION OF f.p FOR VALUES FROM (4) TO (9);"
      "INSERT INTO f.p SELECT generate_series(1, 8)");
  for (const char* const consistent : {"true", "false"}) {
    const std::string options = std::string(R"("consistent": )") + consistent +
                                R"x(, "data": {"t": "id IN (SELECT c.id FROM f.chosen c)")x"
                                R"x(, "z": "id < f.last_chosen()")x"
                                R"x(, "p": "id IN (SELECT c.id FROM f.chosen c)"})x";
    const std::string own = GetParam().options;
    clone(GetParam().mode, "schema",
          "'f', options => " + sql::literal("{" + own + (own.empty() ? "" : ", ") + options + "}"));
    EXPECT_EQ(target_.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM f.t"), "3 5");
    EXPECT_EQ(target_.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM f.p"), "3 5");
    EXPECT_EQ(target_.value("SELECT string_agg(id::text, ' ' ORDER BY id) FROM f.z"), "1 2 3 4");
    target_.exec("DROP SCHEMA f CASCADE");
  }
}

}  // namespace
}  // namespace pgclone::integration
