// Extensions that a clone needs: {"extensions": true} creates them as the source has them.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

// Every extension with its schema.
constexpr const char* kExtensions =
    "SELECT e.extname, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
    " WHERE e.extname NOT IN ('plpgsql', 'pgclone') ORDER BY 1";

constexpr const char* kConfiguration =
    "SELECT 'part', id, setting::text FROM kit.part UNION ALL SELECT 'setting', id, note FROM "
    "kit.setting UNION ALL SELECT 'number', last_value::int, is_called::text FROM kit.number "
    "ORDER BY 1, 2";

class NeededExtensions : public BothModes {
 protected:
  void clone_schema(const std::string& schema, const std::string& more = "") {
    const std::string options = R"({"extensions": true, "parallel": )" +
                                std::string(GetParam() == Mode::async ? "4" : "1") + more + "}";
    clone(GetParam(), "schema", sql::literal(schema) + ", options => " + sql::literal(options));
  }
  void clone_table(const std::string& schema, const std::string& table) {
    clone(GetParam(), "table",
          sql::literal(schema) + ", " + sql::literal(table) +
              R"(, options => '{"extensions": true}')");
  }
  void expect_same_extensions() { expect_same(kExtensions, kExtensions); }
};
PGCLONE_BOTH_MODES(NeededExtensions);

TEST_P(NeededExtensions, EachInItsOwnSchemaWhatIsRequiredFirst) {
  source_.exec(
      "CREATE SCHEMA \"Geo 🌍\"; CREATE EXTENSION cube SCHEMA public;"
      "CREATE EXTENSION earthdistance SCHEMA \"Geo 🌍\"; CREATE SCHEMA s; CREATE TABLE s.t (i int);"
      "INSERT INTO s.t VALUES (1); SET search_path = public, \"Geo 🌍\";"
      "CREATE VIEW s.v AS SELECT \"Geo 🌍\".sec_to_gc(i) FROM s.t; RESET search_path;"
      "CREATE SCHEMA s2; CREATE TABLE s2.t (c public.cube)");
  clone_schema("s");
  clone_schema("s2");
  expect_same_extensions();
  expect_equal("s");
  expect_equal("s2");
}

TEST_P(NeededExtensions, OneInPgCatalog) {
  source_.exec(
      "CREATE EXTENSION plperl; CREATE SCHEMA s; CREATE TABLE s.t (i int);"
      "INSERT INTO s.t VALUES (1); CREATE FUNCTION s.f(int) RETURNS int LANGUAGE plperl IMMUTABLE "
      "AS "
      "'return $_[0] + 1'; CREATE VIEW s.v AS SELECT s.f(i) FROM s.t");
  clone_schema("s");
  expect_same_extensions();
  expect_equal("s");
  EXPECT_EQ(target_.value("SELECT f FROM s.v"), "2");
}

TEST_P(NeededExtensions, OneThatMakesTheSchemaAndHasConfiguration) {
  source_.exec(
      "CREATE EXTENSION cube; CREATE EXTENSION pgclone_test_kit;"
      "INSERT INTO kit.setting VALUES (100, 'mine'); INSERT INTO kit.part VALUES (1, 100), (2, 1);"
      "SELECT setval('kit.number', 41); CREATE TABLE kit.own (i int, d int DEFAULT kit.twice(4));"
      "INSERT INTO kit.own VALUES (1)");
  clone_schema("kit");
  expect_same_extensions();
  expect_equal("kit");
  expect_same(kConfiguration, kConfiguration);
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_depend WHERE classid = 2615 AND deptype = 'e'"
                          " AND objid = 'kit'::regnamespace"),
            "1");
}

// As pg_dump: with its schema, too, and never twice.
TEST_P(NeededExtensions, ConfigurationOfOneThatIsThere) {
  source_.exec(
      "CREATE EXTENSION pgclone_test_kit CASCADE; INSERT INTO kit.setting VALUES (100, 'mine');"
      "INSERT INTO kit.part VALUES (1, 100); CREATE TABLE kit.own (i int)");
  target_.exec("CREATE EXTENSION pgclone_test_kit CASCADE");
  clone_schema("kit");
  expect_same(kConfiguration, kConfiguration);
  target_.exec("DROP TABLE kit.own");
  clone_schema("kit");
  expect_same(kConfiguration, kConfiguration);
  expect_equal("kit");
}

TEST_P(NeededExtensions, KeysAndParentsThatTheyBring) {
  source_.exec(
      "CREATE EXTENSION pgclone_test_kit CASCADE; INSERT INTO kit.setting VALUES (100, 'mine');"
      "CREATE SCHEMA s; CREATE TABLE s.child () INHERITS (kit.part); INSERT INTO s.child VALUES "
      "(5, 1);"
      "CREATE TABLE s.place (id int, setting int REFERENCES kit.setting);"
      "INSERT INTO s.place VALUES (1, 100)");
  clone_schema("s");
  expect_same_extensions();
  expect_equal("s");
  expect_same(kConfiguration, kConfiguration);
}

