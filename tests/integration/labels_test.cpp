// Security labels, with a provider that is loaded on both servers, or on the source alone.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kProvider = "\"test \"\"provider\"";

constexpr const char* kObjects = R"(
  CREATE SCHEMA s; SET search_path = s;
  CREATE TYPE mood AS ENUM ('ok'); CREATE TYPE pair AS ("A '" int, b text);
  CREATE DOMAIN pos AS int; CREATE TYPE span AS RANGE (subtype = int);
  CREATE FUNCTION f(int, VARIADIC text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
  CREATE PROCEDURE "Proc '"(int) LANGUAGE sql AS 'SELECT 1';
  CREATE AGGREGATE total(int) (SFUNC = int4_sum, STYPE = int8);
  CREATE AGGREGATE perc(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition,
    STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
  CREATE TABLE "t '" (id serial PRIMARY KEY, gone int, "c '" text, other int);
  ALTER TABLE "t '" DROP gone;
  CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p DEFAULT;
  CREATE SEQUENCE q; CREATE VIEW v AS SELECT 1 AS one;
  CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
  RESET search_path)";

// Of every kind, with "PROVIDER" for its name.
constexpr const char* kLabels = R"(
  SECURITY LABEL FOR PROVIDER ON SCHEMA s IS 'schema';
  SECURITY LABEL FOR PROVIDER ON TYPE s.mood IS 'it''s \ %s 😀';
  SECURITY LABEL FOR PROVIDER ON TYPE s.pair IS 'pair';
  SECURITY LABEL FOR PROVIDER ON COLUMN s.pair."A '" IS 'of a pair';
  SECURITY LABEL FOR PROVIDER ON DOMAIN s.pos IS 'domain';
  SECURITY LABEL FOR PROVIDER ON TYPE s.span IS 'range';
  SECURITY LABEL FOR PROVIDER ON FUNCTION s.f(int, text[]) IS 'function';
  SECURITY LABEL FOR PROVIDER ON FUNCTION s.f() IS 'another function';
  SECURITY LABEL FOR PROVIDER ON PROCEDURE s."Proc '"(int) IS 'procedure';
  SECURITY LABEL FOR PROVIDER ON AGGREGATE s.total(int) IS 'aggregate';
  SECURITY LABEL FOR PROVIDER ON AGGREGATE s.perc(float8 ORDER BY anyelement) IS 'ordered';
  SECURITY LABEL FOR PROVIDER ON TABLE s."t '" IS 'table';
  SECURITY LABEL FOR PROVIDER ON COLUMN s."t '"."c '" IS 'column';
  SECURITY LABEL FOR PROVIDER ON COLUMN s."t '".id IS '';
  SECURITY LABEL FOR PROVIDER ON SEQUENCE s."t '_id_seq" IS 'owned';
  SECURITY LABEL FOR PROVIDER ON TABLE s.p IS 'partitioned';
  SECURITY LABEL FOR PROVIDER ON COLUMN s.p.a IS 'of a partitioned one';
  SECURITY LABEL FOR PROVIDER ON TABLE s.p1 IS 'partition';
  SECURITY LABEL FOR PROVIDER ON SEQUENCE s.q IS 'sequence';
  SECURITY LABEL FOR PROVIDER ON VIEW s.v IS 'view';
  SECURITY LABEL FOR PROVIDER ON COLUMN s.v.one IS 'of a view';
  SECURITY LABEL FOR PROVIDER ON MATERIALIZED VIEW s.m IS 'materialized';
  SECURITY LABEL FOR PROVIDER ON COLUMN s.m.one IS 'of a materialized view')";

class LabelsTest : public BothModes {
 protected:
  void SetUp() override {
    BothModes::SetUp();
    load_label_provider(source_db_, source_);
    source_.exec(kObjects);
    source_.exec(labels_of(kProvider));
    source_.exec(
        "SECURITY LABEL FOR another ON TABLE s.\"t '\" IS 'twice';"
        "SECURITY LABEL FOR another ON VIEW s.v IS 'twice'");
  }

  static std::string labels_of(const std::string& provider) {
    std::string sql = kLabels;
    const std::string mark = "PROVIDER";
    for (std::size_t at = 0; (at = sql.find(mark, at)) != std::string::npos; at += provider.size())
      sql.replace(at, mark.size(), provider);
    return sql;
  }

  // pg_dump prints an object's labels of several providers in any order.
  void expect_equal_labels() {
    EXPECT_THAT(test::line_difference(test::dump_schema(source_server(), source_db_.name(), "s"),
                                      test::dump_schema(target_server(), target_db_.name(), "s")),
                ::testing::AnyOf("", "the order of the lines differs\n"));
    EXPECT_EQ(count(target_), count(source_));
  }

