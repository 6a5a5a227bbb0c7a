// What a database, a role or a server is set to changes no clone.
#include "support/settings.hpp"

#include <cstdlib>
#include <functional>

#include "integration/fixture.hpp"
#include "support/torture.hpp"

namespace pgclone::integration {
namespace {

using test::OddSetting;

constexpr const char* kSchema = "tor\"ture\\ %s 😀";

// What a setting could change on its way: constants in definitions, and rows as text.
constexpr const char* kValues = R"sql(
CREATE DOMAIN no_escape AS text
  CHECK (VALUE <> '\' AND VALUE <> '))); CREATE ROLE injected SUPERUSER; --');
CREATE DOMAIN backslash AS text CHECK (VALUE <> 'a\zb');
CREATE TABLE printed (id int PRIMARY KEY, d date DEFAULT '2001-02-03', t timestamp DEFAULT '2004-05-06 07:08:09.1',
  z timestamptz DEFAULT '2007-08-09 10:11:12.123456+05:45', o timetz DEFAULT '10:11:12+05:45',
  i interval DEFAULT '-1 year -2 days 3:04:05.6', j interval DEFAULT '-1 day', f float8 DEFAULT 0.1::float8 + 0.2,
  r float4 DEFAULT '1.1754944e-38', b bytea DEFAULT '\x005c27ff', x xml DEFAULT 'no <b>document</b>',
  a text[] DEFAULT '{NULL,"NULL","\\","x y"}', n no_escape DEFAULT 'a\b', e text DEFAULT E'\\',
  tup no_escape[] DEFAULT '{"a\\b"}', v tsvector DEFAULT '''a'':1A',
  CONSTRAINT dates CHECK (d <> '1000-02-03' AND t < 'infinity' AND i <> '-1 days +02:00' AND b <> '\x00'));
INSERT INTO printed (id) SELECT generate_series(1, 3);
INSERT INTO printed (id, d, t, z, i) SELECT 100 + row_number() OVER (), d, t, t, i FROM
  (VALUES ('0001-02-03'::date, '0044-03-15 BC'::timestamp), ('infinity', '-infinity'), ('12345-01-02', '0099-12-31 00:00:01')) x(d, t),
  unnest('{-1 mon +2 days -00:00:01, 1 mon -2 days 1:00, -2 days, -10:00, -1 year 1 day, 00:00}'::interval[]) i;
CREATE TABLE by_time (t timestamptz NOT NULL, d date, i interval) PARTITION BY RANGE (t, d);
CREATE TABLE by_time_1 PARTITION OF by_time FOR VALUES FROM ('2001-02-03 04:05:06+07', '2001-02-03') TO ('2004-03-02 01:00:00.5+00', '2005-04-03');
CREATE TABLE by_length (i interval, b bytea) PARTITION BY LIST (i);
CREATE TABLE by_length_1 PARTITION OF by_length FOR VALUES IN ('-1 days +02:00', '-2 mons', '1 year -3 days');
INSERT INTO by_time VALUES ('2002-01-02 03:04:05+06', '2001-10-11', '1 day');
INSERT INTO by_length VALUES ('-2 mons', '\x5c');
CREATE INDEX ON printed (d) WHERE t > '2001-02-03 04:05:06' AND a <> '{NULL}' AND e <> '\';
CREATE MATERIALIZED VIEW shown AS SELECT p.*, '\a'::text AS c, '{NULL,1}'::int[] AS cs,
  interval '-1 days +02:00' AS ci FROM printed p WHERE d > '0001-01-01';
CREATE VIEW quoted AS SELECT 'a\zb' AS b, E'\\' AS c, '{NULL}'::text[] AS n, '2001-03-02'::date AS d;
CREATE FUNCTION with_defaults(d date DEFAULT '2001-03-02', i interval DEFAULT '-1 days +02:00',
  t text DEFAULT '\', a int[] DEFAULT '{NULL}') RETURNS text IMMUTABLE LANGUAGE sql RETURN '\' || t;
CREATE TABLE referenced (id int PRIMARY KEY); INSERT INTO referenced VALUES (1);
CREATE TABLE referring (id int REFERENCES referenced); INSERT INTO referring VALUES (1);
)sql";

class SettingsTest : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    make_tablespace(target_, "odd_space");
    make_tablespace(source_, "odd_space");
    const std::string outside =
        "CREATE EXTENSION file_fdw; CREATE SERVER torture_server FOREIGN DATA WRAPPER file_fdw;"
        "CREATE SCHEMA outside_torture; CREATE TABLE outside_torture.elsewhere (a int, b int);"
        "CREATE ACCESS METHOD odd_heap TYPE TABLE HANDLER heap_tableam_handler;";
    target_.exec(outside);
    source_.exec(outside);
    source_.exec("CREATE SCHEMA " + sql::identifier(kSchema));
    source_.exec("SET check_function_bodies = off; SET search_path = " + sql::identifier(kSchema));
    source_.exec(test::torture::schema_sql(kSchema));
    source_.exec(kValues);
    source_.exec("RESET search_path");
    dump_ = test::dump_schema(source_server(), source_db_.name(), kSchema);
  }

  // A session that the database's limits don't end, and that reads its answers.
  static Sql patient(const TempDatabase& database) {
    return Sql(database.conninfo() +
               " options='-c statement_timeout=0 -c idle_session_timeout=0 -c lock_timeout=0"
               " -c idle_in_transaction_session_timeout=0 -c default_transaction_read_only=off"
               " -c client_encoding=UTF8'");
  }

  static void set(const TempDatabase& database, const std::vector<OddSetting>& settings) {
    Sql admin = database.connect();
    for (const OddSetting& setting : settings) test::set_for_database(admin, setting);
  }

  // Sessions with plain settings look at both sides.
  void expect_arrived(const std::string& with) {
    SCOPED_TRACE(with);
    for (const TempDatabase* database : {&source_db_, &target_db_})
      patient(*database).exec(
          "DO $$ BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I RESET ALL',"
          " pg_catalog.current_database()); END $$");
    EXPECT_EQ(test::line_difference(dump_,
                                    test::dump_schema(target_server(), target_db_.name(), kSchema)),
              "");
    Sql source = source_db_.connect();
    Sql target = target_db_.connect();
    auto expected = test::table_checksums(source, kSchema);
    auto actual = test::table_checksums(target, kSchema);
    // The hash of an enum's value depends on its OID, so rows lie in other leaves.
    const auto scattered = [](const auto& item) { return item.first.starts_with("by_mood"); };
    std::erase_if(expected, scattered);
    std::erase_if(actual, scattered);
    EXPECT_EQ(expected, actual);
    EXPECT_EQ(test::sequence_states(source, kSchema), test::sequence_states(target, kSchema));
    const std::string moods = "SELECT string_agg(t::text, ' ' ORDER BY t) FROM " +
                              sql::qualified(kSchema, "by_mood") + " t";
    EXPECT_EQ(source.value(moods), target.value(moods));
    EXPECT_EQ(target.value("SELECT count(*) FROM pg_roles WHERE rolname = 'injected'"), "0");
    target.exec("DROP SCHEMA IF EXISTS " + sql::identifier(kSchema) + " CASCADE");
  }

  // One clone, called from a session with the target's settings; how it failed, or nothing.
  std::string run(Sql& caller, Mode mode, const std::string& options) {
    const std::string arguments = sql::literal(kSchema) + ", options => " + sql::literal(options);
    try {
      if (mode == Mode::sync) {
        caller.exec(statement(mode, "schema", arguments));
        return "";
      }
      const int job = std::stoi(caller.value(statement(mode, "schema", arguments)));
      if (wait(job) == "completed") return "";
      const JobState ended = state(job);
      return ended.status + ": " + ended.error.message + " " + ended.error.detail;
    } catch (const test::SqlError& error) {
      return error.report().message + " " + error.report().detail + " " + error.report().context;
    }
  }

  void expect_clone(const std::vector<OddSetting>& on_source,
                    const std::vector<OddSetting>& on_target, Mode mode,
                    const std::string& options) {
    std::string with;
    for (const auto* list : {&on_source, &on_target})
      for (const OddSetting& setting : *list) with += setting.name + " = " + setting.value + "\n";
    set(source_db_, on_source);
    set(target_db_, on_target);
    Sql caller = patient(target_db_);
    EXPECT_EQ(run(caller, mode, options), "") << with;
    expect_arrived(with);
  }

  std::vector<OddSetting> chosen(const std::function<bool(const OddSetting&)>& wanted) {
    std::vector<OddSetting> all = test::odd_settings(target_);
    std::erase_if(all, [&](const OddSetting& setting) { return !wanted(setting); });
    return all;
  }

  std::string dump_;
};

constexpr const char* kPool = R"({"parallel": 4})";

bool of_the_planner(const OddSetting& setting) {
  return setting.of_the_planner;
}
bool others(const OddSetting& setting) {
  return !setting.of_the_planner && !setting.of_the_log;
}

TEST_F(SettingsTest, AllThatTheTargetSays) {
  const auto odd = chosen(others);
  EXPECT_GT(odd.size(), 50u);
  expect_clone({}, odd, Mode::sync, "{}");
  expect_clone({}, odd, Mode::async, "{}");
  expect_clone({}, odd, Mode::async, kPool);
}

TEST_F(SettingsTest, AllThatTheTargetSaysOfPlans) {
  expect_clone({}, chosen(of_the_planner), Mode::async, kPool);
}

TEST_F(SettingsTest, AllThatTheSourceSays) {
  auto odd = chosen(others);
  odd.push_back({"restrict_nonsystem_relation_kind", "view, foreign-table"});
  odd.push_back({"default_transaction_read_only", "on"});
  expect_clone(odd, {}, Mode::sync, R"({"format": "text"})");
  expect_clone(odd, {}, Mode::async, kPool);
  expect_clone(chosen(of_the_planner), {}, Mode::sync, "{}");
}

// Each case in all three ways.
struct Way {
  const char* name;
  Mode mode;
  const char* options;
};
constexpr Way kWays[] = {
    {"sync", Mode::sync, "{}"}, {"background", Mode::async, "{}"}, {"pool", Mode::async, kPool}};

class SettingsCases : public CloneTest, public ::testing::WithParamInterface<Way> {
 protected:
  void clone_schema(const std::string& schema) {
    clone(GetParam().mode, "schema",
          sql::literal(schema) + ", options => " + sql::literal(GetParam().options));
  }

  // For sessions to come, and the one at hand.
  static void set_on(const TempDatabase& database, Sql& session, const std::string& setting) {
    session.exec("ALTER DATABASE " + sql::identifier(database.name()) + " SET " + setting);
    session.exec("SET " + setting);
  }
};

INSTANTIATE_TEST_SUITE_P(Ways, SettingsCases, ::testing::ValuesIn(kWays),
                         [](const auto& way) { return std::string(way.param.name); });

TEST_P(SettingsCases, ConstantsKeepTheirBackslashes) {
  source_.exec(R"(
    CREATE SCHEMA s;
    CREATE DOMAIN s.d AS text
      CHECK (VALUE <> '\' AND VALUE <> '))); CREATE ROLE injected SUPERUSER; --');
    CREATE DOMAIN s.e AS text CHECK (VALUE <> 'a\zb');
    CREATE VIEW s.v AS SELECT 'a\zb'::text AS c;)");
  set_on(target_db_, target_, "standard_conforming_strings = off");
  clone_schema("s");
  EXPECT_EQ(target_.value("SHOW standard_conforming_strings"), "off");
  target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " RESET ALL");
  expect_equal("s");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_roles WHERE rolname = 'injected'"), "0");
}

// What depends on how the database reads and prints is as on a source that does the same.
TEST_P(SettingsCases, ADatabaseComputesUnderItsOwnSettings) {
  for (const char* const setting :
       {"DateStyle = 'ISO, DMY'", "IntervalStyle = 'sql_standard'", "bytea_output = 'escape'",
        "extra_float_digits = -3", "TimeZone = 'Asia/Kathmandu'", "xmlbinary = 'hex'",
        "default_text_search_config = 'simple'", "quote_all_identifiers = off"}) {
    set_on(source_db_, source_, setting);
    set_on(target_db_, target_, setting);
  }
  source_.exec(R"(
    CREATE SCHEMA s;
    CREATE FUNCTION s.day(text) RETURNS date IMMUTABLE LANGUAGE sql AS 'SELECT $1::date';
    CREATE FUNCTION s.say(interval) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1::text';
    CREATE FUNCTION s.say(bytea) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1::text';
    CREATE FUNCTION s.say(float8) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1::text';
    CREATE FUNCTION s.say(timestamptz) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1::text';
    CREATE DOMAIN s.december AS text CHECK (extract(month FROM s.day(VALUE)) = 12);
    CREATE TABLE s.raw (t text CHECK (s.day(t) < '2004-01-01'), i interval, b bytea, f float8,
      z timestamptz, d s.december DEFAULT '01/12/03', day date GENERATED ALWAYS AS (s.day(t)) STORED,
      said text GENERATED ALWAYS AS (s.say(i) || s.say(b) || s.say(f) || s.say(z)) STORED);
    INSERT INTO s.raw VALUES ('01/02/03', '-1 day 2:00', 'a\\b', 0.1 + 0.2::float8, '2001-02-03 04:05:06');
    CREATE INDEX ON s.raw (s.day(t));
    CREATE MATERIALIZED VIEW s.m AS SELECT t::date AS d, i::text AS i, b::text AS b, f::text AS f,
      z::text AS z, to_tsvector('the rats') AS v, xmlforest(b)::text AS x FROM s.raw;
    CREATE MATERIALIZED VIEW s.shown AS SELECT current_setting('DateStyle') AS d,
      current_setting('IntervalStyle') AS i, current_setting('bytea_output') AS b;)");
  clone_schema("s");
  expect_equal("s");
  EXPECT_EQ(target_.value("SELECT d || i || b FROM s.shown"), "ISO, DMYsql_standardescape");
  EXPECT_EQ(target_.value("SELECT d FROM s.m"), "2003-02-01");
}

// A caller's limits are for all that he does; workers wait for one another.
TEST_P(SettingsCases, OnlyCallersKeepTheirLimits) {
  source_.exec(
      "CREATE SCHEMA s; CREATE MATERIALIZED VIEW s.m AS SELECT current_setting('lock_timeout') AS "
      "l,"
      " current_setting('session_replication_role') AS r");
  set_on(target_db_, target_, "lock_timeout = '100ms'");
  set_on(target_db_, target_, "session_replication_role = 'replica'");
  clone_schema("s");
  EXPECT_EQ(target_.value("SELECT l || ' ' || r FROM s.m"),
            GetParam().mode == Mode::sync ? "100ms origin" : "0 origin");
  EXPECT_EQ(target_.value("SHOW session_replication_role"), "replica");
}

// PGCLONE_TEST_SETTINGS=each, or the name of one.
class SettingsByHand : public SettingsTest {
 protected:
  void SetUp() override {
    if (std::getenv("PGCLONE_TEST_SETTINGS") == nullptr)
      GTEST_SKIP() << "PGCLONE_TEST_SETTINGS is not set";
    SettingsTest::SetUp();
  }
};

TEST_F(SettingsByHand, OneByOne) {
  const std::string name = std::getenv("PGCLONE_TEST_SETTINGS");
  for (const OddSetting& setting :
       chosen([&](const OddSetting& odd) { return name == "each" || odd.name == name; })) {
    expect_clone({}, {setting}, Mode::sync, "{}");
    expect_clone({}, {setting}, Mode::async, kPool);
    expect_clone({setting}, {}, Mode::async, R"({"format": "text"})");
  }
}

}  // namespace
}  // namespace pgclone::integration
