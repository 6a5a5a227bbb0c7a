// The torture schema, one of everything, through the whole engine: in the caller's transaction, in
// the background, and in a pool.
#include "integration/fixture.hpp"
#include "support/torture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kSchema = "tor\"ture\\ %s 😀";

class Fidelity : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    const std::string outside =
        "CREATE EXTENSION file_fdw; CREATE SERVER torture_server FOREIGN DATA WRAPPER file_fdw;"
        "CREATE SCHEMA outside_torture; CREATE TABLE outside_torture.elsewhere (a int, b int);";
    source_.exec(outside);
    target_.exec(outside);
    Sql source = source_db_.connect();
    const std::string id = sql::identifier(kSchema);
    source.exec("CREATE SCHEMA " + id + "; COMMENT ON SCHEMA " + id + " IS 'all'");
    source.exec("SET check_function_bodies = off; SET search_path = " + id);
    source.exec(test::torture::schema_sql(kSchema));
  }

  static std::string arguments(const std::string& options = "{}") {
    return sql::literal(kSchema) + ", true, " + sql::literal(options);
  }

  void add_owners_and_privileges() {
    for (Sql* const sql : {&source_, &target_}) sql->exec(test::torture::roles_sql());
    Sql source = source_db_.connect();
    source.exec("SET search_path = " + sql::identifier(kSchema));
    source.exec(test::torture::rights_sql(kSchema));
  }

  void drop_clone() {
    target_.exec("SET client_min_messages = error");
    target_.exec("DROP SCHEMA " + sql::identifier(kSchema) + " CASCADE");
  }

  void expect_same_schema(test::Rights rights = test::Rights::without) {
    EXPECT_EQ(test::line_difference(
                  test::dump_schema(source_server(), source_db_.name(), kSchema, rights),
                  test::dump_schema(target_server(), target_db_.name(), kSchema, rights)),
              "");
    auto expected = test::table_checksums(source_, kSchema);
    auto actual = test::table_checksums(target_, kSchema);
    // An enum's hash depends on its OID, so its rows lie in other leaves here.
    const auto scattered = [](const auto& item) { return item.first.starts_with("by_mood"); };
    std::erase_if(expected, scattered);
    std::erase_if(actual, scattered);
    EXPECT_EQ(expected, actual);
    EXPECT_EQ(test::sequence_states(source_, kSchema), test::sequence_states(target_, kSchema));
    const std::string rows = "SELECT string_agg(t::text, ' ' ORDER BY t) FROM " +
                             sql::qualified(kSchema, "by_mood") + " t";
    EXPECT_EQ(source_.value(rows), target_.value(rows));
  }
};

TEST_F(Fidelity, InTheCallersTransaction) {
  clone(Mode::sync, "schema", arguments());
  expect_same_schema();
}

TEST_F(Fidelity, InTheBackground) {
  clone(Mode::async, "schema", arguments());
  expect_same_schema();
}

TEST_F(Fidelity, InAPool) {
  clone(Mode::async, "schema", arguments(R"({"parallel": 4})"));
  expect_same_schema();
}

// Every table of more than a page.
TEST_F(Fidelity, InAPoolWithTablesInParts) {
  clone(Mode::async, "schema", arguments(R"({"parallel": 4, "split_bytes": 8192})"));
  expect_same_schema();
}

constexpr std::pair<Mode, const char*> kWays[] = {
    {Mode::sync, "1"}, {Mode::async, "1"}, {Mode::async, R"(4, "split_bytes": 8192)"}};

TEST_F(Fidelity, WithOwnersAndPrivileges) {
  add_owners_and_privileges();
  for (const auto& [mode, parallel] : kWays) {
    SCOPED_TRACE(parallel);
    clone(mode, "schema",
          arguments(R"({"owners": true, "privileges": true, "parallel": )" + std::string(parallel) +
                    "}"));
    expect_same_schema(test::Rights::with);
    drop_clone();
  }
}

// Renamed back, the clone is the same: everything inside of it follows its schema by identity.
TEST_F(Fidelity, UnderAnotherName) {
  add_owners_and_privileges();
  for (const auto& [mode, parallel] : kWays) {
    SCOPED_TRACE(parallel);
    clone(mode, "schema",
          arguments(R"({"target_schema": "Other \"x\" 🐘", "owners": true, "privileges": true,)"
                    R"( "parallel": )" +
                    std::string(parallel) + "}"));
    EXPECT_EQ(
        target_.value("SELECT count(*) FROM pg_namespace WHERE nspname = " + sql::literal(kSchema)),
        "0");
    target_.exec("ALTER SCHEMA \"Other \"\"x\"\" 🐘\" RENAME TO " + sql::identifier(kSchema));
    expect_same_schema(test::Rights::with);
    drop_clone();
  }
}

}  // namespace
}  // namespace pgclone::integration
