// Objects have their owner and their privileges from the moment they are made: what is computed is
// computed as its owner.
#include "ownership_fixture.hpp"

namespace pgclone::integration {
namespace {

INSTANTIATE_TEST_SUITE_P(Ways, Ownership, ::testing::ValuesIn(kWays), way_name);

// A function that tells as whom it runs, and makes itself at home where it may.
std::string limited(const std::string& schema) {
  return "CREATE SCHEMA " + schema + "; GRANT USAGE, CREATE ON SCHEMA " + schema +
         " TO own_limited; SET ROLE own_limited; SET search_path = " + schema + R"sql(;
    CREATE FUNCTION me() RETURNS text LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE 'CREATE ROLE own_escalated SUPERUSER';
      END IF;
      RETURN current_user;
    END $$;
    CREATE FUNCTION i(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN
      IF current_user <> 'own_limited' THEN RAISE EXCEPTION 'runs as %', current_user; END IF;
      RETURN $1;
    END $$;
    CREATE MATERIALIZED VIEW who AS SELECT me() AS me;
    CREATE TABLE t (id int); INSERT INTO t VALUES (1), (2);
    CREATE INDEX t_i ON t (i(id));
    CREATE STATISTICS t_s ON (i(id)), id FROM t;
    CREATE MATERIALIZED VIEW m AS SELECT id FROM t; CREATE INDEX m_i ON m (i(id));
    CREATE TABLE p (id int) PARTITION BY RANGE (id);
    CREATE TABLE p_1 PARTITION OF p DEFAULT; INSERT INTO p VALUES (3);
    CREATE INDEX p_i ON p (i(id));
    CREATE VIEW v AS SELECT me() AS me; CREATE MATERIALIZED VIEW over AS SELECT * FROM v;
    RESET ROLE; RESET search_path;)sql";
}

TEST_P(Ownership, WhatIsComputedIsComputedAsItsOwner) {
  source_.exec(limited("f01"));
  clone_schema("f01", kRights);
  EXPECT_EQ(target_.rows("SELECT me FROM f01.who UNION ALL SELECT me FROM f01.over"),
            (Rows{{"own_limited"}, {"own_limited"}}));
  EXPECT_THAT(warnings(), ::testing::IsEmpty());
  EXPECT_EQ(target_.value("SELECT to_regrole('own_escalated') IS NULL"), "t");
  EXPECT_EQ(test::effective_rights(source_, "f01"), test::effective_rights(target_, "f01"));
  expect_same_dump("f01");
  expect_same("TABLE f01.m", "TABLE f01.m");
}

// A materialized view of one's own, over a table and a function of others.
TEST_P(Ownership, OwnersAloneComputeWithTheRightsOfTheSource) {
  source_.exec(R"sql(
    CREATE SCHEMA o AUTHORIZATION own_a; GRANT USAGE, CREATE ON SCHEMA o TO own_b;
    CREATE TABLE o.t AS SELECT 7 AS id; ALTER TABLE o.t OWNER TO own_a;
    CREATE TABLE o.hidden AS SELECT 8 AS id, 9 AS other; ALTER TABLE o.hidden OWNER TO own_a;
    GRANT SELECT ON o.t TO own_b; GRANT SELECT (id) ON o.hidden TO own_b; SET search_path = o;
    CREATE FUNCTION o.f() RETURNS int LANGUAGE sql AS 'SELECT id FROM hidden';
    REVOKE EXECUTE ON FUNCTION o.f() FROM PUBLIC; ALTER FUNCTION o.f() OWNER TO own_a;
    GRANT EXECUTE ON FUNCTION o.f() TO own_b;
    CREATE FUNCTION o.g(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
    ALTER FUNCTION o.g(int) OWNER TO own_a; REVOKE EXECUTE ON FUNCTION o.g(int) FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION o.g(int) TO own_b;
    SET ROLE own_b; CREATE MATERIALIZED VIEW o.m AS SELECT id, o.f() AS f FROM o.t;
    CREATE INDEX m_i ON o.m (o.g(id)); RESET ROLE; RESET search_path;)sql");
  clone_schema("o", R"("owners": true)");
  EXPECT_EQ(target_.rows("SELECT * FROM o.m"), (Rows{{"7", "8"}}));
  EXPECT_EQ(target_.value("SELECT relowner::regrole FROM pg_class WHERE oid = 'o.m'::regclass"),
            "own_b");
  // What was lent is taken back.
  EXPECT_EQ(test::effective_rights(target_, "o"),
            (std::set<std::string>{"type hidden: PUBLIC USAGE", "type m: PUBLIC USAGE",
                                   "type t: PUBLIC USAGE"}));
}

TEST_P(Ownership, AGrantorWithoutUsage) {
  source_.exec(R"sql(
    CREATE SCHEMA f11; GRANT USAGE ON SCHEMA f11 TO own_a;
    CREATE TABLE f11.t (id int, other int); INSERT INTO f11.t VALUES (1);
    CREATE FUNCTION f11.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    GRANT SELECT, UPDATE (id) ON f11.t TO own_a WITH GRANT OPTION;
    GRANT EXECUTE ON FUNCTION f11.f() TO own_a WITH GRANT OPTION;
    SET ROLE own_a; GRANT SELECT, UPDATE (id) ON f11.t TO own_b;
    GRANT EXECUTE ON FUNCTION f11.f() TO own_b; RESET ROLE;
    REVOKE USAGE ON SCHEMA f11 FROM own_a;)sql");
  for (const std::string& options : {std::string(R"("privileges": true)"), std::string(kRights)}) {
    clone_schema("f11", options);
    const std::string acls = R"sql(
      SELECT relacl::text FROM pg_class WHERE oid = 'f11.t'::regclass UNION ALL
      SELECT attacl::text FROM pg_attribute WHERE attrelid = 'f11.t'::regclass AND attname = 'id'
      UNION ALL SELECT proacl::text FROM pg_proc WHERE oid = 'f11.f()'::regprocedure)sql";
    expect_same(acls, acls);
    EXPECT_EQ(target_.value("SELECT relacl FROM pg_class WHERE oid = 'f11.t'::regclass"),
              "{postgres=arwdDxt/postgres,own_a=r*/postgres,own_b=r/own_a}");
    EXPECT_EQ(target_.value("SELECT has_schema_privilege('own_a', 'f11', 'USAGE')"), "f");
    EXPECT_THAT(warnings(), ::testing::IsEmpty());
    target_.exec("DROP SCHEMA f11 CASCADE");
  }
}

// By a table alone: into a schema that is there.
TEST_P(Ownership, AGrantorWithoutUsageOfATable) {
  source_.exec(R"sql(
    CREATE SCHEMA f11; GRANT USAGE ON SCHEMA f11 TO own_a; CREATE TABLE f11.t (id int);
    GRANT SELECT ON f11.t TO own_a WITH GRANT OPTION;
    SET ROLE own_a; GRANT SELECT ON f11.t TO own_b; RESET ROLE;)sql");
  target_.exec("CREATE SCHEMA f11");
  clone(GetParam().mode, "table",
        "'f11', 't', options => " +
            sql::literal(std::string("{") + kRights + GetParam().options + "}"));
  EXPECT_EQ(target_.value("SELECT relacl FROM pg_class WHERE oid = 'f11.t'::regclass"),
            "{postgres=arwdDxt/postgres,own_a=r*/postgres,own_b=r/own_a}");
  EXPECT_EQ(target_.value("SELECT has_schema_privilege('own_a', 'f11', 'USAGE')"), "f");
}

// Whoever clones may not let the grantor in.
TEST_F(CloneTest, AGrantThatFailsTakesNothingElseAlong) {
  for (Sql* sql : {&source_, &target_}) {
    for (const char* role : {"own_a", "own_b"}) make_role(*sql, role);
    make_role(*sql, "own_cloner", "LOGIN");
  }
  source_.exec(R"sql(
    CREATE SCHEMA f11; CREATE TABLE f11.t AS SELECT 1 AS id; GRANT USAGE ON SCHEMA f11 TO own_a;
    GRANT SELECT ON f11.t TO own_a WITH GRANT OPTION; GRANT INSERT ON f11.t TO own_b;
    SET ROLE own_a; GRANT SELECT ON f11.t TO own_b; RESET ROLE;
    GRANT USAGE ON SCHEMA f11 TO own_cloner; GRANT SELECT ON f11.t TO own_cloner;
    ALTER ROLE own_cloner PASSWORD 'secret')sql");
  source_server().append_hba_first("host all own_cloner 127.0.0.1/32 scram-sha-256");
  source_server().reload();
  target_.exec(
      "CREATE SCHEMA f11; GRANT ALL ON SCHEMA f11 TO own_cloner; GRANT USAGE ON SCHEMA pgclone TO"
      " own_cloner; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO own_cloner");
  Sql cloner(target_server().tcp_conninfo(target_db_.name(), "own_cloner"));
  cloner.exec(call("table", sql::literal(source_server().tcp_conninfo(source_db_.name(),
                                                                      "own_cloner", "secret")) +
                                ", 'f11', 't', options => '{\"privileges\": true}'"));
  EXPECT_EQ(target_.value("SELECT relacl FROM pg_class WHERE oid = 'f11.t'::regclass"),
            "{own_cloner=arwdDxt/own_cloner,own_a=r*/own_cloner,own_b=a/own_cloner}");
  ASSERT_EQ(cloner.notices().size(), 1U);
  EXPECT_EQ(cloner.notices()[0].severity, "WARNING");
  EXPECT_EQ(cloner.notices()[0].message,
            "a privilege on TABLE \"f11\".\"t\" is not granted, since role \"own_a\" could not"
            " grant it");
  EXPECT_EQ(cloner.notices()[0].detail, "permission denied to set role \"own_a\".");
  EXPECT_EQ(cloner.notices()[0].hint,
            "Left out: GRANT SELECT ON TABLE \"f11\".\"t\" TO \"own_b\";");
}

TEST_F(CloneTest, OwnersThatTheRoleIsNoMemberOfAreListedFirst) {
  for (Sql* sql : {&source_, &target_}) {
    make_role(*sql, "own_a");
    make_role(*sql, "own_stranger", "LOGIN");
  }
  source_.exec(
      "CREATE SCHEMA f; CREATE TABLE f.t (a int); ALTER TABLE f.t OWNER TO own_a;"
      "GRANT USAGE ON SCHEMA f TO own_stranger; GRANT SELECT ON f.t TO own_stranger;"
      "ALTER ROLE own_stranger PASSWORD 'secret'");
  source_server().append_hba_first("host all own_stranger 127.0.0.1/32 scram-sha-256");
  source_server().reload();
  target_.exec(
      "CREATE SCHEMA f; GRANT ALL ON SCHEMA f TO own_stranger; GRANT USAGE ON SCHEMA pgclone TO"
      " own_stranger; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO own_stranger");
  Sql stranger(target_server().tcp_conninfo(target_db_.name(), "own_stranger"));
  const SqlReport report = stranger.expect_error(
      call("table",
           sql::literal(source_server().tcp_conninfo(source_db_.name(), "own_stranger", "secret")) +
               ", 'f', 't', options => '{\"owners\": true}'"));
  EXPECT_EQ(report.sqlstate, "42501");
  EXPECT_EQ(report.detail, "Role \"own_stranger\" is no member of: \"own_a\".");
  EXPECT_FALSE(exists("f.t"));
}

// An index is built as its table's owner, who has lost the right to call its functions since.
TEST_P(Ownership, FunctionsOfIndexesThatTheOwnerMayNotCallAnyMore) {
  source_.exec(R"sql(
    CREATE SCHEMA x; GRANT ALL ON SCHEMA x TO own_a;
    CREATE FUNCTION x.f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1; END';
    CREATE FUNCTION x.g(int, int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 > $2; END';
    CREATE FUNCTION x.h(int) RETURNS int LANGUAGE sql IMMUTABLE RETURN x.f($1) + 1;
    CREATE OPERATOR x.>>> (FUNCTION = x.g, LEFTARG = int, RIGHTARG = int);
    CREATE TABLE x.t (a int); INSERT INTO x.t VALUES (1), (2);
    CREATE INDEX i ON x.t (x.f(a)) WHERE a OPERATOR(x.>>>) 1; CREATE INDEX h ON x.t (x.h(a));
    CREATE STATISTICS x.s ON (x.f(a)), a FROM x.t; ALTER TABLE x.t OWNER TO own_a;
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA x FROM PUBLIC; GRANT EXECUTE ON FUNCTION x.f TO own_b;)sql");
  for (const char* choice : {R"("owners": true)", kRights}) {
    clone_schema("x", choice);
    EXPECT_EQ(target_.value("SELECT count(*) FROM pg_index WHERE indrelid = 'x.t'::regclass"), "2");
    EXPECT_EQ(target_.value("SELECT string_agg(proacl::text, ' ' ORDER BY proname) FROM pg_proc"
                            " WHERE pronamespace = 'x'::regnamespace"),
              choice == kRights
                  ? "{postgres=X/postgres,own_b=X/postgres} {postgres=X/postgres}"
                    " {postgres=X/postgres}"
                  : "{postgres=X/postgres} {postgres=X/postgres} {postgres=X/postgres}");
    target_.exec("DROP SCHEMA x CASCADE");
  }
}

// Whoever doesn't inherit an owner's rights could do nothing more with what it has given away.
TEST_F(CloneTest, AMemberThatInheritsNothingGivesAwayLast) {
  for (Sql* sql : {&source_, &target_}) {
    make_role(*sql, "own_a");
    make_role(*sql, "own_b");
    make_role(*sql, "own_noinherit", "LOGIN NOINHERIT IN ROLE own_a");
  }
  source_.exec(
      "CREATE SCHEMA n; CREATE TABLE n.t AS SELECT 1 AS id; CREATE INDEX t_i ON n.t (id);"
      "ALTER TABLE n.t OWNER TO own_a; GRANT UPDATE ON n.t TO own_b;"
      "GRANT USAGE ON SCHEMA n TO own_noinherit; GRANT SELECT ON n.t TO own_noinherit;"
      "ALTER ROLE own_noinherit PASSWORD 'secret'");
  source_server().append_hba_first("host all own_noinherit 127.0.0.1/32 scram-sha-256");
  source_server().reload();
  target_.exec(
      "CREATE SCHEMA n; GRANT ALL ON SCHEMA n TO own_noinherit, own_a; GRANT USAGE ON SCHEMA"
      " pgclone TO own_noinherit; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO"
      " own_noinherit");
  Sql member(target_server().tcp_conninfo(target_db_.name(), "own_noinherit"));
  member.exec(call("table", sql::literal(source_server().tcp_conninfo(source_db_.name(),
                                                                      "own_noinherit", "secret")) +
                                ", 'n', 't', options => '{" + kRights + "}'"));
  EXPECT_EQ(target_.rows("SELECT relowner::regrole, relacl FROM pg_class WHERE relname = 't'"),
            (Rows{{"own_a", "{own_a=arwdDxt/own_a,own_b=w/own_a}"}}));
}

}  // namespace
}  // namespace pgclone::integration
