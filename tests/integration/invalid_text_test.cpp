// A source whose database says UTF8 and holds what is none: nobody checks what a server sends but
// who receives it.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kBad = "caf\xe9";

class InvalidText : public BothModes {
 protected:
  // Runs the statements where nothing is looked at, and has the database say UTF8 again.
  void exec_unchecked(const std::string& statements) {
    set_encoding("SQL_ASCII");
    Sql session = source_db_.connect();
    session.exec(statements);
    set_encoding("UTF8");
  }

  void set_encoding(const std::string& name) {
    source_.exec("UPDATE pg_catalog.pg_database SET encoding = pg_catalog.pg_char_to_encoding(" +
                 sql::literal(name) + ") WHERE datname = pg_catalog.current_database()");
  }

  // Refused with 22021, and nothing is left on the target that isn't text.
  void expect_refused(const std::string& options) {
    const SqlReport error =
        failing_clone(GetParam(), "schema", "'s', true, " + sql::literal(options));
    EXPECT_EQ(error.sqlstate, "22021") << error.message;
    EXPECT_FALSE(error.detail.empty());
    for (const auto& rows : {target_.rows("SELECT error_message || error_detail FROM pgclone.job"),
                             target_.rows("SELECT prosrc FROM pg_catalog.pg_proc"),
                             target_.rows("SELECT description FROM pg_catalog.pg_description")})
      for (const auto& row : rows)
        EXPECT_EQ(row.at(0).value_or("").find('\xe9'), std::string::npos);
  }
};
PGCLONE_BOTH_MODES(InvalidText);

std::string with_bad(const std::string& text) {
  std::string out = text;
  for (std::size_t at = out.find("BAD"); at != std::string::npos; at = out.find("BAD"))
    out.replace(at, 3, kBad);
  return out;
}

TEST_P(InvalidText, InDefinitions) {
  for (const char* const definition :
       {"COMMENT ON TABLE s.t IS 'BAD'", "COMMENT ON COLUMN s.t.v IS 'BAD'",
        "CREATE FUNCTION s.f() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN ''BAD''; END'",
        "CREATE TYPE s.e AS ENUM ('BAD')", "ALTER TABLE s.t RENAME v TO \"BAD\"",
        "ALTER TABLE s.t RENAME TO \"BAD\"", "ALTER TABLE s.t ADD CHECK (v <> 'BAD')",
        "ALTER TABLE s.t ALTER v SET DEFAULT 'BAD'", "CREATE VIEW s.w AS SELECT 'BAD'::text AS x",
        "CREATE SEQUENCE s.\"BAD\"", "CREATE INDEX ON s.t ((v || 'BAD'))"}) {
    SCOPED_TRACE(definition);
    source_.exec("DROP SCHEMA IF EXISTS s CASCADE; CREATE SCHEMA s; CREATE TABLE s.t (v text)");
    exec_unchecked(with_bad(definition));
    expect_refused("{}");
    target_.exec("DROP SCHEMA IF EXISTS s CASCADE");
    // A name that is none would not let the schema be dropped.
    set_encoding("SQL_ASCII");
    source_db_.connect().exec("DROP SCHEMA s CASCADE");
    set_encoding("UTF8");
  }
}

TEST_P(InvalidText, InRows) {
  for (const char* const type :
       {"text", "varchar(20)", "varchar", "char(4)", "char(9)", "name", "json", "text[]"}) {
    for (const char* const format : {"text", "binary"}) {
      SCOPED_TRACE(std::string(type) + " as " + format);
      const std::string value = std::string(type) == "text[]" ? "{BAD}"
                                : std::string(type) == "json" ? "\"BAD\""
                                                              : "BAD";
      source_.exec("DROP SCHEMA IF EXISTS s CASCADE; CREATE SCHEMA s; CREATE TABLE s.t (v " +
                   std::string(type) + ")");
      exec_unchecked(with_bad("INSERT INTO s.t VALUES ('" + value + "')"));
      expect_refused(std::string(R"({"format": ")") + format + "\"}");
      target_.exec("DROP SCHEMA IF EXISTS s CASCADE");
    }
  }
}

// What it says when it fails is stored, too.
TEST_P(InvalidText, InErrors) {
  source_.exec("CREATE SCHEMA s; CREATE TABLE s.t (v text); INSERT INTO s.t VALUES ('x')");
  exec_unchecked(
      with_bad("CREATE FUNCTION public.fails() RETURNS boolean LANGUAGE plpgsql AS"
               " 'BEGIN RAISE EXCEPTION ''BAD'' USING DETAIL = ''BAD'', HINT = ''BAD''; END'"));
  const SqlReport error =
      failing_clone(GetParam(), "schema", R"j('s', true, '{"data": {"t": "public.fails()"}}')j");
  EXPECT_EQ(error.sqlstate, "P0001");
  EXPECT_EQ(error.message, "caf?");
  EXPECT_EQ(error.detail, "caf?");
  EXPECT_EQ(error.hint, "caf?");
}

}  // namespace
}  // namespace pgclone::integration
