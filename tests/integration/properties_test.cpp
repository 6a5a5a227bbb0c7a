// Marks and properties of objects that are easily lost: no statement fails without them.
#include "integration/ways.hpp"

namespace pgclone::integration {
namespace {

class Properties : public EveryWay {};
PGCLONE_EVERY_WAY(Properties);

constexpr const char* kMarks =
    "SELECT pg_describe_object(d.classid, d.objid, 0), e.extname FROM pg_depend d"
    " JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND e.oid = d.refobjid"
    " WHERE d.deptype = 'x' ORDER BY 1, 2";

constexpr const char* kMarkedSchema = R"sql(
CREATE SCHEMA m;
CREATE TABLE m.t (id int PRIMARY KEY, v text);
CREATE FUNCTION m.f(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE PROCEDURE m."p %"(IN int, OUT text) LANGUAGE sql AS 'SELECT ''x''';
CREATE PROCEDURE m."p %"(IN int, IN text) LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE m.total(int) (SFUNC = int4pl, STYPE = int);
CREATE AGGREGATE m.many(*) (SFUNC = int8inc, STYPE = int8, INITCOND = '0');
CREATE FUNCTION m.act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER "T r" BEFORE INSERT ON m.t FOR EACH ROW EXECUTE FUNCTION m.act();
CREATE INDEX low ON m.t (lower(v)) WITH (fillfactor = 70);
CREATE MATERIALIZED VIEW m.mv AS SELECT id, v FROM m.t;
CREATE INDEX mv_idx ON m.mv (v);
CREATE VIEW m.v AS SELECT id FROM m.t;
CREATE TRIGGER vt INSTEAD OF INSERT ON m.v FOR EACH ROW EXECUTE FUNCTION m.act();
CREATE TABLE m.parts (k int PRIMARY KEY) PARTITION BY RANGE (k);
CREATE TABLE m.part PARTITION OF m.parts FOR VALUES FROM (0) TO (9);
ALTER FUNCTION m.f(text) DEPENDS ON EXTENSION pg_trgm;
ALTER FUNCTION m.f(text) DEPENDS ON EXTENSION citext;
ALTER PROCEDURE m."p %"(IN int, OUT text) DEPENDS ON EXTENSION pg_trgm;
ALTER ROUTINE m.total(int) DEPENDS ON EXTENSION pg_trgm;
ALTER ROUTINE m.many() DEPENDS ON EXTENSION citext;
ALTER TRIGGER "T r" ON m.t DEPENDS ON EXTENSION pg_trgm;
ALTER TRIGGER vt ON m.v DEPENDS ON EXTENSION pg_trgm;
ALTER INDEX m.low DEPENDS ON EXTENSION pg_trgm;
ALTER INDEX m.t_pkey DEPENDS ON EXTENSION pg_trgm;
ALTER INDEX m.mv_idx DEPENDS ON EXTENSION pg_trgm;
ALTER INDEX m.parts_pkey DEPENDS ON EXTENSION citext;
ALTER MATERIALIZED VIEW m.mv DEPENDS ON EXTENSION pg_trgm;
)sql";

TEST_P(Properties, WhatGoesWithAnExtension) {
  for (Sql* const server : {&source_, &target_})
    server->exec("CREATE EXTENSION pg_trgm; CREATE EXTENSION citext");
  source_.exec(kMarkedSchema);
  clone_schema("m");
  expect_equal("m");
  EXPECT_EQ(source_.rows(kMarks).size(), 12U);
  expect_same(kMarks, kMarks);
  for (Sql* const server : {&source_, &target_}) server->exec("DROP EXTENSION pg_trgm CASCADE");
  expect_equal("m");
}

TEST_P(Properties, ExtensionsThatOnlyMarksName) {
  source_.exec("CREATE SCHEMA x; CREATE EXTENSION pg_trgm SCHEMA x; CREATE EXTENSION citext");
  source_.exec(kMarkedSchema);
  target_.exec("CREATE EXTENSION citext");
  clone_schema("m", R"("extensions": true)");
  expect_equal("m");
  expect_same(kMarks, kMarks);
  EXPECT_EQ(target_.value("SELECT extnamespace::regnamespace FROM pg_extension"
                          " WHERE extname = 'pg_trgm'"),
            "x");
}

TEST_P(Properties, MarksOfMissingExtensionsAreTold) {
  source_.exec("CREATE EXTENSION pg_trgm; CREATE EXTENSION citext");
  source_.exec(kMarkedSchema);
  target_.exec("CREATE EXTENSION citext");
  clone_schema("m");
  EXPECT_EQ(target_.rows(kMarks).size(), 3U);
  if (GetParam() == Way::sync) {
    const std::vector<std::string> once(2, "objects come without their mark DEPENDS ON EXTENSION");
    EXPECT_EQ(told("WARNING"), once);
    EXPECT_EQ(target_.notices().back().detail,
              "The target lacks extension \"pg_trgm\": FUNCTION \"m\".\"f\"(text), PROCEDURE"
              " \"m\".\"p %\"(IN integer, OUT text), ROUTINE \"m\".\"total\"(integer), MATERIALIZED"
              " VIEW \"m\".\"mv\", INDEX \"m\".\"mv_idx\", TRIGGER \"vt\" ON \"m\".\"v\".");
  }
  source_.exec("DROP SCHEMA m CASCADE");
}

TEST_F(CloneTest, MarksOfASingleTable) {
  source_.exec("CREATE EXTENSION pg_trgm; CREATE EXTENSION citext");
  source_.exec(kMarkedSchema);
  target_.exec(
      "CREATE SCHEMA m; CREATE FUNCTION m.act() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN RETURN new; END'");
  clone(Mode::async, "table", R"('m', 't', true, 'u', '{"extensions": true}')");
  EXPECT_EQ(target_.value("SELECT string_agg(pg_describe_object(classid, objid, 0), ', ' ORDER BY"
                          " classid, objid::regclass::text) FROM pg_depend WHERE deptype = 'x'"),
            "index m.u_low, index m.u_pkey, trigger T r on table m.u");
}

// --- children that differ from their parents

constexpr const char* kChildren = R"sql(
CREATE EXTENSION file_fdw;
CREATE SERVER far FOREIGN DATA WRAPPER file_fdw;
)sql";

constexpr const char* kChildrenSchema = R"sql(
CREATE SCHEMA c;
CREATE TABLE c.parent (a int NOT NULL, b text DEFAULT 'p', n numeric);
CREATE TABLE c.child () INHERITS (c.parent);
CREATE TABLE c.grandchild (own int) INHERITS (c.child);
CREATE TABLE c.local (n numeric, a int, b text);
ALTER TABLE c.local ALTER a SET NOT NULL;
ALTER TABLE c.local INHERIT c.parent;
CREATE TABLE c.merged (a int) INHERITS (c.parent);
CREATE FOREIGN TABLE c.distant () INHERITS (c.parent) SERVER far OPTIONS (filename '/nowhere');
ALTER TABLE c.child ALTER a DROP NOT NULL;
ALTER TABLE c.local ALTER a DROP NOT NULL;
ALTER TABLE c.merged ALTER a DROP NOT NULL;
ALTER FOREIGN TABLE c.distant ALTER a DROP NOT NULL, ALTER b DROP DEFAULT;
INSERT INTO c.child VALUES (NULL); INSERT INTO c.local VALUES (NULL); INSERT INTO c.merged VALUES (NULL);
INSERT INTO c.grandchild VALUES (1);

CREATE TABLE c.loose (b text);
CREATE TABLE c.loose_child () INHERITS (c.loose);
CREATE FOREIGN TABLE c.loose_distant () INHERITS (c.loose) SERVER far OPTIONS (filename '/nowhere');
INSERT INTO c.loose_child VALUES (NULL);
ALTER TABLE ONLY c.loose ALTER b SET NOT NULL;

CREATE TABLE c.stored (t text, n numeric, u text COMPRESSION pglz);
CREATE TABLE c.stored_child () INHERITS (c.stored);
CREATE TABLE c.stored_merged (u text, t text) INHERITS (c.stored);
CREATE TABLE c.stored_local (n numeric, t text, u text);
ALTER TABLE c.stored_local INHERIT c.stored;
CREATE FOREIGN TABLE c.stored_distant () INHERITS (c.stored) SERVER far OPTIONS (filename '/nowhere');
ALTER TABLE ONLY c.stored ALTER t SET STORAGE EXTERNAL, ALTER n SET STORAGE PLAIN;
ALTER TABLE ONLY c.stored_child ALTER n SET STORAGE MAIN, ALTER u SET COMPRESSION default;
ALTER TABLE ONLY c.stored_merged ALTER u SET COMPRESSION default;
CREATE TABLE c.stored_parts (k int, t text) PARTITION BY LIST (k);
CREATE TABLE c.stored_part PARTITION OF c.stored_parts FOR VALUES IN (1);
ALTER TABLE ONLY c.stored_parts ALTER t SET STORAGE EXTERNAL;

CREATE TABLE c.numbered (id int DEFAULT 42, j int DEFAULT 7);
CREATE TABLE c.numbered_child () INHERITS (c.numbered);
CREATE TABLE c.numbered_merged (id int NOT NULL) INHERITS (c.numbered);
CREATE TABLE c.numbered_local (id int NOT NULL GENERATED ALWAYS AS IDENTITY, j int);
ALTER TABLE c.numbered_local INHERIT c.numbered;
ALTER TABLE c.numbered_child ALTER id DROP DEFAULT, ALTER id SET NOT NULL;
ALTER TABLE c.numbered_child ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 100 INCREMENT 3);
ALTER TABLE c.numbered_merged ALTER id DROP DEFAULT;
ALTER TABLE c.numbered_merged ALTER id ADD GENERATED ALWAYS AS IDENTITY;
INSERT INTO c.numbered_child DEFAULT VALUES; INSERT INTO c.numbered_merged DEFAULT VALUES;
)sql";

