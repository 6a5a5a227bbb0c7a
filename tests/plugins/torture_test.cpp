// One schema with everything that can live in a schema, cloned and compared by every oracle.
#include <fstream>
#include <sstream>

#include "plugins/schema_clone_fixture.hpp"

namespace pgclone::test {
namespace {

constexpr const char* kSchema = "tor\"ture\\ %s 😀";

class Torture : public SchemaClone {
 protected:
  void SetUp() override {
    const std::string outside =
        "CREATE EXTENSION file_fdw; CREATE SERVER torture_server FOREIGN DATA WRAPPER file_fdw;"
        "CREATE SCHEMA outside_torture; CREATE TABLE outside_torture.elsewhere (a int, b int);";
    target_db_.connect().exec(outside);
    Sql source = source_db_.connect();
    source.exec(outside);
    const std::string id = sql::identifier(kSchema);
    source.exec("CREATE SCHEMA " + id + "; COMMENT ON SCHEMA " + id + " IS 'all'");
    source.exec("SET check_function_bodies = off; SET search_path = " + id);
    source.exec(torture_sql(id));
  }

  // The hash of an enum's value depends on its OID, so rows lie in other leaves on the target:
  // there the trees are compared as a whole.
  void expect_equal_rows() {
    Sql source = source_db_.connect();
    Sql target = target_db_.connect();
    auto expected = table_checksums(source, kSchema);
    auto actual = table_checksums(target, kSchema);
    const auto scattered = [](const auto& item) { return item.first.starts_with("by_mood"); };
    std::erase_if(expected, scattered);
    std::erase_if(actual, scattered);
    EXPECT_EQ(expected, actual);
    EXPECT_EQ(sequence_states(source, kSchema), sequence_states(target, kSchema));
    const std::string rows = "SELECT string_agg(t::text, ' ' ORDER BY t) FROM " +
                             sql::qualified(kSchema, "by_mood") + " t";
    EXPECT_EQ(source.value(rows), target.value(rows));
  }

  // "@ " and "@." are the schema's name, where it has to be written.
  static std::string with_schema(std::string sql, const std::string& schema) {
    for (const char* const mark : {"@.", "@ "}) {
      for (std::size_t at = 0; (at = sql.find(mark, at)) != std::string::npos;) {
        sql.replace(at, 1, schema);
      }
    }
    return sql;
  }

  void expect_equal_definitions() {
    EXPECT_EQ(line_difference(dump_schema(source_cluster(), source_db_.name(), kSchema),
                              dump_schema(target_cluster(), target_db_.name(), kSchema)),
              "");
    // pg_dump leaves this comment out.
    const std::string comment =
        "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'watched'";
    EXPECT_EQ(target_db_.connect().value(comment), "constraint of a trigger");
  }