  static std::string count(Sql& sql) { return sql.value("SELECT count(*) FROM pg_seclabel"); }
};

PGCLONE_BOTH_MODES(LabelsTest);

TEST_P(LabelsTest, ArriveOnEveryKindOfObject) {
  load_label_provider(target_db_, target_);
  clone(GetParam(), "schema", "'s'");
  expect_equal_labels();
  target_.exec("SECURITY LABEL FOR another ON VIEW s.v IS 'old'");
  clone(GetParam(), "schema", R"('s', true, '{"conflict": "replace"}')");
  expect_equal_labels();
  target_.exec("SET client_min_messages = error; DROP SCHEMA s CASCADE");
  clone(GetParam(), "schema",
        R"('s', true, '{"target_schema": "Neu \"x\"", "parallel": 3, "owners": true}')");
  target_.exec("ALTER SCHEMA \"Neu \"\"x\"\"\" RENAME TO s");
  expect_equal_labels();
}

TEST_P(LabelsTest, ArriveWithATable) {
  load_label_provider(target_db_, target_);
  target_.exec("CREATE SCHEMA s");
  clone(GetParam(), "table", "'s', 't ''', true, 'New \"', '{\"columns\": [\"id\"]}'");
  clone(GetParam(), "table", "'s', 'p'");
  EXPECT_EQ(target_.rows("SELECT objtype || ' ' || objname, provider, label FROM pg_seclabels"
                         " ORDER BY objname, objtype, provider COLLATE \"C\""),
            (Rows{{"table s.\"New \"\"\"", "another", "twice"},
                  {"table s.\"New \"\"\"", "test \"provider", "table"},
                  {"column s.\"New \"\"\".id", "test \"provider", ""},
                  {"sequence s.\"New \"\"_id_seq\"", "test \"provider", "owned"},
                  {"table s.p", "test \"provider", "partitioned"},
                  {"column s.p.a", "test \"provider", "of a partitioned one"},
                  {"table s.p1", "test \"provider", "partition"}}));
}

TEST_P(LabelsTest, OfProvidersThatTheTargetLacksAreOneWarning) {
  if (GetParam() == Mode::sync) {
    target_.exec(statement(GetParam(), "schema", "'s'"));
    ASSERT_EQ(target_.notices().size(), 1U);
    const SqlReport& warning = target_.notices()[0];
    EXPECT_EQ(warning.severity, "WARNING");
    EXPECT_EQ(warning.message, "25 security labels are left out");
    EXPECT_THAT(warning.detail, ::testing::StartsWith(
                                    "The target has not loaded provider \"another\":"
                                    " TABLE s.\"t '\", VIEW s.v.\n"
                                    "The target has not loaded provider \"test \"\"provider\":"
                                    " DOMAIN s.pos, FUNCTION s.f(), FUNCTION s.f(integer, text[]),"
                                    " MATERIALIZED VIEW s.m,"));
    EXPECT_THAT(warning.hint, HasSubstr("shared_preload_libraries"));
    target_.clear_notices();
    target_.exec(statement(GetParam(), "table", "'s', 't ''', true, 'Other'"));
    ASSERT_EQ(target_.notices().size(), 1U);
    EXPECT_EQ(target_.notices()[0].message, "5 security labels are left out");
  } else {
    expect_completed(submit("schema", "'s'"));
  }
  EXPECT_EQ(count(target_), "0");
  EXPECT_EQ(test::table_checksums(target_, "s").size(), GetParam() == Mode::sync ? 4U : 3U);
}

TEST_P(LabelsTest, NeedNoPlpgsql) {
  load_label_provider(target_db_, target_);
  source_.exec(
      "CREATE SCHEMA one; CREATE TABLE one.t (); SECURITY LABEL FOR another ON TABLE one.t"
      " IS 'x'");
  target_.exec("DROP EXTENSION plpgsql");
  clone(GetParam(), "schema", "'one'");
  EXPECT_EQ(target_.rows("SELECT objname, provider, label FROM pg_seclabels"),
            (Rows{{"one.t", "another", "x"}}));
}

// Its error is the step's: no object is lost, and none is without its label unnoticed.
TEST_P(LabelsTest, AProviderMayRefuse) {
  load_label_provider(target_db_, target_);
  source_.exec("UPDATE pg_seclabel SET label = 'refused' WHERE label = 'sequence'");
  const SqlReport report = failing_clone(GetParam(), "schema", "'s'");
  EXPECT_EQ(report.message, "the label is refused");
  EXPECT_THAT(report.context, HasSubstr("q"));
}

}  // namespace
}  // namespace pgclone::integration
