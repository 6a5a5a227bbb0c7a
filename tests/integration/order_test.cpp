// What must come before what: objects whose needs no statement and hardly a catalog tells.
#include "integration/ways.hpp"

namespace pgclone::integration {
namespace {

class Order : public EveryWay {};
PGCLONE_EVERY_WAY(Order);

// Tables that come first by name, whose rows name what comes last.
TEST_P(Order, RowsThatNameObjects) {
  source_.exec(R"sql(
CREATE SCHEMA n;
CREATE DOMAIN n.relation AS regclass;
CREATE TYPE n.pair AS (what text, kind regtype);
CREATE TYPE n.span AS RANGE (SUBTYPE = oid);
CREATE FUNCTION n.a_trigger() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN RAISE EXCEPTION ''fired''; END';
CREATE TABLE n.a_log (n int PRIMARY KEY, rel regclass, proc regprocedure[], d n.relation[], c n.pair,
  op regoperator, cfg regconfig, dict regdictionary, coll regcollation, ns regnamespace, f regproc,
  name text GENERATED ALWAYS AS ('x') STORED);
CREATE TABLE n.a_parts (k int, rel regclass) PARTITION BY LIST (k);
CREATE TABLE n.a_part PARTITION OF n.a_parts FOR VALUES IN (1, 2);
CREATE TABLE n.a_child () INHERITS (n.a_log);
CREATE TABLE n.b_log_of_log (r int REFERENCES n.a_log, rels n.relation[]);
CREATE TABLE n.z (id int PRIMARY KEY);
CREATE VIEW n.z_view AS SELECT 1 AS one;
CREATE MATERIALIZED VIEW n.z_mat AS SELECT count(*) AS n FROM n.a_log;
CREATE UNIQUE INDEX z_mat_idx ON n.z_mat (n);
CREATE SEQUENCE n.z_seq;
CREATE TYPE n.z_type AS ENUM ('a');
CREATE FUNCTION n.z_func(n.z) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION n.z_less(n.z_type, n.z_type) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR n.<<< (FUNCTION = n.z_less, LEFTARG = n.z_type, RIGHTARG = n.z_type);
CREATE TEXT SEARCH CONFIGURATION n.z_cfg (COPY = pg_catalog.simple);
CREATE TEXT SEARCH DICTIONARY n.z_dict (TEMPLATE = pg_catalog.simple);
CREATE COLLATION n.z_coll (LOCALE = 'C');
INSERT INTO n.a_log VALUES
  (1, 'n.z', '{n.z_func(n.z)}', '{n.z_view}', ('x', 'n.z_type'), 'n.<<<(n.z_type, n.z_type)',
   'n.z_cfg', 'n.z_dict', 'n.z_coll', 'n', 'n.z_less'),
  (2, 'n.z_view', NULL, '{n.z_mat_idx,n.z_seq}', ('y', 'n.z[]'), NULL, 'english', NULL, '"C"', NULL, NULL),
  (3, 'n.z_pkey', NULL, '{n.a_log_pkey,n.z_mat}', NULL, NULL, NULL, NULL, NULL, 'pg_catalog', 'now');
INSERT INTO n.a_child SELECT n + 10, rel, proc, d, c FROM n.a_log;
INSERT INTO n.a_parts VALUES (1, 'n.z'), (2, 'n.a_part');
INSERT INTO n.b_log_of_log VALUES (1, '{n.z,n.b_log_of_log}');
REFRESH MATERIALIZED VIEW n.z_mat;
CREATE TRIGGER never BEFORE INSERT ON n.a_log FOR EACH ROW EXECUTE FUNCTION n.a_trigger();
CREATE TRIGGER never BEFORE INSERT ON n.a_parts FOR EACH ROW EXECUTE FUNCTION n.a_trigger();
ALTER TABLE n.a_log ENABLE ROW LEVEL SECURITY;
)sql");
  clone_schema("n");
  expect_equal("n");
  if (GetParam() != Way::sync) return;
  // Under another name, and beside what is replaced, they name the clone's own.
  clone_schema("n", R"("conflict": "replace")");
  expect_equal("n");
  clone_schema("n", R"("target_schema": "Other")");
  EXPECT_EQ(target_.value("SELECT string_agg(rel::text, ' ' ORDER BY n) FROM \"Other\".a_log"),
            "\"Other\".z \"Other\".z_view \"Other\".z_pkey \"Other\".z \"Other\".z_view"
            " \"Other\".z_pkey");
}

TEST_P(Order, ATableWhoseRowsNameItsOwnIndex) {
  source_.exec(
      "CREATE SCHEMA n; CREATE TABLE n.t (id int PRIMARY KEY, rel regclass);"
      "INSERT INTO n.t VALUES (1, 'n.t'), (2, 'n.t_pkey')");
  target_.exec("CREATE SCHEMA n");
  clone(GetParam() == Way::sync ? Mode::sync : Mode::async, "table", "'n', 't'");
  expect_equal("n");
}

TEST_P(Order, RowsThatNameObjectsTravelAsText) {
  source_.exec("CREATE SCHEMA n; CREATE DOMAIN n.d AS regclass; CREATE TABLE n.t (rel n.d)");
  const SqlReport report = failing_clone(GetParam() == Way::sync ? Mode::sync : Mode::async,
                                         "schema", R"('n', true, '{"format": "binary"}')");
  EXPECT_EQ(report.sqlstate, "0A000");
}

// --- materialized views

constexpr const char* kUnpopulated = R"sql(
CREATE SCHEMA u;
CREATE MATERIALIZED VIEW u.base AS SELECT 1 AS id;
CREATE MATERIALIZED VIEW u.other AS SELECT 2 AS id;
CREATE MATERIALIZED VIEW u.direct AS SELECT count(*) AS n FROM u.base;
CREATE VIEW u.between AS SELECT n FROM u.direct;
CREATE MATERIALIZED VIEW u.above AS SELECT n FROM u.between;
CREATE MATERIALIZED VIEW u.above_other AS SELECT count(*) AS n FROM u.other;
CREATE FUNCTION u.read() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT n FROM u.direct; END;
CREATE MATERIALIZED VIEW u.by_function AS SELECT u.read() AS n;
CREATE MATERIALIZED VIEW u.never AS SELECT n FROM u.above WITH NO DATA;
REFRESH MATERIALIZED VIEW u.base WITH NO DATA;
)sql";

class Unpopulated : public Order {
 protected:
  void expect_as_restored() {
    EXPECT_EQ(target_.value("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class"
                            " WHERE relkind = 'm' AND relispopulated"),
              "above_other other");
    EXPECT_EQ(test::dump_schema(source_server(), source_db_.name(), "u"),
              test::dump_schema(target_server(), target_db_.name(), "u"));
    if (GetParam() == Way::sync) {
      ASSERT_EQ(target_.notices().size(), 1U);
      EXPECT_EQ(target_.notices()[0].message,
                "materialized views stay unpopulated, since they need one that is");
      EXPECT_EQ(target_.notices()[0].detail,
                "\"u\".\"above\"\n\"u\".\"by_function\"\n\"u\".\"direct\"");
    }
  }
};
PGCLONE_EVERY_WAY(Unpopulated);

TEST_P(Unpopulated, ViewsAndWhatNeedsThem) {
  source_.exec(kUnpopulated);
  clone_schema("u");
  expect_as_restored();
}

TEST_P(Unpopulated, DefinitionsAndThenRows) {
  source_.exec(kUnpopulated);
  clone_schema("u", R"("schema_only": true)");
  target_.clear_notices();
  clone_schema("u", R"("data_only": true)");
  expect_as_restored();
}

// By name the reader would be first; only the body says what it reads.
TEST_P(Order, RowsAloneOfWhatFunctionsRead) {
  source_.exec(R"sql(
CREATE SCHEMA f;
CREATE TABLE f.t (id int);
CREATE MATERIALIZED VIEW f.z AS SELECT count(*) AS n FROM f.t;
CREATE FUNCTION f.count_z() RETURNS bigint LANGUAGE plpgsql STABLE AS 'BEGIN RETURN (SELECT n FROM f.z); END';
CREATE MATERIALIZED VIEW f.a AS SELECT f.count_z() AS n;
CREATE FUNCTION f.count_t() RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN (SELECT count(*) FROM f.t); END';
INSERT INTO f.t VALUES (1), (2);
CREATE TABLE f.computed (id int, n bigint GENERATED ALWAYS AS (f.count_t()) STORED);
INSERT INTO f.computed VALUES (1);
REFRESH MATERIALIZED VIEW f.z; REFRESH MATERIALIZED VIEW f.a;
)sql");
  clone_schema("f", R"("schema_only": true)");
  clone_schema("f", R"("data_only": true)");
  expect_equal("f");
}

// --- constraints that what is there breaks

TEST_P(Order, DomainConstraintsThatAreNotValid) {
  source_.exec(R"sql(
CREATE SCHEMA d;
CREATE DOMAIN d.d AS text CONSTRAINT filled CHECK (VALUE <> '');
CREATE DOMAIN d.over AS d.d;
CREATE TYPE d.c AS (x d.d);
CREATE TABLE d.t (n d.d, a d.d[], c d.c, o d.over, g text GENERATED ALWAYS AS ('too long a text'::d.d) STORED);
INSERT INTO d.t VALUES ('too long for it', '{too long for it}', ROW('too long for it'), 'too long for it');
CREATE INDEX ON d.t ((n::d.over));
CREATE MATERIALIZED VIEW d.m AS SELECT 'also too long'::d.d AS x;
CREATE FUNCTION d.short(text) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT length($1) < 10';
ALTER DOMAIN d.d ADD CONSTRAINT short CHECK (d.short(VALUE)) NOT VALID;
COMMENT ON CONSTRAINT short ON DOMAIN d.d IS 'since lately';
)sql");
  clone_schema("d", R"("owners": true)");
  expect_equal("d");
  const std::string constraints =
      "SELECT conname, convalidated FROM pg_constraint WHERE contypid <> 0 AND connamespace ="
      " 'd'::regnamespace ORDER BY 1";
  expect_same(constraints, constraints);
}

// --- operator families

TEST_P(Order, LooseMembersOfOperatorFamilies) {
  source_.exec(R"sql(
CREATE SCHEMA o;
CREATE TABLE o.t (n int);
CREATE TYPE o.z AS ENUM ('a', 'b');
CREATE FUNCTION o.cmp48(int, bigint) RETURNS int LANGUAGE sql IMMUTABLE
  BEGIN ATOMIC SELECT coalesce((SELECT max(n) FROM o.t WHERE false), btint48cmp($1, $2)); END;
CREATE FUNCTION o.z_lt(int, o.z) RETURNS bool LANGUAGE sql IMMUTABLE
  BEGIN ATOMIC SELECT EXISTS (SELECT FROM o.t WHERE n = $1); END;
CREATE FUNCTION o.z_cmp(int, o.z) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
CREATE OPERATOR o.<! (FUNCTION = o.z_lt, LEFTARG = int, RIGHTARG = o.z);
CREATE OPERATOR FAMILY o.fam USING btree;
ALTER OPERATOR FAMILY o.fam USING btree ADD FUNCTION 1 (int, bigint) o.cmp48(int, bigint),
  OPERATOR 1 o.<! (int, o.z), FUNCTION 1 (int, o.z) o.z_cmp(int, o.z);
CREATE OPERATOR FAMILY o.hashes USING hash;
ALTER OPERATOR FAMILY o.hashes USING hash ADD FUNCTION 1 (int, int) hashint4(int);
)sql");
  clone_schema("o");
  expect_equal("o");
}

// --- partitions whose parent is there

TEST_P(Order, PartitionsInAnotherSchema) {
  source_.exec(R"sql(
CREATE SCHEMA p; CREATE SCHEMA "p old";
CREATE TABLE p.m (k int PRIMARY KEY, v text, r int REFERENCES p.m, UNIQUE (v, k), CHECK (k >= 0))
  PARTITION BY RANGE (k);
CREATE INDEX m_v ON p.m (lower(v)) WITH (fillfactor = 60);
CREATE TABLE p.m_new PARTITION OF p.m FOR VALUES FROM (100) TO (200);
CREATE TABLE "p old".m_old PARTITION OF p.m FOR VALUES FROM (0) TO (100);
CREATE TABLE "p old".m_sub PARTITION OF p.m FOR VALUES FROM (200) TO (300) PARTITION BY LIST (k);
CREATE TABLE "p old".m_leaf PARTITION OF "p old".m_sub FOR VALUES IN (200, 201);
CREATE INDEX m_old_own ON "p old".m_old (v);
INSERT INTO p.m VALUES (1, 'one', NULL), (2, 'two', 1), (100, 'new', 100), (200, 'sub', 100);
)sql");
  clone_schema("p");
  clone_schema("p old");
  expect_equal("p");
  expect_equal("p old");
  const std::string rows = "SELECT tableoid::regclass::text, * FROM p.m ORDER BY k";
  expect_same(rows, rows);
  const std::string indexes =
      "SELECT c.relname, pg_get_indexdef(c.oid), i.indisvalid, h.inhparent::regclass::text"
      " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_inherits h"
      " ON h.inhrelid = c.oid WHERE c.relnamespace IN ('p'::regnamespace, '\"p "
      "old\"'::regnamespace)"
      " ORDER BY c.relname";
  expect_same(indexes, indexes);
}

// --- statistics that can't be had

TEST_P(Order, StatisticsOfAForeignPartitionThatIsAway) {
  const std::string far =
      "CREATE EXTENSION postgres_fdw; CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw"
      " OPTIONS (host '127.0.0.1', port '1'); CREATE USER MAPPING FOR CURRENT_USER SERVER far";
  for (Sql* const server : {&source_, &target_}) server->exec(far);
  source_.exec(R"sql(
CREATE SCHEMA s;
CREATE TABLE s.p (a int) PARTITION BY LIST (a);
CREATE FOREIGN TABLE s.p1 PARTITION OF s.p FOR VALUES IN (1) SERVER far;
CREATE TABLE s.p2 PARTITION OF s.p FOR VALUES IN (2);
CREATE TABLE s.parent (a int);
CREATE FOREIGN TABLE s.child () INHERITS (s.parent) SERVER far;
INSERT INTO s.p2 VALUES (2); INSERT INTO s.parent VALUES (3);
)sql");
  clone_schema("s");
  EXPECT_EQ(test::dump_schema(source_server(), source_db_.name(), "s"),
            test::dump_schema(target_server(), target_db_.name(), "s"));
  EXPECT_EQ(test::table_checksums(source_, "s"), test::table_checksums(target_, "s"));
  if (GetParam() == Way::sync) {
    EXPECT_THAT(told("WARNING"),
                ::testing::ElementsAre("could not collect the statistics of \"s\".\"p\""));
    EXPECT_THAT(target_.notices()[0].detail, HasSubstr("could not connect to server"));
  }
  target_.exec("DROP SCHEMA s CASCADE");
  clone_schema("s", R"("schema_only": true)");
  target_.clear_notices();
  clone_schema("s", R"("data_only": true)");
  EXPECT_EQ(test::table_checksums(source_, "s"), test::table_checksums(target_, "s"));
}

// --- partitions on their way out

class Detaching : public Order {
 protected:
  void SetUp() override {
    Order::SetUp();
    source_.exec(R"sql(
CREATE SCHEMA t;
CREATE TABLE t.other (k int PRIMARY KEY);
CREATE FUNCTION t.act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE t.parts (k int PRIMARY KEY, r int REFERENCES t.other) PARTITION BY LIST (k);
CREATE TRIGGER act AFTER INSERT ON t.parts FOR EACH ROW EXECUTE FUNCTION t.act();
CREATE TABLE t.stays PARTITION OF t.parts FOR VALUES IN (1);
CREATE TABLE t.goes PARTITION OF t.parts FOR VALUES IN (2);
INSERT INTO t.other VALUES (7); INSERT INTO t.parts VALUES (1, 7), (2, 7);
)sql");
    // A reader keeps DETACH … CONCURRENTLY from its second transaction.
    Sql reader = source_db_.connect();
    reader.exec("BEGIN; SELECT FROM t.parts");
    Sql owner = source_db_.connect();
    owner.send("ALTER TABLE t.parts DETACH PARTITION t.goes CONCURRENTLY");
    wait_until(source_, "SELECT EXISTS (SELECT FROM pg_inherits WHERE inhdetachpending)");
    owner.cancel();
    EXPECT_THROW(owner.finish(), test::SqlError);
  }
  void finalize() { source_.exec("ALTER TABLE t.parts DETACH PARTITION t.goes FINALIZE"); }
};
PGCLONE_EVERY_WAY(Detaching);

TEST_P(Detaching, BecomesATableOfItsOwn) {
  clone_schema("t");
  EXPECT_EQ(target_.value("SELECT count(*) FROM t.parts"), "1");
  if (GetParam() == Way::sync) {
    ASSERT_EQ(target_.notices().size(), 1U);
    EXPECT_EQ(
        target_.notices()[0].message,
        "partition \"t\".\"goes\" is no part of \"t\".\"parts\": it comes as a table of its own");
  }
  finalize();
  expect_equal("t");
}

TEST_P(Detaching, IsLeftOutWithASingleTable) {
  target_.exec(
      "CREATE SCHEMA t; CREATE TABLE t.other (k int PRIMARY KEY); INSERT INTO t.other"
      " VALUES (7); CREATE FUNCTION t.act() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN RETURN new; END'");
  clone(GetParam() == Way::sync ? Mode::sync : Mode::async, "table", "'t', 'parts'");
  if (GetParam() == Way::sync) {
    ASSERT_EQ(target_.notices().size(), 1U);
    EXPECT_EQ(target_.notices()[0].message,
              "partition \"t\".\"goes\" is no part of \"t\".\"parts\", and is left out");
  }
  finalize();
  source_.exec("DROP TABLE t.goes");
  expect_equal("t");
}

}  // namespace
}  // namespace pgclone::integration