 private:
  static std::string torture_sql(const std::string& schema) {
    std::ifstream file(PGCLONE_SOURCE_DIR "/tests/plugins/torture.sql");
    std::ostringstream text;
    text << file.rdbuf();
    return with_schema(text.str(), schema);
  }
};

// Roles belong to a whole server, so they stay for the other tests of this process.
constexpr const char* kRoles = R"(DO $$ DECLARE r text; BEGIN
  FOREACH r IN ARRAY ARRAY['tor owner', 'tor"other', 'tor reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r) THEN EXECUTE format('CREATE ROLE %I', r); END IF;
  END LOOP; END $$;)";

constexpr const char* kGrants = R"(
  GRANT ALL ON SCHEMA @ TO "tor owner", "tor""other"; GRANT USAGE ON SCHEMA @ TO PUBLIC;
  REVOKE EXECUTE ON FUNCTION plus_one(int) FROM PUBLIC; GRANT EXECUTE ON FUNCTION plus_one TO "tor reader";
  ALTER TABLE heap OWNER TO "tor owner"; ALTER TABLE parted_default OWNER TO "tor""other";
  ALTER TABLE columns OWNER TO "tor owner"; ALTER VIEW plain OWNER TO "tor""other";
  ALTER MATERIALIZED VIEW unread OWNER TO "tor owner"; ALTER SEQUENCE down OWNER TO "tor""other";
  ALTER FOREIGN TABLE foreign_table OWNER TO "tor owner"; ALTER TYPE mood OWNER TO "tor owner";
  ALTER DOMAIN positive OWNER TO "tor owner"; ALTER TYPE "Pair %s" OWNER TO "tor""other";
  ALTER FUNCTION tf() OWNER TO "tor owner"; ALTER AGGREGATE total(int) OWNER TO "tor owner";
  ALTER AGGREGATE perc(float8 ORDER BY anyelement) OWNER TO "tor owner";
  ALTER PROCEDURE proc OWNER TO "tor owner"; ALTER OPERATOR <# ("Pair %s", "Pair %s") OWNER TO "tor owner";
  ALTER OPERATOR CLASS by_a USING btree OWNER TO "tor owner"; ALTER COLLATION german OWNER TO "tor owner";
  ALTER OPERATOR FAMILY "Fam" USING btree OWNER TO "tor owner"; ALTER CONVERSION conv OWNER TO "tor owner";
  ALTER TEXT SEARCH DICTIONARY dict OWNER TO "tor owner"; ALTER STATISTICS stx OWNER TO "tor owner";
  ALTER TEXT SEARCH CONFIGURATION cfg OWNER TO "tor owner"; ALTER TYPE span OWNER TO "tor owner";
  GRANT SELECT, INSERT ON heap TO "tor""other" WITH GRANT OPTION;
  SET ROLE "tor""other"; GRANT SELECT ON heap TO "tor reader"; RESET ROLE;
  REVOKE DELETE ON heap FROM "tor owner"; GRANT UPDATE (b, c) ON heap TO "tor reader" WITH GRANT OPTION;
  GRANT SELECT ON plain, unread, foreign_table TO PUBLIC; GRANT USAGE ON SEQUENCE down, columns_s_seq TO "tor reader";
  GRANT ALL ON SEQUENCE columns_id_seq TO PUBLIC;
  REVOKE USAGE ON TYPE mood FROM PUBLIC; GRANT USAGE ON DOMAIN positive TO "tor reader";
  REVOKE ALL ON TABLE two FROM postgres; GRANT EXECUTE ON PROCEDURE proc TO "tor reader" WITH GRANT OPTION;
  ALTER DEFAULT PRIVILEGES FOR ROLE "tor owner" IN SCHEMA @ GRANT SELECT ON TABLES TO "tor reader" WITH GRANT OPTION;
  ALTER DEFAULT PRIVILEGES FOR ROLE "tor owner" IN SCHEMA @ GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
  ALTER DEFAULT PRIVILEGES FOR ROLE "tor""other" IN SCHEMA @ GRANT ALL ON SEQUENCES TO "tor reader";
  ALTER DEFAULT PRIVILEGES FOR ROLE "tor""other" IN SCHEMA @ GRANT USAGE ON TYPES TO "tor owner";)";

TEST_F(Torture, ArrivesWithOwnersAndPrivileges) {
  source_db_.connect().exec(kRoles);
  target_db_.connect().exec(kRoles);
  const std::string id = sql::identifier(kSchema);
  source_db_.connect().exec("SET search_path = " + id + ";" + with_schema(kGrants, id));
  EXPECT_THAT(clone({.schema = kSchema, .options = R"({"owners": true, "privileges": true})"}),
              ::testing::IsEmpty());
  EXPECT_EQ(
      line_difference(dump_schema(source_cluster(), source_db_.name(), kSchema, Rights::with),
                      dump_schema(target_cluster(), target_db_.name(), kSchema, Rights::with)),
      "");
  expect_equal_rows();
}

TEST_F(Torture, RolesThatTheTargetLacksAreOneWarning) {
  const std::string id = sql::identifier(kSchema);
  source_db_.connect().exec(
      "DROP ROLE IF EXISTS only_here; DROP ROLE IF EXISTS here_too; CREATE ROLE only_here; CREATE "
      "ROLE here_too;"
      "ALTER TABLE " +
      id + ".two OWNER TO only_here; GRANT SELECT ON " + id + ".heap TO here_too");
  const auto messages =
      clone({.schema = kSchema, .options = R"({"owners": true, "privileges": true})"});
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].severity, Severity::warning);
  EXPECT_THAT(messages[0].detail, ::testing::EndsWith("\"here_too\", \"only_here\"."));
  expect_equal_definitions();
  source_db_.connect().exec("DROP SCHEMA " + id +
                            " CASCADE; DROP ROLE only_here; DROP ROLE here_too");
}

TEST_F(SchemaClone, EventTriggersAreReported) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA s;
    CREATE FUNCTION s.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER "wat ch" ON ddl_command_end EXECUTE FUNCTION s.watch();)");
  const auto messages = clone({});
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_EQ(messages[0].severity, Severity::warning);
  EXPECT_EQ(messages[0].detail, "event trigger \"wat ch\"");
  source_db_.connect().exec("DROP EVENT TRIGGER \"wat ch\"");
  expect_equal("s");
}

TEST_F(SchemaClone, CreatesTheExtensionsThatItNeeds) {
  source_db_.connect().exec(R"(
    CREATE SCHEMA ext; CREATE EXTENSION hstore SCHEMA ext; CREATE EXTENSION earthdistance CASCADE;
    CREATE SCHEMA s; CREATE EXTENSION citext SCHEMA s; CREATE EXTENSION moddatetime;
    CREATE TABLE s.t (c s.citext PRIMARY KEY, h ext.hstore, e earth, at timestamp);
    INSERT INTO s.t VALUES ('A', 'a=>1', ll_to_earth(1, 2), now());
    CREATE TRIGGER stamp BEFORE UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION moddatetime(at);)");
  EXPECT_EQ(failing_clone({}).sqlstate(), "42704");
  EXPECT_THAT(clone({.options = R"({"extensions": true})"}), ::testing::IsEmpty());
  expect_equal("s");
}

TEST_F(Torture, ArrivesUnderItsOwnName) {
  clone({.schema = kSchema});
  expect_equal_definitions();
  expect_equal_rows();
}

TEST_F(Torture, ArrivesInAnyOrder) {
  clone({.schema = kSchema, .last_first = true});
  expect_equal_definitions();
  expect_equal_rows();
}

TEST_F(Torture, ArrivesWithoutASnapshot) {
  clone({.schema = kSchema, .consistent = false});
  expect_equal_rows();
}

TEST_F(Torture, ArrivesUnderAnotherName) {
  // The function whose body names the schema as text needs that one while rows arrive.
  clone({.schema = kSchema, .options = R"({"matviews": true})"});
  clone({.schema = kSchema, .target_schema = "other"});
  const std::string id = sql::identifier(kSchema);
  target_db_.connect().exec("DROP SCHEMA " + id + " CASCADE; ALTER SCHEMA other RENAME TO " + id);
  expect_equal_definitions();
  expect_equal_rows();
}

}  // namespace
}  // namespace pgclone::test
