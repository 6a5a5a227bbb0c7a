// What the target has given to an object of its own, when a clone takes the object's place.
#include <set>
#include <sstream>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

enum class How { sync, async, pool };

std::string how_name(const ::testing::TestParamInfo<How>& info) {
  return info.param == How::sync ? "sync" : info.param == How::async ? "async" : "pool";
}

class ReplaceOwn : public CloneTest, public ::testing::WithParamInterface<How> {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    for (const char* role : {"own_reader", "own_owner", "own_cloner"})
      target_.exec(std::string("DO $$ BEGIN CREATE ROLE ") + role +
                   " LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    source_.exec(
        "CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('good'); CREATE DOMAIN s.pos AS int;"
        "CREATE TYPE s.pair AS (a int, b int);"
        "CREATE TABLE s.t (id serial PRIMARY KEY, a int, \"B b\" s.mood);"
        "INSERT INTO s.t (a) VALUES (1), (2); CREATE VIEW s.v AS SELECT id, a FROM s.t;"
        "CREATE MATERIALIZED VIEW s.m AS SELECT count(*) AS n FROM s.t; CREATE SEQUENCE s.q;"
        "CREATE TABLE s.p (k int, v text) PARTITION BY LIST (k);"
        "CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES IN (1); INSERT INTO s.p VALUES (1, 'x');"
        "CREATE FUNCTION s.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';"
        "CREATE FUNCTION s.g(s.mood, int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';"
        "CREATE AGGREGATE s.total(int) (SFUNC = int4pl, STYPE = int)");
    target_.exec(statement(Mode::sync, "schema", "'s'"));
  }

  [[nodiscard]] Mode mode() const { return GetParam() == How::sync ? Mode::sync : Mode::async; }

  [[nodiscard]] std::string options(const std::string& more = "") const {
    return std::string(R"(options => '{"conflict": "replace")") + more +
           (GetParam() == How::pool ? R"(, "parallel": 4})" : "}") + "'";
  }

  void replace(const std::string& more = "") { clone(mode(), "schema", "'s', " + options(more)); }

  SqlReport failing_replace(const std::string& more = "") {
    return failing_clone(mode(), "schema", "'s', " + options(more));
  }

  // Definitions, owners, privileges, policies, without the order of grants; and publications, which
  // no dump of a schema has.
  std::multiset<std::string> state() {
    std::multiset<std::string> all;
    std::istringstream dump(
        test::dump_schema(target_server(), target_db_.name(), "s", test::Rights::with));
    for (std::string line; std::getline(dump, line);) all.insert(line);
    for (const auto& row :
         target_.rows("SELECT pubname || ' ' || tablename || ' ' || attnames::text || "
                      "coalesce(rowfilter, '') FROM pg_publication_tables"))
      all.insert(row[0].value_or(""));
    return all;
  }

  // What a clone told, with severity: at once or in the journal. The DETAIL of the text that begins
  // so.
  std::string told(const std::string& text) {
    if (mode() == Mode::sync) {
      for (const SqlReport& notice : target_.notices())
        if (notice.severity + ":  " + notice.message == text) return notice.detail;
      return "";
    }
    return target_.value(
        "SELECT coalesce((SELECT pg_catalog.split_part(pg_catalog.split_part(n, E'\\nDETAIL:  ', "
        "2),"
        " E'\\nHINT:', 1) FROM pgclone.tasks t, unnest(t.notices) n WHERE starts_with(n, " +
        sql::literal(text) + ") AND t.job_id = (SELECT max(job_id) FROM pgclone.jobs_view)), '')");
  }
};

constexpr const char* kLost =
    "WARNING:  objects that were replaced had more on the target than the source defines";

