// Single tables: another name, some columns, some rows, formats, and what cannot be had.
#include "table_fixture.hpp"

namespace pgclone::table {
namespace {

using test::error_of;
using test::Rows;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class OneTable : public TableTest {
 protected:
  Error refused(const Request& request) {
    const Error error = error_of([&] { clone(request); });
    EXPECT_NE(error.detail(), "") << error.message();
    EXPECT_NE(error.hint(), "") << error.message();
    return error;
  }

  // Names of indexes of a table of the target.
  Rows indexes(const std::string& table) {
    return target_.rows(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " WHERE indrelid = '" +
        table + "'::regclass ORDER BY 1");
  }
};

TEST_F(OneTable, UnderAnotherNameInTheSameDatabase) {
  source_.exec(R"(
    CREATE TABLE s.t (id serial PRIMARY KEY, up int REFERENCES s.t, n int UNIQUE,
                      i int GENERATED ALWAYS AS IDENTITY);
    CREATE INDEX by_n ON s.t (n);
    CREATE STATISTICS s.t_stat ON id, n FROM s.t;
    CREATE TABLE s.new_n_key ();
    INSERT INTO s.t (up, n) VALUES (NULL, 10), (1, 20))");
  clone({.relations = {"t"}, .target_relation = "new"}, source_db_, source_db_);
  EXPECT_EQ(source_.rows("SELECT * FROM s.t ORDER BY id"),
            source_.rows("SELECT * FROM s.new ORDER BY id"));
  EXPECT_EQ(source_.rows("SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                         " WHERE indrelid = 's.new'::regclass ORDER BY 1"),
            (Rows{{"new_by_n"}, {"new_n_key_2"}, {"new_pkey"}}));
  EXPECT_EQ(source_.value("SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                          " WHERE conrelid = 's.new'::regclass AND contype = 'f'"),
            "FOREIGN KEY (up) REFERENCES s.new(id)");
  EXPECT_EQ(source_.value("SELECT pg_get_serial_sequence('s.new', 'id')"), "s.new_id_seq");
  EXPECT_EQ(
      source_.value("SELECT stxname FROM pg_statistic_ext WHERE stxrelid = 's.new'::regclass"),
      "new_stat");
  EXPECT_EQ(source_.value("INSERT INTO s.new DEFAULT VALUES RETURNING id || ':' || i"), "3:3");
  EXPECT_EQ(source_.value("SELECT last_value FROM s.t_id_seq"), "2");
}

TEST_F(OneTable, APartitionedTableBringsItsTree) {
  source_.exec(R"(
    CREATE TABLE s.m (a int PRIMARY KEY) PARTITION BY RANGE (a);
    CREATE TABLE s.m_1 PARTITION OF s.m FOR VALUES FROM (0) TO (10);
    CREATE TABLE s.m_2 PARTITION OF s.m DEFAULT;
    INSERT INTO s.m VALUES (1), (2), (30))");
  clone({.relations = {"m"}});
  expect_same();
  clone({.relations = {"m"}, .target_relation = "k"});
  EXPECT_EQ(target_.rows("SELECT tableoid::regclass, a FROM s.k ORDER BY a"),
            (Rows{{"s.k_1", "1"}, {"s.k_1", "2"}, {"s.k_2", "30"}}));
  clone({.relations = {"m_1"}, .target_relation = "alone"});
  EXPECT_THAT(messages(Severity::notice),
              ElementsAre(R"(table "s"."m_1" is cloned without its parent "s"."m")"));
  EXPECT_EQ(target_.value("SELECT count(*) FROM s.alone"), "2");
}

TEST_F(OneTable, SomeColumnsLeaveOutWhatNeedsTheOthers) {
  source_.exec(R"(
    CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TABLE s.t (a int PRIMARY KEY, b serial UNIQUE, c text, d int DEFAULT nextval('s.t_b_seq'),
      CONSTRAINT c1 CHECK (c <> ''), CONSTRAINT c2 CHECK (a > 0),
      CONSTRAINT up FOREIGN KEY (d) REFERENCES s.t (b));
    CREATE INDEX i1 ON s.t (a) WHERE b > 0;
    CREATE INDEX i2 ON s.t (d);
    CREATE STATISTICS s.st ON a, c FROM s.t;
    CREATE TRIGGER g AFTER UPDATE OF c ON s.t FOR EACH ROW EXECUTE FUNCTION s.f();
    INSERT INTO s.t (a, c, d) VALUES (1, 'x', 1))");
  clone({.relations = {"t"}, .options = R"({"columns": ["d", "a"]})"});
  EXPECT_THAT(messages(Severity::notice),
              UnorderedElementsAre(R"(left out default of column "d" of table "s"."t")",
                                   R"(left out constraint "t_b_key" of table "s"."t")",
                                   R"(left out constraint "c1" of table "s"."t")",
                                   R"(left out foreign key "up" of table "s"."t")",
                                   R"(left out index "i1" of table "s"."t")",
                                   R"(left out statistics "st" of table "s"."t")",
                                   R"(left out trigger "g" of table "s"."t")"));
  EXPECT_EQ(target_.rows("SELECT * FROM s.t"), (Rows{{"1", "1"}}));
  EXPECT_EQ(indexes("s.t"), (Rows{{"i2"}, {"t_pkey"}}));
}

TEST_F(OneTable, ColumnsThatCannotBeHad) {
  source_.exec("CREATE TABLE s.t (first int, twice int GENERATED ALWAYS AS (first * 2) STORED)");
  const Error unknown = refused({.relations = {"t"}, .options = R"({"columns": ["frist"]})"});
  EXPECT_EQ(unknown.sqlstate(), "42703");
  EXPECT_EQ(unknown.hint(), "Perhaps you meant \"first\".");
  EXPECT_EQ(refused({.relations = {"t"}, .options = R"({"columns": ["twice"]})"}).sqlstate(),
            "42703");
  EXPECT_EQ(refused({.relations = {"t"}, .options = R"({"columns": []})"}).sqlstate(), "22023");
  EXPECT_EQ(
      refused({.relations = {"t"}, .options = R"({"columns": ["first"]})", .whole_schema = true})
          .sqlstate(),
      "22023");
}

TEST_F(OneTable, SomeRows) {
  source_.exec("CREATE TABLE s.t AS SELECT i AS a, ')' || i AS b FROM generate_series(1, 9) i");
  clone({.relations = {"t"}, .options = R"({"where": "a < 3 OR b = ')7' -- no more"})"});
  EXPECT_EQ(target_.rows("SELECT a FROM s.t ORDER BY 1"), (Rows{{"1"}, {"2"}, {"7"}}));
}

TEST_F(OneTable, AConditionCannotLeaveItsParentheses) {
  source_.exec("CREATE TABLE s.t (a int)");
  for (const char* where : {"a >", "true; SELECT 1", "true) TO PROGRAM 'true' --", "true) OR (true",
                            "true) --", "true) UNION ALL SELECT 1 FROM s.t WHERE (true", "'", "/*",
                            "true] IS NULL) OR (ARRAY[true"}) {
    const Error error =
        refused({.relations = {"t"}, .options = "{\"where\": \"" + std::string(where) + "\"}"});
    EXPECT_EQ(error.sqlstate(), "42601") << where << ": " << error.detail();
    EXPECT_THAT(error.message(), HasSubstr("\"where\"")) << where;
  }
  const Error unknown = refused({.relations = {"t"}, .options = R"({"where": "b > 0"})"});
  EXPECT_EQ(unknown.sqlstate(), "42703");
  EXPECT_EQ(refused({.relations = {"t"}, .options = R"({"where": "a"})"}).sqlstate(), "42804");
}

TEST_F(OneTable, BinaryWhereEveryTypeAllowsIt) {
  const std::string types =
      "CREATE TYPE s.mood AS ENUM ('sad', 'glad'); CREATE DOMAIN s.pos AS int CHECK (VALUE > 0);"
      "CREATE TYPE s.span AS RANGE (subtype = float8)";
  target_.exec(types);
  source_.exec(types + R"(;
    CREATE TABLE s.yes (a int[], b s.pos, c s.span, d jsonb, e numeric, f int4multirange, g "char", h money);
    CREATE TABLE s.enum (a s.mood); CREATE TABLE s.enums (a s.mood[]); CREATE TABLE s.reg (a int, b regclass);
    CREATE TABLE s.domains (a s.pos[]); CREATE TABLE s.row (a s.yes);
    INSERT INTO s.yes VALUES ('[0:1]={1,NULL}', 3, '[1,2)', '{}', 'NaN', '{[1,3)}', 'x', 1.5);
    INSERT INTO s.enum VALUES ('glad'); INSERT INTO s.enums VALUES ('{sad}'); INSERT INTO s.domains VALUES ('{4}');
    INSERT INTO s.row SELECT t FROM s.yes t; INSERT INTO s.reg VALUES (1, 'pg_class'))");
  const Request all = {.relations = {"domains", "enum", "enums", "reg", "row", "yes"},
                       .whole_schema = true};
  clone(all);
  const auto format = [&](const std::string& table) {
    const std::string& payload = step("table \"s\".\"" + table + "\" rows").payload;
    return payload.substr(payload.find("\"format\":"));
  };
  for (const char* table : {"enum", "yes"}) {
    EXPECT_EQ(format(table), R"("format":"binary"})") << table;
  }
  for (const char* table : {"domains", "enums", "reg", "row"}) {
    EXPECT_EQ(format(table), R"("format":"text"})") << table;
  }
  EXPECT_EQ(test::table_checksums(source_, "s"), test::table_checksums(target_, "s"));
  const Error error = refused(
      {.relations = {"reg"}, .target_relation = "reg2", .options = R"({"format": "binary"})"});
  EXPECT_EQ(error.sqlstate(), "0A000");
  EXPECT_THAT(error.detail(), HasSubstr("\"b\""));
}

TEST_F(OneTable, PartsCanBeLeftOut) {
  source_.exec(
      "CREATE TABLE s.t (a int PRIMARY KEY, b int CHECK (b > 0)); CREATE INDEX ON s.t (b)");
  clone({.relations = {"t"}, .options = R"({"indexes": false, "constraints": false})"});
  EXPECT_THAT(indexes("s.t"), IsEmpty());
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_constraint WHERE conrelid = 's.t'::regclass"),
            "0");
}

TEST_F(OneTable, WhatIsNotThereIsNamed) {
  source_.exec("CREATE TABLE s.customer (a int); CREATE VIEW s.v AS SELECT 1; CREATE SEQUENCE s.q");
  const Error table = refused({.relations = {"custmer"}});
  EXPECT_EQ(table.sqlstate(), "42P01");
  EXPECT_EQ(table.hint(), R"(Perhaps you meant "s"."customer".)");
  EXPECT_EQ(refused({.schema = "no", .relations = {"t"}}).sqlstate(), "3F000");
  const Error view = refused({.relations = {"v"}});
  EXPECT_EQ(view.sqlstate(), "42809");
  EXPECT_EQ(view.message(), R"("s"."v" on the source is a view)");
  EXPECT_EQ(refused({.relations = {"q"}}).message(), R"("s"."q" on the source is a sequence)");
  EXPECT_EQ(refused({.relations = {"customer"}, .target_schema = "no"}).sqlstate(), "3F000");
}

TEST_F(OneTable, MissingTypesAreListedWithTheirExtension) {
  source_.exec(
      "CREATE EXTENSION citext SCHEMA s; CREATE TYPE s.mood AS ENUM ();"
      "CREATE TABLE s.t (a s.citext, b s.mood[], c int)");
  const Error error = refused({.relations = {"t"}});
  EXPECT_EQ(error.sqlstate(), "42704");
  EXPECT_EQ(
      error.detail(),
      "type s.citext is needed by column \"a\" of table \"s\".\"t\"; on the source it belongs to "
      "extension \"citext\"\n"
      "type s.mood is needed by column \"b\" of table \"s\".\"t\"");
  EXPECT_EQ(error.hint(), "Run on the target: CREATE EXTENSION \"citext\";");
}

TEST_F(OneTable, ReferencesToWhatTheTargetLacksAreWarnings) {
  source_.exec(R"(
    CREATE FUNCTION s.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TABLE s.r (a int PRIMARY KEY);
    CREATE TABLE s.t (a int REFERENCES s.r);
    CREATE TRIGGER g AFTER UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION s.f())");
  clone({.relations = {"t"}});
  EXPECT_THAT(messages(Severity::warning),
              ElementsAre(R"(left out foreign key "t_a_fkey" of table "s"."t")",
                          R"(left out trigger "g" of table "s"."t")"));
  clone({.relations = {"r"}});
  clone({.relations = {"t"}, .target_relation = "u"});
  EXPECT_EQ(target_.value("SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                          " WHERE conrelid = 's.u'::regclass"),
            "FOREIGN KEY (a) REFERENCES s.r(a)");
}

TEST_F(OneTable, RowSecurityComesWithItsPolicies) {
  source_.exec(
      "CREATE TABLE s.t (a int); ALTER TABLE s.t ENABLE ROW LEVEL SECURITY;"
      "CREATE POLICY p ON s.t USING (a > 0); CREATE RULE r AS ON DELETE TO s.t DO INSTEAD NOTHING");
  clone({.relations = {"t"}});
  EXPECT_THAT(messages(Severity::notice), ElementsAre());
  expect_same();
}

// A policy or rule that names its table means the old one under another name.
TEST_F(OneTable, WhatNamesTheTableDoesNotFollowItsNewName) {
  source_.exec(
      "CREATE TABLE s.tab (a int); CREATE FUNCTION s.f(s.tab) RETURNS bool LANGUAGE sql AS"
      " 'SELECT true'; CREATE POLICY p ON s.tab USING (s.f(tab)); CREATE POLICY q ON s.tab;"
      "CREATE RULE r AS ON DELETE TO s.tab DO ALSO UPDATE s.tab SET a = 1");
  target_.exec(
      "CREATE TABLE s.tab (a int); CREATE FUNCTION s.f(s.tab) RETURNS bool LANGUAGE sql"
      " AS 'SELECT true'");
  clone({.relations = {"tab"}, .target_relation = "new"});
  EXPECT_THAT(messages(Severity::warning),
              ElementsAre(R"(left out rule "r" of table "s"."tab")",
                          R"(left out policy "p" of table "s"."tab")"));
  EXPECT_EQ(target_.value("SELECT string_agg(polname, ',') FROM pg_policy"), "q");
}

TEST_F(OneTable, AWholeSchemaUnderAnotherName) {
  target_.exec(
      "CREATE SCHEMA \"T t\"; CREATE DOMAIN \"T t\".pos AS int; "
      "CREATE FUNCTION \"T t\".f() RETURNS int LANGUAGE sql AS 'SELECT 4'");
  source_.exec(R"(
    CREATE DOMAIN s.pos AS int; CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 4';
    CREATE TABLE s.r (a serial PRIMARY KEY, p s.pos DEFAULT s.f());
    CREATE TABLE s.t (a int REFERENCES s.r, b int DEFAULT nextval('s.r_a_seq'));
    CREATE INDEX ON s.t ((a + b));
    INSERT INTO s.r DEFAULT VALUES; INSERT INTO s.t VALUES (1))");
  clone({.relations = {"r", "t"}, .target_schema = "T t", .whole_schema = true});
  // Give the copy the old name, where dumps can be compared.
  target_.exec("DROP SCHEMA s; ALTER SCHEMA \"T t\" RENAME TO s");
  expect_same();
}

TEST_F(OneTable, AllTablesAreLockedBeforeTheyAreRead) {
  source_.exec("CREATE TABLE s.a (x int); CREATE TABLE s.b (x int)");
  clone({.relations = {"b", "a"}, .whole_schema = true});
  EXPECT_THAT(locked_, ElementsAre(R"("s"."a")", R"("s"."b")"));
}

}  // namespace
}  // namespace pgclone::table