TEST_P(NeededExtensions, ATableBringsThoseOfItsParts) {
  source_.exec(R"sql(
CREATE SCHEMA s; CREATE SCHEMA x_gis;
CREATE EXTENSION "uuid-ossp" SCHEMA x_gis; CREATE EXTENSION pg_trgm SCHEMA x_gis;
CREATE EXTENSION bloom SCHEMA x_gis; CREATE EXTENSION hstore SCHEMA public;
CREATE EXTENSION cube SCHEMA x_gis;
CREATE TABLE s.u (id uuid DEFAULT x_gis.uuid_generate_v4(), t text);
INSERT INTO s.u DEFAULT VALUES; CREATE INDEX ON s.u USING gin (t x_gis.gin_trgm_ops);
CREATE TABLE s.b (a int, b int); CREATE INDEX ON s.b USING bloom (a, b);
INSERT INTO s.b VALUES (1, 2);
CREATE TABLE s.h (h public.hstore, CHECK (h OPERATOR(public.?) 'a')); INSERT INTO s.h VALUES ('a=>1');
CREATE TABLE s.d (x x_gis.cube[]); INSERT INTO s.d VALUES (NULL))sql");
  target_.exec("CREATE SCHEMA s");
  for (const char* table : {"u", "b", "h", "d"}) clone_table("s", table);
  expect_same_extensions();
  expect_equal("s");
}

TEST_P(NeededExtensions, WithoutTheOptionATableNamesWhatItLacks) {
  source_.exec(
      "CREATE SCHEMA s; CREATE EXTENSION \"uuid-ossp\"; CREATE TABLE s.u"
      " (id uuid DEFAULT uuid_generate_v4())");
  target_.exec("CREATE SCHEMA s");
  const SqlReport error = failing_clone(GetParam(), "table", "'s', 'u'");
  EXPECT_EQ(error.sqlstate, "42704");
  EXPECT_EQ(error.message, "the target lacks extensions that table \"s\".\"u\" needs");
  EXPECT_EQ(error.detail, "extension \"uuid-ossp\" in schema \"public\"");
  EXPECT_EQ(error.hint, "Run on the target: CREATE EXTENSION \"uuid-ossp\" SCHEMA \"public\";");
}

// The server prints no schema with these operators.
TEST_P(NeededExtensions, OperatorsThatAreNotNamed) {
  source_.exec(R"sql(
CREATE EXTENSION cube SCHEMA public; CREATE SCHEMA s; CREATE TABLE s.t (id int, g public.cube);
INSERT INTO s.t VALUES (1, '(1,2)');
CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER tr BEFORE UPDATE ON s.t FOR EACH ROW WHEN (old.g IS DISTINCT FROM new.g)
  EXECUTE FUNCTION s.f();
CREATE VIEW s.v AS SELECT nullif(g, '(0)'::public.cube) AS n,
  CASE g WHEN '(1)'::public.cube THEN 1 ELSE 2 END AS c FROM s.t;
ALTER TABLE s.t ADD CHECK (g IS DISTINCT FROM '(9)'::public.cube))sql");
  clone_schema("s");
  expect_equal("s");
  EXPECT_EQ(target_.value("SHOW search_path"), "\"$user\", public");
}

// pgcrypto has a gen_random_uuid() as pg_catalog does; members aren't cloned.
TEST_P(NeededExtensions, MembersBearNoNamesOfOurs) {
  source_.exec(
      "CREATE EXTENSION pgcrypto; CREATE TABLE public.t (id int PRIMARY KEY);"
      "INSERT INTO public.t VALUES (1)");
  clone_schema("public", R"(, "target_schema": "other")");
  EXPECT_EQ(target_.value("SELECT count(*) FROM other.t"), "1");
}

TEST_P(NeededExtensions, WithoutFilesIsRefusedBeforeAnythingIsMade) {
  source_.exec("CREATE EXTENSION cube; CREATE SCHEMA s; CREATE TABLE s.t (c cube)");
  source_.exec("UPDATE pg_extension SET extname = 'no such \"files\"' WHERE extname = 'cube'");
  const SqlReport error =
      failing_clone(GetParam(), "schema", R"('s', options => '{"extensions": true}')");
  EXPECT_EQ(error.sqlstate, "42704");
  EXPECT_EQ(error.message, "the target's server has not the files of extensions");
  EXPECT_EQ(error.detail, "extension \"no such \"\"files\"\"\"");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_namespace WHERE nspname = 's'"), "0");
}

using NeededExtensionsAtOnce = CloneTest;

TEST_F(NeededExtensionsAtOnce, JobsDoNotRaceForThem) {
  source_.exec("CREATE SCHEMA x; CREATE EXTENSION hstore SCHEMA x; CREATE EXTENSION cube SCHEMA x");
  std::vector<int> jobs;
  for (int i = 0; i < 6; ++i) {
    const std::string schema = "s" + std::to_string(i);
    source_.exec("CREATE SCHEMA " + schema + "; CREATE TABLE " + schema +
                 ".t (h x.hstore, c x.cube)");
  }
  for (int i = 0; i < 6; ++i)
    jobs.push_back(
        submit("schema", "'s" + std::to_string(i) + R"(', options => '{"extensions": true}')"));
  for (const int job : jobs) expect_completed(job);
  expect_same(kExtensions, kExtensions);
}

}  // namespace
}  // namespace pgclone::integration
