// Text that can't travel between two encodings, through the whole engine: the error names the
// value.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

class Encoding : public ::testing::TestWithParam<const char*> {
 protected:
  // Clones schema s of one database to another, in the caller's transaction or, with options, in a
  // job. That must fail.
  static SqlReport failing_clone(const TempDatabase& from, const TempDatabase& to) {
    Sql target = to.connect();
    target.exec("CREATE EXTENSION pgclone; CREATE SCHEMA s");
    const std::string arguments = "(" + sql::literal(from.conninfo()) + ", 's', true";
    const std::string options = GetParam();
    if (options.empty()) return target.expect_error("SELECT pgclone.schema" + arguments + ")");
    const std::string job = target.value("SELECT pgclone.schema_async" + arguments + ", " +
                                         sql::literal(options) + ")");
    EXPECT_EQ(target.value("SELECT pgclone.wait(" + job + ", '60 s')"), "failed");
    const Rows rows = target.rows(
        "SELECT error_sqlstate, error_message, error_detail, error_hint, error_context"
        " FROM pgclone.job WHERE job_id = " +
        job);
    const auto text = [&](std::size_t column) { return rows.at(0)[column].value_or(""); };
    EXPECT_EQ(target.value("SELECT count(*) FROM s.fine"), "100");
    return {"ERROR", text(0), text(1), text(2), text(3), text(4)};
  }
};

INSTANTIATE_TEST_SUITE_P(Modes, Encoding,
                         ::testing::Values("", "{}", R"({"consistent": false})",
                                           R"({"parallel": 2, "split_bytes": 8192})"));

TEST_P(Encoding, ACharacterThatTheTargetLacks) {
  const TempDatabase from(source_server());
  const TempDatabase to(target_server(), "ENCODING 'LATIN1' LOCALE 'C'");
  Sql source = from.connect();
  source.exec(R"(
    CREATE SCHEMA s;
    CREATE TABLE s.fine AS SELECT 'Ä' || g AS t FROM generate_series(1, 100) g;
    CREATE TABLE s.odd (id int PRIMARY KEY, t text);
    INSERT INTO s.odd SELECT g, repeat('ü', 80) FROM generate_series(1, 2000) g;
    UPDATE s.odd SET t = '€' WHERE id = 1234)");
  const SqlReport error = failing_clone(from, to);
  EXPECT_EQ(error.sqlstate, "22P05");
  EXPECT_EQ(error.message,
            "column \"t\" of table \"s\".\"odd\" has text that the target's encoding lacks");
  EXPECT_EQ(error.detail,
            "It is in the row whose key (\"id\") is (1234). The source says: "
            "character with byte sequence 0xe2 0x82 0xac in encoding \"UTF8\" has no equivalent in "
            "encoding \"LATIN1\".");
  EXPECT_EQ(error.hint, "Change it on the source, or clone into a database with encoding UTF8.");
}

// Of a database that never looked at them.
TEST_P(Encoding, BytesThatAreNoText) {
  const TempDatabase from(source_server(), "ENCODING 'SQL_ASCII' LOCALE 'C'");
  const TempDatabase to(target_server());
  Sql source = from.connect();
  source.exec(
      "CREATE SCHEMA s; CREATE TABLE s.fine AS SELECT 'a' || g AS t FROM generate_series(1, 100) g;"
      "CREATE TABLE s.odd (id int PRIMARY KEY, t text);"
      "INSERT INTO s.odd SELECT g, repeat('x', 80) FROM generate_series(1, 2000) g;"
      "UPDATE s.odd SET t = 'caf\xe9' WHERE id = 1234");
  const SqlReport error = failing_clone(from, to);
  EXPECT_EQ(error.sqlstate, "22021");
  EXPECT_EQ(
      error.message,
      "column \"t\" of table \"s\".\"odd\" has bytes that are no text in the target's encoding");
  EXPECT_EQ(error.detail,
            "It is in the row whose key (\"id\") is (1234). The source says: invalid "
            "byte sequence for encoding \"UTF8\": 0xe9.");
  EXPECT_EQ(error.hint,
            "Change it on the source, or clone into a database with encoding SQL_ASCII.");
}

}  // namespace
}  // namespace pgclone::integration