TEST_P(ReplaceOwn, WhatIsTheTargetsOwnStays) {
  target_.exec(
      "GRANT USAGE, CREATE ON SCHEMA s TO own_owner; GRANT USAGE ON SCHEMA s TO own_reader;"
      "CREATE PUBLICATION own_pub FOR TABLE s.t (id, \"B b\") WHERE (id > 1), ONLY s.p;"
      "CREATE PUBLICATION own_other FOR TABLE s.t;"
      "GRANT SELECT ON s.t TO own_reader WITH GRANT OPTION; GRANT UPDATE (a) ON s.t TO own_reader;"
      "GRANT USAGE ON SEQUENCE s.t_id_seq, s.q TO own_reader; GRANT SELECT ON s.v, s.m TO PUBLIC;"
      "GRANT INSERT ON s.v TO own_reader; REVOKE EXECUTE ON FUNCTION s.f() FROM PUBLIC;"
      "GRANT EXECUTE ON FUNCTION s.f() TO own_reader; REVOKE USAGE ON TYPE s.mood, s.pair FROM "
      "PUBLIC;"
      "GRANT USAGE ON TYPE s.mood TO own_reader; ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;"
      "ALTER TABLE s.t FORCE ROW LEVEL SECURITY; ALTER TABLE s.p1 ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY \"own one\" ON s.t AS RESTRICTIVE FOR UPDATE TO own_reader, own_owner"
      " USING (a > 0 AND s.f() = 1) WITH CHECK (\"B b\" = 'good'::s.mood);"
      "CREATE POLICY two ON s.p1 USING (EXISTS (SELECT FROM s.t WHERE t.id = p1.k));"
      "ALTER TABLE s.t OWNER TO own_owner; REVOKE DELETE ON s.t FROM own_owner;"
      "ALTER VIEW s.v OWNER TO own_owner; ALTER MATERIALIZED VIEW s.m OWNER TO own_owner;"
      "ALTER SEQUENCE s.q OWNER TO own_owner; ALTER FUNCTION s.f() OWNER TO own_owner;"
      "ALTER FUNCTION s.g OWNER TO own_owner; ALTER AGGREGATE s.total(int) OWNER TO own_owner;"
      "ALTER TYPE s.mood OWNER TO own_owner; ALTER TYPE s.pair OWNER TO own_owner;"
      "ALTER DOMAIN s.pos OWNER TO own_owner");
  const auto before = state();
  target_.clear_notices();
  replace();
  EXPECT_EQ(state(), before);
  EXPECT_EQ(told(kLost), "");
  EXPECT_EQ(told("NOTICE:  tables that were replaced are published"),
            "table s.p: publication own_pub\n"
            "table s.t: publication own_other, publication own_pub");
  EXPECT_EQ(test::table_checksums(source_, "s"), test::table_checksums(target_, "s"));
  clone(mode(), "table", "'s', 'p', " + options());
  EXPECT_EQ(state(), before);
}

// By default rights for new objects, and what the source grants, come and go as on the old ones.
TEST_P(ReplaceOwn, NothingIsMoreOpenThanBefore) {
  target_.exec(
      "ALTER DEFAULT PRIVILEGES IN SCHEMA s GRANT ALL ON TABLES TO own_reader;"
      "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO own_reader;"
      "ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO own_reader");
  const auto before = state();
  replace();
  EXPECT_EQ(state(), before);
  // What the source has revoked is not opened by what the target never said.
  source_.exec("REVOKE EXECUTE ON FUNCTION s.f() FROM PUBLIC");
  target_.exec("ALTER DEFAULT PRIVILEGES REVOKE ALL ON FUNCTIONS FROM own_reader");
  replace(R"(, "privileges": true)");
  replace();
  EXPECT_EQ(target_.value("SELECT has_function_privilege('own_reader', 's.f()', 'EXECUTE')"), "f");
}

