// One schema with everything that can live in a schema, cloned and compared by every oracle.
#include "support/torture.hpp"
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
    source.exec(torture::schema_sql(kSchema));
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

  void expect_equal_definitions() {
    EXPECT_EQ(line_difference(dump_schema(source_cluster(), source_db_.name(), kSchema),
                              dump_schema(target_cluster(), target_db_.name(), kSchema)),
              "");
    // pg_dump leaves this comment out.
    const std::string comment =
        "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'watched'";
    EXPECT_EQ(target_db_.connect().value(comment), "constraint of a trigger");
  }
};

TEST_F(Torture, ArrivesWithOwnersAndPrivileges) {
  source_db_.connect().exec(torture::roles_sql());
  target_db_.connect().exec(torture::roles_sql());
  const std::string id = sql::identifier(kSchema);
  source_db_.connect().exec("SET search_path = " + id + ";" + torture::rights_sql(kSchema));
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
