// The clone strategy "table": one table, or all tables of a schema at once.
#include <optional>

#include "common/extension_rows.hpp"
#include "common/sequence_state.hpp"
#include "converted_copy.hpp"
#include "ddl.hpp"
#include "payload.hpp"
#include "pgclone/plugin/define.hpp"
#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// PostgreSQL holds no text and no message of more than a gigabyte; what it says then names neither.
bool is_about_size(const Error& error) {
  return error.sqlstate() == "54000" ||
         (error.sqlstate() == sqlstate::kInternalError &&
          error.message().starts_with("invalid memory alloc request size"));
}

void explain_size(Error& error, const std::string& label) {
  std::string said =
      (error.origin() == Origin::source ? "The source says: " : "The target says: ") +
      error.message() + ".";
  if (!error.detail().empty()) said += " " + error.detail();
  error.with_message("a row of table " + label + " is larger than 1 GB on its way");
  error.with_detail(said);
  error.with_hint(
      "In text, bytea takes twice its size: use \"format\": \"binary\" if the columns allow it. "
      "Else "
      "clone the table by itself, and leave the row out with \"where\".");
}

// What the source says when a view has a table's name by now: only the whole schema can have moved
// away, since the table is locked.
bool is_no_table(const Error& error, const CopyPayload& payload) {
  constexpr std::string_view kWrongObjectType = "42809";
  const bool plain = !payload.copy_out.starts_with("COPY (");
  return common::is_no_table(error) ||
         (plain && error.origin() == Origin::source && error.sqlstate() == kWrongObjectType);
}

class TableStrategy final : public CloneStrategy {
 public:
  void plan(PlanContext& context) override { Planner(context).plan(); }

  void run(const StepView& step, RunContext& context) override {
    if (step.action == kCopyAction) {
      run_copy(step, context);
    } else if (step.action == kSequenceAction) {
      run_sequence(step, context);
    } else if (step.action == kEmptyAction) {
      demand_empty(step, context.target());
    } else if (step.action == common::kExtensionRowsAction) {
      common::run_extension_rows(step, context);
    } else {
      throw Error(sqlstate::kInternalError,
                  "the table strategy has no action \"" + std::string(step.action) + "\"");
    }
  }

 private:
  static void run_copy(const StepView& step, RunContext& context) {
    const CopyPayload payload = copy_payload(step.payload);
    const std::vector<std::string_view> columns(payload.columns.begin(), payload.columns.end());
    CopyTarget target;
    target.schema = payload.schema;
    target.relation = payload.relation;
    target.columns = columns;
    target.format = payload.format;
    target.freeze = payload.freeze;
    if (payload.hold) common::hold(context.source(), payload.source);
    std::optional<common::ViewsReadable> readable;
    if (payload.reads_views) readable.emplace(context.source());
    try {
      if (payload.converted_from) {
        copy_converted(payload, target, context);
      } else {
        context.copy(payload.copy_out, target);
      }
      if (readable) readable->end();
    } catch (Error& error) {
      if (is_no_table(error, payload)) throw common::replaced(payload.source.label);
      if (is_about_size(error)) explain_size(error, std::string(step.label));
      throw;
    }
  }

  // Without a snapshot the state is read after the rows, so that it is never behind them.
  static void run_sequence(const StepView& step, RunContext& context) {
    const SequencePayload payload = sequence_payload(step.payload);
    const common::SequenceState state =
        common::read_sequence_state(context.source(), payload.source);
    const Statements statements =
        payload.there ? common::reset_sequence(payload.target, state)
                      : Statements{common::set_sequence_state(payload.target, state)};
    for (const std::string& statement : statements) context.target().execute(statement);
  }

  // Two fills of a table take turns: else both could find it empty. Nobody needs the right to read
  // a table whose file is empty.
  static void demand_empty(const StepView& step, Session& target) {
    const EmptyPayload payload = empty_payload(step.payload);
    for (const std::string& relation : payload.relations) {
      const Param params[] = {relation};
      if (!payload.held)
        target.query(
            "SELECT pg_catalog.pg_advisory_xact_lock(1259,"
            " $1::pg_catalog.regclass::pg_catalog.oid::pg_catalog.int4)",
            params);
      const bool has_blocks =
          target.query("SELECT pg_catalog.pg_relation_size($1::pg_catalog.regclass) > 0", params)
              .boolean(0, 0);
      if (!has_blocks ||
          target.query("SELECT EXISTS (SELECT FROM ONLY " + relation + ")").text(0, 0) == "f")
        continue;
      throw Error(sqlstate::kObjectNotInPrerequisiteState, "table " + relation + " has rows")
          .with_detail("They came after the job was planned, or after it was begun.")
          .with_hint("Remove them, then resume the job; or start another one, with \"conflict\".");
    }
  }
};

constexpr const char* kOptionSchema = R"json([
  {"name": "indexes", "type": "boolean", "default": true,
   "doc": "Clone indexes that no constraint owns."},
  {"name": "constraints", "type": "boolean", "default": true,
   "doc": "Clone primary keys, unique, exclusion, check and foreign key constraints."},
  {"name": "triggers", "type": "boolean", "default": true, "doc": "Clone triggers."},
  {"name": "owners", "type": "boolean", "default": false,
   "doc": "Give every object the owner that it has on the source; for schemas."},
  {"name": "privileges", "type": "boolean", "default": false,
   "doc": "Grant on every object what is granted on the source; for schemas."},
  {"name": "extensions", "type": "boolean", "default": false,
   "doc": "Create extensions that the clone needs and the target lacks."},
  {"name": "outside", "type": "string", "values": ["refuse", "leave_out"], "default": "refuse",
   "doc": "What becomes of foreign keys to schemas that the target lacks; for schemas."},
  {"name": "tables", "type": "names",
   "doc": "Clone only these tables, by name or pattern, and what needs no others; for schemas."},
  {"name": "exclude", "type": "names",
   "doc": "Leave out these relations, by name or pattern, and what needs them; for schemas."},
  {"name": "data", "type": "json",
   "doc": "Object of tables with an SQL condition for their rows, or false for none; for schemas."},
  {"name": "columns", "type": "names",
   "doc": "Clone only these columns; for a single table."},
  {"name": "where", "type": "string",
   "doc": "Clone only the rows for which this SQL condition is true; for a single table."},
  {"name": "format", "type": "string", "values": ["auto", "text", "binary"], "default": "auto",
   "doc": "How rows travel; auto: binary where every column's type allows it."},
  {"name": "split_bytes", "type": "integer", "min": 0,
   "doc": "Tables above this size are copied in parts of it by several workers; 0: never."},
  {"name": "freeze", "type": "boolean", "default": true,
   "doc": "Freeze rows of tables that a background job makes and copies in one transaction."},
  {"name": "analyze", "type": "boolean", "default": true,
   "doc": "Collect the statistics of tables whose rows are cloned."}
])json";

}  // namespace

}  // namespace pgclone::table

PGCLONE_PLUGIN("table", "1.0",
               pgclone::clone_entry<pgclone::table::TableStrategy>(
                   "table", "Clones a table with its rows and everything that hangs on it",
                   pgclone::table::kOptionSchema))