TEST_P(ReplaceOwn, WhatTheSourceDefinesIsToldWhereTheTargetHadMore) {
  source_.exec("CREATE POLICY same ON s.t USING (a > 1)");
  target_.exec(
      "CREATE POLICY same ON s.t USING (true); ALTER TABLE s.t ADD extra int DEFAULT 3;"
      "CREATE INDEX own_index ON s.t (a); ALTER TABLE s.t ADD CONSTRAINT own_check CHECK (a > 0);"
      "CREATE TRIGGER own_trigger BEFORE UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION "
      "suppress_redundant_updates_trigger(); CREATE RULE own_rule AS ON DELETE TO s.t DO ALSO "
      "SELECT "
      "1;"
      "CREATE STATISTICS s.own_stat ON id, a FROM s.t; ALTER TABLE s.t SET (fillfactor = 70);"
      "ALTER TABLE s.t ALTER a SET STATISTICS 500, ALTER a SET DEFAULT 5, ALTER a SET NOT NULL;"
      "COMMENT ON TABLE s.t IS 'own'; COMMENT ON COLUMN s.t.extra IS 'own';"
      "ALTER TABLE s.t REPLICA IDENTITY FULL; ALTER TABLE s.t CLUSTER ON t_pkey;"
      "ALTER TYPE s.mood ADD VALUE 'own'; ALTER DOMAIN s.pos ADD CONSTRAINT own_dom CHECK (VALUE > "
      "0);"
      "ALTER FUNCTION s.f() SET search_path = s; COMMENT ON FUNCTION s.f() IS 'own';"
      "CREATE INDEX own_index_m ON s.m (n); ALTER VIEW s.v SET (security_barrier)");
  target_.clear_notices();
  replace();
  EXPECT_EQ(
      told(kLost),
      "function s.f(): comment, setting search_path=s\n"
      "materialized view s.m: index own_index_m\n"
      "table s.t: policy same as it was, CLUSTER on index t_pkey, NOT NULL of column a, column "
      "extra, comment, constraint own_check, default of column a, index own_index, parameter "
      "fillfactor=70, replica identity full, rule own_rule, statistics object own_stat, "
      "statistics target 500 of column a, trigger own_trigger\n"
      "type s.mood: value 'own'\n"
      "type s.pos: constraint own_dom\n"
      "view s.v: parameter security_barrier=true");
  expect_equal("s");
}

TEST_P(ReplaceOwn, TheSourcesOwnersAndPrivilegesComeWhereAskedFor) {
  source_.exec(
      "DO $$ BEGIN CREATE ROLE own_owner; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
      "DO $$ BEGIN CREATE ROLE own_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
      "ALTER TABLE s.t OWNER TO own_owner; GRANT SELECT ON s.t TO own_reader");
  target_.exec("GRANT CREATE, USAGE ON SCHEMA s TO own_owner; GRANT UPDATE ON s.t TO own_cloner");
  target_.clear_notices();
  replace(R"(, "owners": true, "privileges": true)");
  EXPECT_EQ(told(kLost), "table s.t: UPDATE for own_cloner");
  EXPECT_EQ(target_.value("SELECT relowner::regrole || relacl::text FROM pg_class WHERE oid = "
                          "'s.t'::regclass"),
            source_.value("SELECT relowner::regrole || relacl::text FROM pg_class WHERE oid = "
                          "'s.t'::regclass"));
}

