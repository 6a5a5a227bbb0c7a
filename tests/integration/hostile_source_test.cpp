// Sources whose catalogs and functions say what no server says: second statements, further
// subcommands, comments, other objects. A clone of theirs ends in an error or in a right clone, and
// nothing outside of its schema changes. The role that clones is a superuser.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

// One of about everything whose definition a source prints.
constexpr const char* kSchema = R"sql(
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('good', 'bad');
CREATE TYPE s.pair AS (a int, b text);
CREATE DOMAIN s.positive AS int DEFAULT 1 CHECK (VALUE > 0);
CREATE FUNCTION s.twice(n int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n';
CREATE FUNCTION s.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE AGGREGATE s.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE OPERATOR s.#+# (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
CREATE SEQUENCE s.numbers;
CREATE TABLE s.one (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, p s.positive,
  t text COLLATE "C" DEFAULT 'x', d int GENERATED ALWAYS AS (1 + 1) STORED, n numeric(9, 2),
  UNIQUE (t), CHECK (n > 0), EXCLUDE USING btree (t WITH =));
COMMENT ON TABLE s.one IS 'a table';
COMMENT ON COLUMN s.one.t IS 'a column';
INSERT INTO s.one (p, t, n) VALUES (1, 'row', 1);
CREATE TABLE s.two (id serial, one int REFERENCES s.one);
CREATE INDEX ON s.two ((id + 1)) WHERE id > 0;
CREATE STATISTICS s.both ON id, one FROM s.two;
CREATE TRIGGER noted BEFORE INSERT ON s.two FOR EACH ROW WHEN (NEW.id > 0)
  EXECUTE FUNCTION s.note('argument');
CREATE RULE doubled AS ON DELETE TO s.two DO ALSO SELECT 1;
CREATE POLICY seen ON s.two USING (id > 0);
CREATE TABLE s.parts (k int, v text) PARTITION BY RANGE (k);
CREATE TABLE s.part PARTITION OF s.parts FOR VALUES FROM (0) TO (10);
CREATE TABLE s.lone (k int);
CREATE VIEW s.seen AS SELECT id, one FROM s.two;
ALTER VIEW s.seen ALTER COLUMN id SET DEFAULT 7;
CREATE MATERIALIZED VIEW s.kept AS SELECT id FROM s.one;
CREATE INDEX ON s.kept (id) WHERE id > 0;
CREATE STATISTICS s.of_view ON (id + 1) FROM s.kept;
CREATE FOREIGN TABLE s.far (a int OPTIONS (o 'x'), b numeric(9, 2)) SERVER elsewhere;
)sql";

// What must stay as it is, whatever a clone is told.
constexpr const char* kCanary = R"sql(
CREATE TABLE public.canary (id int PRIMARY KEY);
INSERT INTO public.canary VALUES (1), (2);
CREATE FUNCTION public.canary() RETURNS int LANGUAGE sql AS 'SELECT 1';
)sql";

constexpr const char* kCanaryState = R"sql(
SELECT (SELECT string_agg(rolname || rolsuper || rolcanlogin || rolcreaterole, ' ' ORDER BY rolname)
        FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'),
  (SELECT count(*) FROM public.canary),
  (SELECT string_agg(c::text, ' ' ORDER BY c.oid) FROM (SELECT oid, relname, relowner, relacl,
     relhasrules, relhastriggers, relhassubclass, relrowsecurity FROM pg_catalog.pg_class
     WHERE relnamespace = 'public'::regnamespace) c),
  (SELECT string_agg(p::text, ' ') FROM (SELECT proname, prosrc, proowner, proacl
     FROM pg_catalog.pg_proc WHERE pronamespace = 'public'::regnamespace) p),
  (SELECT string_agg(n.nspname || n.nspowner || coalesce(n.nspacl::text, ''), ' ' ORDER BY n.nspname)
     FROM pg_catalog.pg_namespace n WHERE n.nspname <> 's' AND n.nspname !~ '^pg_'),
  (SELECT string_agg(d::text, ' ') FROM (SELECT datdba, datacl FROM pg_catalog.pg_database
     WHERE datname = current_database()) d),
  (SELECT count(*) FROM pg_catalog.pg_shdepend WHERE refobjid = 'mallory'::regrole
     AND dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())),
  (SELECT string_agg(setdatabase || ':' || setrole || setconfig::text, ' ')
     FROM pg_catalog.pg_db_role_setting),
  (SELECT count(*) FROM pg_catalog.pg_cast), (SELECT count(*) FROM pg_catalog.pg_language),
  (SELECT count(*) FROM pg_catalog.pg_event_trigger)
)sql";

// A function of pg_catalog, with arguments that name it.
struct Liar {
  const char* name;
  const char* arguments;
};

