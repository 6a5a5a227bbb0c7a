// Views, materialized views, rules, and what stands on tables; renamed clones; refusals.
#include "plugins/schema_clone_fixture.hpp"

namespace pgclone::test {
namespace {

constexpr const char* kMatviewChain = R"(
    CREATE SCHEMA s;
    CREATE MATERIALIZED VIEW s.z1 WITH (fillfactor = 70) AS SELECT g AS id, 'n' || g AS name
      FROM generate_series(1, 5) g;
    CREATE VIEW s.y AS SELECT * FROM s.z1 WHERE id > 1;
    CREATE FUNCTION s.read_y() RETURNS bigint STABLE LANGUAGE sql BEGIN ATOMIC
      SELECT count(*) FROM s.y; END;
    CREATE MATERIALIZED VIEW s.x2 AS SELECT max(id) AS top, s.read_y() AS n FROM s.y;
    CREATE VIEW s.w AS SELECT top + n AS total FROM s.x2;
    CREATE MATERIALIZED VIEW s.a3 AS SELECT total FROM s.w UNION ALL SELECT id FROM s.z1;
    CREATE MATERIALIZED VIEW s.unread AS SELECT 1 AS one WITH NO DATA;
    CREATE UNIQUE INDEX "I %s" ON s.z1 (id); CREATE INDEX lower_name ON s.z1 (lower(name), (id + 1));
    ALTER INDEX s.lower_name ALTER COLUMN 2 SET STATISTICS 50;
    COMMENT ON INDEX s.lower_name IS 'index'; COMMENT ON MATERIALIZED VIEW s.z1 IS 'first';
    COMMENT ON COLUMN s.z1.name IS 'names'; ALTER MATERIALIZED VIEW s.z1 CLUSTER ON "I %s";
    ALTER MATERIALIZED VIEW s.z1 ALTER COLUMN name SET STATISTICS 7, ALTER COLUMN name SET STORAGE EXTERNAL,
      ALTER COLUMN id SET (n_distinct = 5);)";

TEST_F(SchemaClone, ChainOfMaterializedViewsIsFilledInOrder) {
  source_db_.connect().exec(kMatviewChain);
  clone({});
  expect_equal("s");
}

TEST_F(SchemaClone, WithoutMaterializedViewsWhatNeedsThemIsReported) {
  Sql source = source_db_.connect();
  source.exec(kMatviewChain);
  source.exec("CREATE VIEW s.alone AS SELECT 1 AS one");
  const auto messages = clone({.options = R"({"matviews": false})"});
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].message, "objects that need a materialized view are left out");
  EXPECT_EQ(messages[0].detail, "function s.read_y()\nview s.y\nview s.w");
  EXPECT_EQ(
      target_db_.connect().value("SELECT string_agg(relname, ',' ORDER BY relname) FROM pg_class"
                                 " WHERE relnamespace = 's'::regnamespace"),
      "alone");
}

TEST_F(SchemaClone, WithoutIndexesAMaterializedViewHasNone) {
  source_db_.connect().exec(kMatviewChain);
  clone({.options = R"({"indexes": false})"});
  EXPECT_EQ(target_db_.connect().value("SELECT count(*) FROM pg_indexes WHERE schemaname = 's'"),
            "0");
}