TEST_P(ReplaceOwn, ASubscribedTableIsRefused) {
  target_.exec(
      "CREATE SUBSCRIPTION own_sub CONNECTION 'dbname=nowhere' PUBLICATION x WITH (connect = "
      "false);"
      "SET allow_system_table_mods = on; INSERT INTO pg_subscription_rel SELECT s.oid, "
      "'s.t'::regclass, 'r', NULL FROM pg_subscription s WHERE subname = 'own_sub';"
      "RESET allow_system_table_mods");
  const auto before = state();
  for (const char* conflict : {"replace", "rename"}) {
    const SqlReport report = failing_clone(
        mode(), "schema", std::string(R"('s', options => '{"conflict": ")") + conflict + R"("}')");
    EXPECT_EQ(report.sqlstate, "55006");
    EXPECT_EQ(report.message, std::string("table s.t cannot be ") + conflict + "d");
    EXPECT_EQ(report.detail, "table s.t: subscription own_sub");
    EXPECT_THAT(report.hint, HasSubstr("data_only"));
  }
  EXPECT_EQ(state(), before);
  target_.exec("ALTER SUBSCRIPTION own_sub SET (slot_name = NONE); DROP SUBSCRIPTION own_sub");
}

TEST_P(ReplaceOwn, WhatOthersBuildOnIsRefused) {
  target_.exec(
      "CREATE TABLE public.parent (id int, a int); CREATE TABLE s.child () INHERITS "
      "(public.parent)");
  source_.exec("CREATE TABLE s.child (id int, a int)");
  const SqlReport child = failing_replace();
  EXPECT_EQ(child.sqlstate, "2BP01");
  EXPECT_EQ(child.detail, "table s.child: table public.parent, which has it as a child");
}

TEST_P(ReplaceOwn, APolicyThatDoesNotFitStopsTheSwap) {
  target_.exec(
      "ALTER TABLE s.t ADD tenant int DEFAULT 7; ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY own ON s.t USING (tenant = 7)");
  const auto before = state();
  const SqlReport report = failing_replace();
  EXPECT_EQ(report.message, "table s.t cannot keep its policy own");
  EXPECT_THAT(report.detail, HasSubstr("tenant"));
  EXPECT_EQ(state(), before);
  EXPECT_EQ(target_.value("SELECT min(tenant) FROM s.t"), "7");
}

TEST_P(ReplaceOwn, ARenameTellsWhatStaysWithTheOldOnes) {
  target_.exec(
      "CREATE PUBLICATION own_pub FOR TABLE s.t; GRANT SELECT ON s.t TO own_reader;"
      "ALTER TABLE s.t ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON s.t USING (a > 1)");
  target_.clear_notices();
  clone(mode(), "table", R"('s', 't', options => '{"conflict": "rename"}')");
  EXPECT_EQ(told("WARNING:  what the target had given to objects that are renamed stays with them"),
            "table s.t: publication own_pub, policy own, row security, SELECT for own_reader");
  EXPECT_EQ(target_.value("SELECT tablename FROM pg_publication_tables"), "t_old");
}

INSTANTIATE_TEST_SUITE_P(Hows, ReplaceOwn, ::testing::Values(How::sync, How::async, How::pool),
                         how_name);

// Without the rights to put the new one in the old one's place, nothing changes.
TEST_F(CloneTest, ARoleThatCannotKeepWhatIsTheTargetsOwnIsRefused) {
  const char* const role =
      "DO $$ BEGIN CREATE ROLE own_cloner LOGIN PASSWORD 'secret';"
      " EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
      "DO $$ BEGIN CREATE ROLE own_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$;";
  source_server().append_hba_first("host all own_cloner 127.0.0.1/32 scram-sha-256");
  source_server().reload();
  source_.exec(std::string(role) +
               "ALTER ROLE own_cloner PASSWORD 'secret'; CREATE SCHEMA o AUTHORIZATION own_cloner;"
               "CREATE TABLE o.t (a int); ALTER TABLE o.t OWNER TO own_cloner");
  target_.exec(role);
  target_.exec("GRANT CREATE ON DATABASE " + sql::identifier(target_db_.name()) +
               " TO own_cloner; GRANT USAGE ON SCHEMA pgclone TO own_cloner;"
               "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO own_cloner;"
               "CREATE SCHEMA o AUTHORIZATION own_cloner; CREATE TABLE o.t (old int);"
               "ALTER TABLE o.t OWNER TO own_reader");
  const std::string call =
      "SELECT pgclone.schema(" +
      sql::literal(source_server().tcp_conninfo(source_db_.name(), "own_cloner", "secret")) +
      R"(, 'o', options => '{"conflict": "replace"}'))";
  Sql cloner(target_server().tcp_conninfo(target_db_.name(), "own_cloner"));
  const SqlReport owner = cloner.expect_error(call);
  EXPECT_EQ(owner.sqlstate, "42501") << owner.message;
  EXPECT_EQ(owner.detail, "table o.t: role own_reader, which owns it, can't be given the new one");
  target_.exec("ALTER TABLE o.t OWNER TO own_cloner; CREATE PUBLICATION own_pub FOR TABLE o.t");
  const SqlReport publication = cloner.expect_error(call);
  EXPECT_EQ(publication.sqlstate, "2BP01") << publication.message;
  EXPECT_EQ(publication.detail, "table o.t: publication own_pub, which belongs to another role");
  EXPECT_EQ(target_.value("SELECT count(old) FROM o.t"), "0");
  target_.exec("ALTER PUBLICATION own_pub OWNER TO own_cloner");
  cloner.exec(call);
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_publication_tables WHERE attnames = '{a}'"),
            "1");
}

}  // namespace
}  // namespace pgclone::integration