constexpr const char* kColumns =
    "SELECT attrelid::regclass::text, attname, attnotnull, attstorage, attcompression, attidentity,"
    " attislocal, attinhcount, atthasdef FROM pg_attribute WHERE attnum > 0 AND attrelid IN ("
    " SELECT oid FROM pg_class WHERE relkind IN ('r', 'p', 'f') AND relnamespace ="
    " 'c'::regnamespace) ORDER BY 1, attname";

TEST_P(Properties, ChildrenThatDifferFromTheirParents) {
  for (Sql* const server : {&source_, &target_}) server->exec(kChildren);
  source_.exec(kChildrenSchema);
  clone_schema("c");
  expect_equal("c");
  expect_same(kColumns, kColumns);
  for (Sql* const server : {&source_, &target_}) {
    EXPECT_EQ(server->value("INSERT INTO c.numbered_child DEFAULT VALUES RETURNING id"), "103");
    EXPECT_EQ(server->value("INSERT INTO c.numbered_merged DEFAULT VALUES RETURNING id"), "2");
  }
}

TEST_P(Properties, ChildrenAndTheirRowsOneAfterTheOther) {
  for (Sql* const server : {&source_, &target_}) server->exec(kChildren);
  source_.exec(kChildrenSchema);
  clone_schema("c", R"("schema_only": true)");
  expect_same(kColumns, kColumns);
  clone_schema("c", R"("data_only": true)");
  expect_equal("c");
}