constexpr Liar kLiars[] = {{"pg_get_expr", "pg_node_tree, oid"},
                           {"pg_get_constraintdef", "oid"},
                           {"pg_get_indexdef", "oid"},
                           {"pg_get_viewdef", "oid"},
                           {"pg_get_triggerdef", "oid"},
                           {"pg_get_ruledef", "oid"},
                           {"pg_get_functiondef", "oid"},
                           {"pg_get_function_arguments", "oid"},
                           {"pg_get_statisticsobjdef", "oid"},
                           {"pg_get_partkeydef", "oid"},
                           {"format_type", "oid, int4"},
                           {"oidvectortypes", "oidvector"},
                           {"quote_ident", "text"},
                           {"quote_literal", "text"},
                           {"pg_get_userbyid", "oid"},
                           {"obj_description", "oid, name"},
                           {"col_description", "oid, int4"}};

// Whether a text ends with what rides along, or is nothing else.
enum class Place { end, all };

struct Payload {
  Place place;
  const char* text;
};

constexpr Payload kPayloads[] = {
    {Place::end, "; ALTER ROLE mallory SUPERUSER"},
    {Place::end, ";\nDROP TABLE public.canary; /*"},
    {Place::end, "); ALTER ROLE mallory SUPERUSER; --"},
    {Place::end, "'; ALTER ROLE mallory SUPERUSER; --"},
    {Place::end, ", OWNER TO mallory"},
    {Place::end, "/* "},
    {Place::end, ") INHERITS (public.canary"},
    {Place::end, "\\'; ALTER ROLE mallory SUPERUSER; --"},
    {Place::all, "ALTER ROLE mallory SUPERUSER"},
    {Place::all,
     "CREATE TRIGGER noted BEFORE INSERT ON public.canary FOR EACH ROW EXECUTE FUNCTION s.note()"},
    {Place::all,
     "CREATE OR REPLACE FUNCTION public.canary() RETURNS int LANGUAGE sql AS 'SELECT 2'"},
    {Place::all, "public.canary"},
};

class HostileSource : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    for (Sql* const side : {&source_, &target_})
      side->exec("DO 'BEGIN CREATE ROLE mallory; EXCEPTION WHEN duplicate_object THEN NULL; END'");
    for (Sql* const side : {&source_, &target_})
      side->exec(
          "CREATE FOREIGN DATA WRAPPER elsewhere; CREATE SERVER elsewhere FOREIGN DATA WRAPPER "
          "elsewhere");
    source_.exec(kSchema);
    target_.exec(kCanary);
    state_ = target_.rows(kCanaryState);
  }

  // Makes the function say something else; truth() takes it back.
  void lie(const Liar& liar, const Payload& payload) {
    const std::string name = "pg_catalog." + std::string(liar.name);
    const std::string arguments = std::string("(") + liar.arguments + ")";
    const int count = 1 + static_cast<int>(std::count(arguments.begin(), arguments.end(), ','));
    const std::string truth =
        "pg_catalog.true_" + std::string(liar.name) + (count == 1 ? "($1)" : "($1, $2)");
    std::string lie = sql::literal(payload.text);
    if (payload.place == Place::end) lie = truth + " || " + lie;
    source_.exec("ALTER FUNCTION " + name + arguments + " RENAME TO true_" + liar.name +
                 "; CREATE FUNCTION " + name + arguments + " RETURNS text LANGUAGE sql STABLE AS " +
                 sql::literal("SELECT (" + lie + ")::pg_catalog.text"));
  }

  void truth(const Liar& liar) {
    const std::string name = std::string("pg_catalog.") + liar.name;
    const std::string arguments = std::string("(") + liar.arguments + ")";
    source_.exec("DROP FUNCTION " + name + arguments + "; ALTER FUNCTION pg_catalog.true_" +
                 liar.name + arguments + " RENAME TO " + liar.name);
  }

  // An error, or a clone; nothing else has changed.
  void clone_and_look(Mode mode, const std::string& options) {
    const std::string arguments = "'s', true, " + sql::literal(options);
    if (mode == Mode::async) {
      try {
        wait(submit("schema", arguments));
      } catch (const test::SqlError&) {
      }
    } else {
      try {
        target_.exec(statement(mode, "schema", arguments));
      } catch (const test::SqlError& error) {
        EXPECT_NE(error.report().sqlstate.substr(0, 2), "57");
      }
    }
    EXPECT_EQ(target_.rows(kCanaryState), state_);
    target_.exec("SET client_min_messages = error; DROP SCHEMA IF EXISTS s CASCADE");
  }

  Rows state_;
};

constexpr const char* kWithRights = R"({"owners": true, "privileges": true})";

TEST_F(HostileSource, CannotMakeAFunctionSayMore) {
  for (const Liar& liar : kLiars) {
    for (const Payload& payload : kPayloads) {
      SCOPED_TRACE(std::string(liar.name) + ": " + payload.text);
      lie(liar, payload);
      clone_and_look(Mode::sync, kWithRights);
      truth(liar);
      if (HasFailure()) return;
    }
  }
  ASSERT_NO_FATAL_FAILURE(clone(Mode::sync, "schema", "'s'"));
  expect_equal("s");
}

