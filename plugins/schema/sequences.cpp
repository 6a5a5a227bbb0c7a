// Sequences that no column of a table owns.
#include <map>
#include <utility>

#include "common/fragment.hpp"
#include "common/sequence_state.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "sequence_actions.hpp"

namespace pgclone::schema {

namespace {

using State = common::SequenceState;

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

// A sequence of the target, by name.
struct Twin {
  bool owned = false;
  bool may_set = false;
  bool used = false;
};
using Twins = std::map<std::string, Twin>;

bool restarts(const Twins* twins, const std::string& name) {
  return twins != nullptr && twins->at(name).owned;
}

std::vector<std::string> set_state(const std::string& sequence, const State& state, bool restart) {
  if (restart) return common::reset_sequence(sequence, state);
  return {common::set_sequence_state(sequence, state)};
}

common::Listed listed(const Scope& scope, const Row& row) {
  return {row.oid(0), sql::qualified(scope.source_schema, row.text(1))};
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
void add_deferred_states(const Scope& scope, const std::vector<Row>& sequences,
                         const Twins* twins) {
  for (const Row& row : sequences) {
    Step step = state_step(scope, {catalog::kClass, row.oid(0)}, row.text(1));
    step.action = restarts(twins, row.text(1)) ? kSequenceRestartAction : kSequenceStateAction;
    step.payload = common::to_text(listed(scope, row));
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

// A new sequence is at its start by itself.
void add_states(const Scope& scope, const std::vector<Row>& sequences, const Twins* twins) {
  std::vector<common::Listed> all;
  for (const Row& row : sequences) all.push_back(listed(scope, row));
  const std::vector<State> states = common::read_sequence_states(scope.context.source(), all);
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const Row& row = sequences[i];
    const State& state = states.at(i);
    if (twins == nullptr && !state.is_called && state.last_value == row.integer(2)) continue;
    Step step = state_step(scope, {catalog::kClass, row.oid(0)}, row.text(1));
    step.statements = set_state(step.label, state, restarts(twins, row.text(1)));
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

std::string from_sequences(const Scope& scope, const std::string& condition = "") {
  return " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_sequence s ON s.seqrelid = c.oid" +
         std::string(kOwner) + of_schema(scope) + condition + "ORDER BY c.relname";
}

// A standby has no state of what is unlogged.
void leave_out_unreadable(const Scope& scope, std::vector<Row>& sequences) {
  std::string names;
  std::erase_if(sequences, [&](const Row& row) {
    if (row.boolean(3)) return false;
    names += (names.empty() ? "sequence " : "\nsequence ") +
             sql::qualified(scope.source_schema, row.text(1));
    return true;
  });
  if (names.empty()) return;
  scope.context.report(
      Severity::warning,
      "the source is a standby, which has no states of unlogged sequences: they stay behind", names,
      "Clone from the primary to have them.");
}

// oid, name, start value, whether there is a state.
std::vector<Row> read_sequences(const Scope& scope) {
  auto sequences = scope.read(
      "SELECT c.oid, c.relname, s.seqstart,"
      " c.relpersistence <> 'u' OR NOT pg_catalog.pg_is_in_recovery()" +
      from_sequences(scope));
  std::erase_if(sequences, [&](const Row& row) {
    return scope.excluded.contains({catalog::kClass, row.oid(0)});
  });
  leave_out_unreadable(scope, sequences);
  return sequences;
}

void add_states_of(const Scope& scope, const std::vector<Row>& sequences, const Twins* twins) {
  if (scope.context.consistent()) {
    add_states(scope, sequences, twins);
  } else {
    add_deferred_states(scope, sequences, twins);
  }
}

Twins read_twins(const Scope& scope) {
  Twins twins;
  const Param params[] = {scope.target_schema};
  for (const Row& row :
       read(scope.context.target(),
            "SELECT c.relname, pg_catalog.pg_has_role(c.relowner, 'USAGE'),"
            " pg_catalog.has_sequence_privilege(c.oid, 'UPDATE'),"
            " CASE WHEN pg_catalog.has_sequence_privilege(c.oid, 'USAGE, SELECT')"
            " THEN pg_catalog.pg_sequence_last_value(c.oid) IS NOT NULL ELSE true END"
            " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = $1::pg_catalog.text AND c.relkind = 'S'",
            params))
    twins[row.text(0)] = {row.boolean(1), row.boolean(2), row.boolean(3)};
  return twins;
}

void refuse_sequences(const std::string& list, std::string_view sqlstate, const char* message,
                      const char* hint) {
  if (list.empty()) return;
  throw Error(sqlstate, message).with_detail(list).with_hint(hint);
}

// Only a sequence that has its table's owner can be tied to it.
void tie_to_columns(Scope& scope) {
  for (const Row& row : scope.read("SELECT c.oid, c.relname, oc.relname, oa.attname" +
                                   from_sequences(scope, "AND oc.oid IS NOT NULL "))) {
    scope.rights[{catalog::kClass, row.oid(0)}].push_back(
        "ALTER SEQUENCE " + scope.qualified(row.text(1)) + " OWNED BY " +
        scope.qualified(row.text(2)) + "." + sql::identifier(row.text(3)));
  }
}

}  // namespace

void add_states_of_existing(Scope& scope) {
  std::vector<Row> sequences = read_sequences(scope);
  const Twins twins = read_twins(scope);
  // What has been used is to a sequence what rows are to a table.
  const bool skips = scope.context.options().text("conflict") == "skip";
  std::string missing;
  std::string locked;
  std::erase_if(sequences, [&](const Row& row) {
    const auto twin = twins.find(row.text(1));
    const std::string line = "sequence " + scope.qualified(row.text(1));
    if (twin == twins.end()) {
      missing += (missing.empty() ? "" : "\n") + line + " does not exist";
      return true;
    }
    if (skips && twin->second.used) {
      scope.context.plan().skip(line, "sequence", scope.qualified(row.text(1)));
      return true;
    }
    if (!twin->second.may_set) locked += (locked.empty() ? "" : "\n") + ("UPDATE on " + line);
    return false;
  });
  refuse_sequences(missing, sqlstate::kUndefinedTable, "the target lacks sequences of the source",
                   "Create them, or leave them out with \"exclude\".");
  refuse_sequences(locked, sqlstate::kInsufficientPrivilege,
                   "the role that clones lacks rights on sequences of the target",
                   "Clone as their owner, or GRANT what is missing.");
  add_states_of(scope, sequences, &twins);
}

namespace {

// Behind the usual columns: type, the five numbers, whether it cycles, the column that owns it.
std::string sequence_definition(const Scope& scope, const Row& row) {
  std::string text =
      " AS " +
      common::whole_type(
          row.text(8), "the type of sequence " + sql::qualified(scope.source_schema, row.text(1)));
  std::size_t column = 9;
  for (const char* const option :
       {" INCREMENT BY ", " MINVALUE ", " MAXVALUE ", " START WITH ", " CACHE "})
    text += option + std::to_string(row.integer(column++));
  text += row.boolean(14) ? " CYCLE" : " NO CYCLE";
  if (!row.is_null(15))
    text += " OWNED BY " + scope.qualified(row.text(15)) + "." + sql::identifier(row.text(16));
  return text;
}

}  // namespace

void add_sequences(Scope& scope) {
  tie_to_columns(scope);
  add_objects(scope, catalog::kClass,
              "SELECT c.oid, c.relname, NULL::pg_catalog.text, 'SEQUENCE',"
              " CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED SEQUENCE' ELSE 'SEQUENCE' END,"
              " NULL::pg_catalog.text, pg_catalog.obj_description(c.oid, 'pg_class'),"
              " '1259:' || c.oid, pg_catalog.format_type(s.seqtypid, NULL), s.seqincrement,"
              " s.seqmin, s.seqmax, s.seqstart, s.seqcache, s.seqcycle, oc.relname, oa.attname" +
                  from_sequences(scope),
              [&](const Row& row) { return sequence_definition(scope, row); });
  if (scope.context.request().include_data) add_states_of(scope, read_sequences(scope), nullptr);
}

void run_sequence_state(const StepView& step, RunContext& context) {
  const State state =
      common::read_sequence_state(context.source(), common::listed_from(step.payload));
  const bool restart = step.action == kSequenceRestartAction;
  for (const std::string& statement : set_state(std::string(step.label), state, restart))
    context.target().execute(statement);
}

}  // namespace pgclone::schema