TEST_P(Properties, ReplicaIdentitiesOfMaterializedViews) {
  source_.exec(
      "CREATE SCHEMA r; CREATE MATERIALIZED VIEW r.f AS SELECT 1 AS id; CREATE MATERIALIZED VIEW"
      " r.n AS SELECT 1 AS id; CREATE MATERIALIZED VIEW r.d AS SELECT 1 AS id;"
      "ALTER TABLE r.f REPLICA IDENTITY FULL; ALTER TABLE r.n REPLICA IDENTITY NOTHING");
  clone_schema("r");
  expect_equal("r");
  const std::string identities =
      "SELECT relname, relreplident FROM pg_class WHERE relnamespace = 'r'::regnamespace ORDER BY "
      "1";
  expect_same(identities, identities);
}

// --- procedures of one name

constexpr const char* kProcedures = R"sql(
CREATE SCHEMA p; CREATE TYPE p."a, OUT b" AS (x int);
CREATE PROCEDURE p.p(IN a int, IN b int) LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE p.p(IN a int, OUT b int) LANGUAGE sql AS 'SELECT 2';
CREATE PROCEDURE p.p(OUT c text, INOUT d p."a, OUT b", VARIADIC e int[]) LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE p.p(INOUT d p."a, OUT b") LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION p.f(IN a int, OUT b int, OUT c int) LANGUAGE sql AS 'SELECT 1, 2';
COMMENT ON PROCEDURE p.p(IN int, IN int) IS 'two in';
COMMENT ON PROCEDURE p.p(IN int, OUT int) IS 'in and out';
COMMENT ON PROCEDURE p.p(OUT text, INOUT p."a, OUT b", VARIADIC int[]) IS 'all';
)sql";

