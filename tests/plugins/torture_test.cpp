// One schema with everything that can live in a schema, cloned and compared by every oracle.
#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "plugins/schema_clone_fixture.hpp"

namespace pgclone::test {
namespace {

// Two dumps, told apart by line: whole ones are too long to read.
void expect_same_lines(const std::string& expected, const std::string& actual) {
  const auto sorted = [](const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
  };
  const auto without = [&](const std::string& one, const std::string& other) {
    const auto a = sorted(one);
    const auto b = sorted(other);
    std::vector<std::string> left;
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(left));
    return left;
  };
  EXPECT_THAT(without(expected, actual), ::testing::IsEmpty()) << "only on the source";
  EXPECT_THAT(without(actual, expected), ::testing::IsEmpty()) << "only on the target";
  EXPECT_TRUE(expected == actual) << "the order of the lines";
}

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

  void expect_equal_definitions() {
    expect_same_lines(dump_schema(source_cluster(), source_db_.name(), kSchema),
                      dump_schema(target_cluster(), target_db_.name(), kSchema));
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
    std::string sql = text.str();
    // The one function body that has to name its schema as text.
    for (std::size_t at; (at = sql.find("@.")) != std::string::npos;) sql.replace(at, 1, schema);
    return sql;
  }
};

TEST_F(Torture, ArrivesUnderItsOwnName) {
  clone({.schema = kSchema});
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
