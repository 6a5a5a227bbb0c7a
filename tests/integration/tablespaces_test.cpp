// Tablespaces of everything that can lie in one: kept where the target has them.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kSchema = R"(
  CREATE SCHEMA s; SET search_path = s;
  CREATE TABLE plain (a int, b text, r int4range) TABLESPACE "one '";
  INSERT INTO plain SELECT g, 'b' || g, int4range(g, g + 1) FROM generate_series(1, 2000) g;
  CREATE TABLE at_home (a int CONSTRAINT "key %" PRIMARY KEY USING INDEX TABLESPACE "one '",
    b text, r int4range);
  ALTER TABLE at_home ADD CONSTRAINT twice UNIQUE (b) INCLUDE (r) WITH (fillfactor = 70)
    USING INDEX TABLESPACE two DEFERRABLE INITIALLY DEFERRED;
  ALTER TABLE at_home ADD CONSTRAINT apart EXCLUDE USING gist (r WITH &&) INCLUDE (a)
    WITH (fillfactor = 90) USING INDEX TABLESPACE two WHERE (a > 3 AND b <> ' WHERE (') DEFERRABLE;
  CREATE INDEX "SOME" ON plain (lower(b)) WITH (fillfactor = 60) TABLESPACE two
    WHERE CASE WHEN a > 3 THEN b <> ' WHERE ' ELSE true END;
  CREATE INDEX all_of_it ON plain (b) INCLUDE (a) TABLESPACE "one '";
  CREATE INDEX home ON plain (a);
  CREATE TABLE parted (a int, b int, PRIMARY KEY (a, b) USING INDEX TABLESPACE two)
    PARTITION BY RANGE (a) TABLESPACE "one '";
  CREATE TABLE follows PARTITION OF parted FOR VALUES FROM (0) TO (10) PARTITION BY LIST (b);
  CREATE TABLE leaf PARTITION OF follows DEFAULT TABLESPACE two;
  CREATE TABLE back PARTITION OF parted FOR VALUES FROM (10) TO (20) TABLESPACE pg_default;
  CREATE INDEX of_parted ON parted (b) TABLESPACE "one '";
  CREATE INDEX of_some ON ONLY parted ((a + b)) TABLESPACE two;
  CREATE INDEX of_back ON back ((a + b)); ALTER INDEX of_some ATTACH PARTITION of_back;
  INSERT INTO parted SELECT g, g % 3 FROM generate_series(0, 19) g;
  CREATE MATERIALIZED VIEW seen TABLESPACE two AS SELECT a, b FROM plain;
  CREATE INDEX seen_some ON seen (lower(b)) TABLESPACE "one '" WHERE a > 3 OR b = ' WHERE ';
  CREATE INDEX seen_home ON seen (a) WHERE a > 3;
  RESET search_path)";

class TablespacesTest : public BothModes {
 protected:
  void SetUp() override {
    BothModes::SetUp();
    for (const char* const name : {"one '", "two", "here only"}) make_tablespace(source_, name);
    for (const char* const name : {"one '", "two"}) make_tablespace(target_, name);
    source_.exec(kSchema);
  }
};

PGCLONE_BOTH_MODES(TablespacesTest);

TEST_P(TablespacesTest, EverythingKeepsItsTablespace) {
  clone(GetParam(), "schema", "'s'");
  expect_equal("s");
  target_.exec("SET client_min_messages = error; DROP SCHEMA s CASCADE");
  clone(GetParam(), "schema",
        R"('s', true, '{"target_schema": "Neu \"x\"", "parallel": 3, "split_bytes": 8192}')");
  target_.exec("ALTER SCHEMA \"Neu \"\"x\"\"\" RENAME TO s");
  expect_equal("s");
}

TEST_P(TablespacesTest, ATableKeepsThem) {
  source_.exec("DROP MATERIALIZED VIEW s.seen");
  target_.exec("CREATE SCHEMA s");
  for (const char* const table : {"'plain'", "'at_home'", "'parted'"})
    clone(GetParam(), "table", std::string("'s', ") + table);
  expect_equal("s");
}

// What a role or a database puts new tables into is no part of the source.
TEST_P(TablespacesTest, TheTargetsOwnSettingsAreNotFollowed) {
  for (const char* const other : {"two", "pg_default"}) {
    target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) +
                 " SET default_tablespace = " + other);
    Sql target = target_db_.connect();
    if (GetParam() == Mode::sync) {
      target.exec(statement(Mode::sync, "schema", "'s'"));
      EXPECT_EQ(target.value("SHOW default_tablespace"), other);
    } else {
      clone(Mode::async, "schema", "'s'");
    }
    expect_equal("s");
    target.exec("SET client_min_messages = error; DROP SCHEMA s CASCADE");
  }
}

TEST_P(TablespacesTest, WithoutThemTheDefaultOneIsUsed) {
  source_.exec(
      "ALTER TABLE s.plain SET TABLESPACE \"here only\";"
      "ALTER INDEX s.\"key %\" SET TABLESPACE \"here only\";"
      "ALTER INDEX s.of_parted SET TABLESPACE \"here only\";"
      "ALTER MATERIALIZED VIEW s.seen SET TABLESPACE \"here only\";"
      "ALTER INDEX s.seen_some SET TABLESPACE \"here only\"");
  const std::string told[] = {
      "2 relations go to the default tablespace: The target has no tablespace \"here only\":"
      " materialized view \"s\".\"seen\", index \"s\".\"seen_some\".",
      "3 relations go to the default tablespace: The target has no tablespace \"here only\":"
      " index \"s\".\"key %\", index \"s\".\"of_parted\", table \"s\".\"plain\"."};
  if (GetParam() == Mode::sync) {
    target_.exec(statement(GetParam(), "schema", "'s'"));
    ASSERT_EQ(target_.notices().size(), 2U);
    for (const std::size_t i : {0U, 1U}) {
      EXPECT_EQ(target_.notices()[i].severity, "NOTICE");
      EXPECT_EQ(target_.notices()[i].message + ": " + target_.notices()[i].detail, told[i]);
    }
  } else {
    expect_completed(submit("schema", "'s'"));
  }
  source_.exec(
      "ALTER TABLE s.plain SET TABLESPACE pg_default;"
      "ALTER INDEX s.\"key %\" SET TABLESPACE pg_default;"
      "ALTER INDEX s.of_parted SET TABLESPACE pg_default;"
      "ALTER MATERIALIZED VIEW s.seen SET TABLESPACE pg_default;"
      "ALTER INDEX s.seen_some SET TABLESPACE pg_default");
  expect_equal("s");
}

}  // namespace
}  // namespace pgclone::integration