TEST_P(Properties, ProceduresThatDifferInTheirOutArguments) {
  source_.exec(kProcedures);
  clone_schema("p", R"("owners": true, "privileges": true)");
  expect_equal("p");
  const std::string ids = "SELECT oid FROM pg_proc WHERE pronamespace = 'p'::regnamespace";
  const auto first = target_.rows(ids);
  clone_schema("p", R"("conflict": "skip")");
  EXPECT_EQ(target_.rows(ids), first);
  clone_schema("p", R"("conflict": "replace")");
  expect_equal("p");
  EXPECT_NE(target_.rows(ids), first);
}

TEST_P(Properties, ProceduresMakeRoom) {
  source_.exec(kProcedures);
  source_.exec(
      "DROP PROCEDURE p.p(OUT text, INOUT p.\"a, OUT b\", VARIADIC int[]),"
      " p.p(INOUT p.\"a, OUT b\"); DROP TYPE p.\"a, OUT b\"");
  clone_schema("p");
  clone_schema("p", R"("conflict": "rename")");
  EXPECT_EQ(target_.value("SELECT string_agg(p.proname || '(' ||"
                          " pg_get_function_identity_arguments(oid) || ')', '; ' ORDER BY p.proname"
                          " COLLATE \"C\", p.pronargs DESC)"
                          " FROM pg_proc p WHERE pronamespace = 'p'::regnamespace"),
            "f(a integer, OUT b integer, OUT c integer); f_old(a integer, OUT b integer, OUT c"
            " integer); p(IN a integer, IN b integer); p(IN a integer, OUT b integer);"
            " p_old(IN a integer, IN b integer); p_old_2(IN a integer, OUT b integer)");
}

// --- storage parameters