TEST_F(SchemaClone, ViewsOfEveryForm) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA s;
    CREATE FUNCTION s.f(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
    CREATE VIEW s.base AS SELECT g AS a, s.f(g) AS "B b" FROM generate_series(1, 3) g;
    CREATE VIEW s.aaa WITH (security_barrier, security_invoker = true) AS SELECT * FROM s.base;
    ALTER VIEW s.aaa RENAME COLUMN a TO "renamed \ % "" 😀";
    ALTER VIEW s.aaa ALTER COLUMN "B b" SET DEFAULT s.f(3);
    COMMENT ON VIEW s.aaa IS 'view''s'; COMMENT ON COLUMN s.aaa."B b" IS 'col';
    CREATE RECURSIVE VIEW s.deep (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM deep WHERE n < 5;
    CREATE FUNCTION s.of_row(s.aaa) RETURNS s.aaa[] LANGUAGE sql AS 'SELECT ARRAY[$1]';
    CREATE FUNCTION s.trig() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER "tr 'ig" INSTEAD OF UPDATE OR INSERT OR DELETE ON s.aaa FOR EACH ROW
      EXECUTE FUNCTION s.trig('a', 'b');)"
                            R"(CREATE TRIGGER st AFTER DELETE ON s.aaa FOR EACH STATEMENT
      EXECUTE FUNCTION s.trig();
    COMMENT ON TRIGGER st ON s.aaa IS 't';
    CREATE RULE "ru le" AS ON INSERT TO s.base WHERE NEW.a > 1 DO INSTEAD (SELECT s.f(NEW.a); SELECT 2);
    CREATE RULE other AS ON UPDATE TO s.base DO INSTEAD NOTHING;
    COMMENT ON RULE other ON s.base IS 'r';
    CREATE SEQUENCE s.owned OWNED BY s.base.a;)");
  clone({});
  expect_equal("s");
}

TEST_F(SchemaClone, HostileNamesAndAnotherName) {
  const std::string hostile = "we\"ird \\ %s 'q' 😀 Schema";
  const std::string id = sql::identifier(hostile);
  const std::string long_name = "\"" + std::string(63, 'x') + "\"";
  Sql source = source_db_.connect();
  source.exec("CREATE SCHEMA " + id + "; SET search_path = " + id +
              R"(; CREATE TYPE "T 😀" AS ENUM ('a'); CREATE DOMAIN "D""\%" AS "T 😀" DEFAULT 'a';
    CREATE FUNCTION "F""\ %"(a "T 😀", b "D""\%" = 'a') RETURNS "D""\%" LANGUAGE sql RETURN a;
    CREATE FUNCTION "F""\ %"(int) RETURNS int LANGUAGE sql RETURN $1 + 1;
    CREATE AGGREGATE "Agg %"(int) (SFUNC = int4_sum, STYPE = int8);
    CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE SEQUENCE )" +
              long_name + R"(; SELECT nextval(')" + long_name + R"(');
    CREATE VIEW "V ' %" AS SELECT "F""\ %"('a'::"T 😀") AS "c\'", nextval(')" +
              long_name + R"(') AS n, "F""\ %"(3);
    CREATE TRIGGER "t\'" INSTEAD OF INSERT ON "V ' %" FOR EACH ROW EXECUTE FUNCTION tf('x\y');
    CREATE RULE "r\'" AS ON UPDATE TO "V ' %" DO INSTEAD SELECT 1;
    CREATE MATERIALIZED VIEW "M %" AS SELECT 'a'::"D""\%" AS d, "F""\ %"(8);
    CREATE UNIQUE INDEX "i\%" ON "M %" (d);)");
  clone({.schema = hostile});
  expect_equal(hostile);

  // Under another name; renamed back, it must be the same.
  clone({.schema = hostile, .target_schema = "other"});
  Sql target = target_db_.connect();
  target.exec("DROP SCHEMA " + id + " CASCADE; ALTER SCHEMA other RENAME TO " + id);
  expect_equal(hostile);
}

TEST_F(SchemaClone, TablesAmongTheRest) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('sad', 'ok');
    CREATE TABLE s.t (id int PRIMARY KEY, m s.mood DEFAULT 'ok', name text);
    INSERT INTO s.t SELECT g, 'sad', 'n' || g FROM generate_series(1, 100) g;
    CREATE FUNCTION s.reads() RETURNS bigint STABLE LANGUAGE sql RETURN (SELECT count(*) FROM s.t);
    CREATE FUNCTION s.of_row(s.t) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1.name';
    CREATE TABLE s.u (n bigint DEFAULT s.reads(), r s.t);
    CREATE TABLE s.v (id int CHECK (s.reads() >= 0), a int);
    INSERT INTO s.v VALUES (1, 2);
    CREATE VIEW s.grouped AS SELECT t.*, count(*) FROM s.t GROUP BY t.id;
    CREATE MATERIALIZED VIEW s.m AS SELECT count(*) AS n FROM s.grouped;
    CREATE MATERIALIZED VIEW s.a AS SELECT n + 1 AS n FROM s.m;
    CREATE RULE r AS ON DELETE TO s.v DO ALSO INSERT INTO s.u DEFAULT VALUES;
    ALTER TABLE s.v DISABLE RULE r;
    CREATE POLICY p ON s.t AS RESTRICTIVE FOR UPDATE USING (id > s.reads()) WITH CHECK (true);
    COMMENT ON POLICY p ON s.t IS 'policy';)");
  clone({});
  expect_equal("s");
  clone({.target_schema = "x"});
  Sql target = target_db_.connect();
  target.exec("DROP SCHEMA s CASCADE; ALTER SCHEMA x RENAME TO s");
  expect_equal("s");
}