TEST_F(HostileSource, NorInTheBackground) {
  for (const Liar& liar : kLiars) {
    SCOPED_TRACE(liar.name);
    for (const Payload& payload : {kPayloads[0], kPayloads[4], kPayloads[11]}) {
      lie(liar, payload);
      clone_and_look(Mode::async, R"({"owners": true, "privileges": true, "parallel": 4})");
      truth(liar);
    }
    if (HasFailure()) return;
  }
}

// What is refused says why.
TEST_F(HostileSource, IsToldWhatRodeAlong) {
  lie({"pg_get_constraintdef", "oid"}, {Place::end, ", OWNER TO mallory"});
  const SqlReport several =
      failing_clone(Mode::sync, "schema", "'s', true, '{\"tables\": [\"one\"]}'");
  EXPECT_EQ(several.sqlstate, "08P01");
  EXPECT_EQ(several.message,
            "the definition of constraint \"one_n_check\" of table \"s\".\"one\" is refused");
  EXPECT_THAT(several.detail, HasSubstr("OWNER TO mallory"));
  EXPECT_FALSE(several.hint.empty());
  truth({"pg_get_constraintdef", "oid"});

  lie({"pg_get_viewdef", "oid"}, {Place::end, "; ALTER ROLE mallory SUPERUSER"});
  const SqlReport second = failing_clone(Mode::sync, "schema", "'s'");
  EXPECT_EQ(second.sqlstate, "08P01");
  EXPECT_THAT(second.detail, HasSubstr("It consists of 2 statements."));
  truth({"pg_get_viewdef", "oid"});

  lie({"pg_get_triggerdef", "oid"}, {Place::end, " -- hidden"});
  const SqlReport comment = failing_clone(Mode::sync, "schema", "'s'");
  EXPECT_EQ(comment.sqlstate, "08P01");
  EXPECT_THAT(comment.detail, HasSubstr("It contains a comment."));
}

// Something whose last_value is a text, in place of a free sequence, while the job runs.
class SequenceSwap : public HostileSource, public ::testing::WithParamInterface<Mode> {
 protected:
  SqlReport error_of_swap(const std::string& create) {
    clone(Mode::sync, "schema", R"('s', true, '{"schema_only": true}')");
    Gate gate(source_db_);
    const std::string arguments =
        "'s', true, " +
        sql::literal(R"({"data_only": true, "consistent": false, "data": {"one": ")" +
                     std::string(Gate::kPass) + "\"}}");
    Sql session = target_db_.connect();
    session.send(statement(GetParam(), "schema", arguments));
    wait_for_blocked_source();
    source_.exec("DROP SEQUENCE s.numbers; " + create +
                 " AS SELECT '1; ALTER ROLE mallory SUPERUSER --'::text AS last_value,"
                 " 't'::text AS is_called");
    gate.open();
    try {
      const std::string job = session.finish().at(0).at(0).value();
      EXPECT_EQ(GetParam(), Mode::async);
      EXPECT_EQ(wait(std::stoi(job)), "failed");
      return state(std::stoi(job)).error;
    } catch (const test::SqlError& failed) {
      return failed.report();
    }
  }

  bool mallory_is_superuser() {
    return target_.value("SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'") == "t";
  }
};
PGCLONE_BOTH_MODES(SequenceSwap);

// Not even read, whether its values are text or come from a function.
TEST_P(SequenceSwap, ForATableIsFound) {
  const SqlReport error = error_of_swap("CREATE TABLE s.numbers");
  EXPECT_EQ(error.sqlstate, "55000");
  EXPECT_EQ(error.message, "\"s\".\"numbers\" was replaced on the source");
  EXPECT_FALSE(mallory_is_superuser());
}

TEST_P(SequenceSwap, ForAViewIsFound) {
  const SqlReport error = error_of_swap("CREATE VIEW s.numbers");
  EXPECT_EQ(error.sqlstate, "55000");
  EXPECT_EQ(error.message, "\"s\".\"numbers\" was replaced on the source");
  EXPECT_FALSE(mallory_is_superuser());
}

TEST_P(SequenceSwap, AStateIsNoStatement) {
  source_.exec(
      "ALTER FUNCTION pg_catalog.pg_sequence_last_value(regclass) RENAME TO true_last_value;"
      "CREATE FUNCTION pg_catalog.pg_sequence_last_value(oid) RETURNS text LANGUAGE sql AS"
      " $$SELECT '1; ALTER ROLE mallory SUPERUSER --'$$");
  const SqlReport error = failing_clone(GetParam(), "schema", "'s'");
  EXPECT_EQ(error.sqlstate, "08P01");
  EXPECT_THAT(error.message, HasSubstr("the source does not say where sequence \"s\"."));
  EXPECT_EQ(error.detail, "It sent \"1; ALTER ROLE mallory SUPERUSER --\".");
  EXPECT_FALSE(mallory_is_superuser());
}

}  // namespace
}  // namespace pgclone::integration
