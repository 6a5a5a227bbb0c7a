// Sequences that no column of a table owns.
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

// The owner of a sequence as a pg_depend row with alias o: a column of a view or foreign table may
// own one too, and those are ours.
constexpr std::string_view kOwner =
    " LEFT JOIN (pg_catalog.pg_depend o JOIN pg_catalog.pg_class oc ON oc.oid = o.refobjid"
    " JOIN pg_catalog.pg_attribute oa ON oa.attrelid = o.refobjid AND oa.attnum = o.refobjsubid)"
    " ON o.classid = 1259 AND o.objid = c.oid AND o.refclassid = 1259 AND o.refobjsubid > 0"
    " AND o.deptype IN ('a', 'i')";

std::string of_schema(const Scope& scope) {
  return " WHERE c.relnamespace = " + scope.schema_oid +
         " AND c.relkind = 'S' AND (oc.relkind IS NULL OR oc.relkind NOT IN ('r', 'p')) AND" +
         free_standing_sql(catalog::kClass, "c.oid");
}

struct State {
  std::string last_value;
  bool called = false;
};

std::string setval(const Scope& scope, const std::string& name, const State& state) {
  return "SELECT pg_catalog.setval(" + sql::literal(scope.qualified(name)) +
         "::pg_catalog.regclass, " + state.last_value + ", " + (state.called ? "true" : "false") +
         ")";
}

// The state of sequences that were never called cannot be had from a catalog function: what
// setval(…, false) left behind is in the sequence alone.
std::unordered_map<std::string, State> read_uncalled(const Scope& scope,
                                                     const std::vector<std::string>& names) {
  std::unordered_map<std::string, State> states;
  std::string query;
  for (const std::string& name : names) {
    if (!query.empty()) query += " UNION ALL ";
    query += "SELECT " + sql::literal(name) + ", last_value, is_called FROM " +
             sql::qualified(scope.source_schema, name);
  }
  if (query.empty()) return states;
  for (const Row& row : scope.read(query)) {
    states.emplace(row.text(0), State{row.text(1), row.boolean(2)});
  }
  return states;
}

Step state_step(const Scope& scope, ObjectId sequence, const std::string& name) {
  Step step;
  step.group = group_name(scope, "SEQUENCE", name);
  step.key = step.group + " state";
  step.kind = "sequence state";
  step.label = scope.qualified(name);
  step.phase = Phase::finish;
  step.belongs_to = sequence;
  return step;
}

// Without a common snapshot a state read now could be older than the rows: read it when it is set.
void add_deferred_states(const Scope& scope, const std::vector<Row>& sequences) {
  for (const Row& row : sequences) {
    Step step = state_step(scope, {catalog::kClass, row.oid(0)}, row.text(1));
    step.action = kSequenceStateAction;
    step.payload =
        "SELECT pg_catalog.format('SELECT pg_catalog.setval(%L::pg_catalog.regclass, %s, %L)', " +
        sql::literal(step.label) + ", last_value, is_called) FROM " +
        sql::qualified(scope.source_schema, row.text(1));
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

void add_states(const Scope& scope, const std::vector<Row>& sequences) {
  std::vector<std::string> uncalled;
  for (const Row& row : sequences) {
    if (row.is_null(2)) uncalled.push_back(row.text(1));
  }
  const auto states = read_uncalled(scope, uncalled);
  for (const Row& row : sequences) {
    const auto found = states.find(row.text(1));
    const State state = found == states.end() ? State{row.text(2), true} : found->second;
    if (!state.called && state.last_value == row.text(3)) continue;
    Step step = state_step(scope, {catalog::kClass, row.oid(0)}, row.text(1));
    step.statements.push_back(setval(scope, row.text(1), state));
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

}  // namespace

void add_sequences(Scope& scope) {
  const std::string from =
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid" +
      std::string(kOwner) + of_schema(scope) + "ORDER BY c.relname";
  add_objects(scope, catalog::kClass,
              "SELECT c.oid, c.relname, NULL::pg_catalog.text, 'SEQUENCE',"
              " CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED SEQUENCE' ELSE 'SEQUENCE' END,"
              " ' AS ' || pg_catalog.format_type(s.seqtypid, NULL)"
              " || ' INCREMENT BY ' || s.seqincrement || ' MINVALUE ' || s.seqmin"
              " || ' MAXVALUE ' || s.seqmax || ' START WITH ' || s.seqstart"
              " || ' CACHE ' || s.seqcache || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE ' NO CYCLE'"
              " END || coalesce(' OWNED BY ' || pg_catalog.quote_ident(" +
                  sql::literal(scope.target_schema) +
                  ") || '.' || pg_catalog.quote_ident(oc.relname) || '.'"
                  " || pg_catalog.quote_ident(oa.attname), ''),"
                  " pg_catalog.obj_description(c.oid, 'pg_class'), '1259:' || c.oid" +
                  from);
  if (!scope.context.request().include_data) return;
  const std::string last_value =
      scope.context.consistent() ? "pg_catalog.pg_sequence_last_value(c.oid)" : "NULL";
  auto sequences = scope.read("SELECT c.oid, c.relname, " + last_value + ", s.seqstart" + from);
  std::erase_if(sequences, [&](const Row& row) {
    return scope.excluded.contains({catalog::kClass, row.oid(0)});
  });
  if (scope.context.consistent()) {
    add_states(scope, sequences);
  } else {
    add_deferred_states(scope, sequences);
  }
}

void run_sequence_state(const StepView& step, RunContext& context) {
  const auto rows = read(context.source(), step.payload);
  context.target().execute(rows.at(0).text(0));
}

}  // namespace pgclone::schema