TEST_F(SchemaClone, RefusesWhatItCannotClone) {
  source_db_.connect().exec("CREATE SCHEMA shop");
  const Error missing = failing_clone({.schema = "shp"});
  EXPECT_EQ(missing.sqlstate(), "3F000");
  EXPECT_EQ(missing.message(), "schema \"shp\" does not exist on the source");
  EXPECT_EQ(missing.hint(), "Perhaps you meant \"shop\".");
  for (const char* const name : {"pg_catalog", "information_schema", "pg_temp"}) {
    EXPECT_EQ(failing_clone({.schema = name}).sqlstate(), "22023") << name;
  }
}

TEST_F(SchemaClone, ListsEverythingThatTheTargetLacks) {
  source_db_.connect().exec(R"(
    CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE SCHEMA other; CREATE SCHEMA s;
    CREATE TYPE other.t AS (a int); CREATE FUNCTION other.f(other.t[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE VIEW other.v AS SELECT 1 AS one;
    CREATE VIEW s.v AS SELECT one, 'x'::public.citext AS c, other.f(NULL) FROM other.v;
    CREATE FUNCTION s.f(other.t[], public.hstore) RETURNS int LANGUAGE sql AS 'SELECT 1';)");
  const Error extensions = failing_clone({});
  EXPECT_EQ(extensions.sqlstate(), "42704");
  EXPECT_EQ(extensions.detail(),
            "extension \"citext\" in schema \"public\"\nextension \"hstore\" in schema \"public\"");
  EXPECT_EQ(extensions.hint(),
            "Run on the target: CREATE EXTENSION \"citext\" SCHEMA \"public\"; "
            "CREATE EXTENSION \"hstore\" SCHEMA \"public\";");
  Sql target = target_db_.connect();
  target.exec("CREATE EXTENSION citext; CREATE EXTENSION hstore");
  const Error objects = failing_clone({});
  EXPECT_EQ(objects.sqlstate(), "42704");
  EXPECT_EQ(objects.detail(), "function other.f(other.t[])\ntype other.t\nview other.v");
  target.exec(
      "CREATE SCHEMA other; CREATE TYPE other.t AS (a int); CREATE VIEW other.v AS SELECT 1 AS one;"
      "CREATE FUNCTION other.f(other.t[]) RETURNS int LANGUAGE sql AS 'SELECT 1'");
  clone({});
  expect_equal("s");
}

TEST_F(SchemaClone, ForeignTables) {
  const std::string server =
      "CREATE EXTENSION file_fdw; CREATE SERVER srv FOREIGN DATA WRAPPER file_fdw;";
  target_db_.connect().exec(server);
  source_db_.connect().exec(server + R"(
    CREATE SCHEMA s; CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE FOREIGN TABLE s.ft (a int OPTIONS (force_not_null 'false') NOT NULL DEFAULT s.f(),
      "B b" text COLLATE "C", CONSTRAINT c CHECK (a > 0)) SERVER srv OPTIONS (filename '/dev/null');
    COMMENT ON FOREIGN TABLE s.ft IS 'f'; COMMENT ON COLUMN s.ft.a IS 'a';
    COMMENT ON CONSTRAINT c ON s.ft IS 'c';)");
  clone({});
  EXPECT_EQ(dump_schema(source_cluster(), source_db_.name(), "s"),
            dump_schema(target_cluster(), target_db_.name(), "s"));
}

}  // namespace
}  // namespace pgclone::test