class Parameters : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(R"sql(
CREATE SCHEMA o;
CREATE TABLE o.t (a int PRIMARY KEY WITH (fillfactor = 60), b text, c int4range,
  EXCLUDE USING gist (c WITH &&) WITH (fillfactor = 50) WHERE (a > 0))
  WITH (fillfactor = 70, toast.autovacuum_enabled = false, autovacuum_enabled = off);
ALTER TABLE o.t ALTER b SET (n_distinct = 5, n_distinct_inherited = -0.5);
CREATE INDEX t_b ON o.t (b) WITH (fillfactor = 80, deduplicate_items = off) WHERE b <> 'WITH (x)';
CREATE INDEX t_c ON o.t USING gist (c) WITH (buffering = on);
CREATE INDEX t_plain ON o.t (b text_pattern_ops DESC) INCLUDE (c);
CREATE UNIQUE INDEX t_u ON o.t (a) NULLS NOT DISTINCT WITH (fillfactor = 90);
CREATE VIEW o.v WITH (security_barrier, security_invoker = true, check_option = local) AS SELECT a FROM o.t;
CREATE MATERIALIZED VIEW o.m WITH (fillfactor = 20, toast.autovacuum_enabled = false) AS SELECT b FROM o.t;
CREATE INDEX m_b ON o.m USING brin (b) WITH (pages_per_range = 4) WHERE b IS NOT NULL;
CREATE INDEX m_p ON o.m (b);
CREATE TABLE o.p (k int) PARTITION BY LIST (k);
CREATE INDEX p_k ON o.p (k) WITH (fillfactor = 55);
CREATE TABLE o.p1 PARTITION OF o.p FOR VALUES IN (1) WITH (fillfactor = 33);
INSERT INTO o.t VALUES (1, 'x', '[1,2)');
REFRESH MATERIALIZED VIEW o.m;
)sql");
  }

  // What a server of another version would keep there.
  void put_options(const std::string& option) {
    source_.exec(
        "SET allow_system_table_mods = on;"
        "UPDATE pg_class SET reloptions = reloptions || '{" +
        option +
        "}' WHERE (relnamespace ="
        " 'o'::regnamespace AND relkind IN ('r', 'i', 'v', 'm', 'I')) OR oid IN (SELECT"
        " reltoastrelid FROM pg_class WHERE relnamespace = 'o'::regnamespace);"
        "UPDATE pg_attribute SET attoptions = attoptions || '{" +
        option +
        "}' WHERE attnum > 0 AND"
        " attrelid IN ('o.t'::regclass, 'o.m'::regclass)");
  }
  void take_options_back(const std::string& option) {
    source_.exec("UPDATE pg_class SET reloptions = nullif(array_remove(reloptions, '" + option +
                 "'), '{}')"
                 " WHERE '" +
                 option +
                 "' = ANY (reloptions);"
                 "UPDATE pg_attribute SET attoptions = nullif(array_remove(attoptions, '" +
                 option + "'), '{}') WHERE '" + option + "' = ANY (attoptions)");
  }
};

class InternalParameters : public Parameters, public ::testing::WithParamInterface<Mode> {};
PGCLONE_BOTH_MODES(InternalParameters);

TEST_P(InternalParameters, StayWhereTheyAre) {
  put_options("pg_attver=3");
  clone(GetParam(), "schema", "'o'");
  take_options_back("pg_attver=3");
  expect_equal("o");
  EXPECT_EQ(target_.notices().size(), 0U);
}

TEST_F(Parameters, OfAnotherVersionAreTold) {
  put_options("from_the_future=1");
  clone(Mode::sync, "schema", "'o'");
  take_options_back("from_the_future=1");
  expect_equal("o");
  std::string told;
  for (const SqlReport& report : target_.notices())
    told += report.message + "\n" + report.detail + "\n";
  const std::string message = "left out storage parameters that the target does not have\n";
  EXPECT_EQ(told, message +
                      "TOAST table of materialized view o.m: from_the_future\n"
                      "column b of materialized view o.m: from_the_future\n"
                      "index o.m_b: from_the_future\n"
                      "index o.m_p: from_the_future\n"
                      "materialized view o.m: from_the_future\n"
                      "view o.v: from_the_future\n" +
                      message +
                      "TOAST table of table o.t: from_the_future\n"
                      "column a of table o.t: from_the_future\n"
                      "column b of table o.t: from_the_future\n"
                      "column c of table o.t: from_the_future\n"
                      "index o.p1_k_idx: from_the_future\n"
                      "index o.p_k: from_the_future\n"
                      "index o.t_b: from_the_future\n"
                      "index o.t_c: from_the_future\n"
                      "index o.t_c_excl: from_the_future\n"
                      "index o.t_pkey: from_the_future\n"
                      "index o.t_plain: from_the_future\n"
                      "index o.t_u: from_the_future\n"
                      "table o.p1: from_the_future\n"
                      "table o.t: from_the_future\n");
}

}  // namespace
}  // namespace pgclone::integration
