#include "schema_strategy.hpp"

#include "common/extension_rows.hpp"
#include "common/kept_texts.hpp"
#include "common/storage_options.hpp"
#include "kinds.hpp"
#include "labels.hpp"
#include "left_out.hpp"
#include "mentions.hpp"
#include "ownership.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "references.hpp"
#include "relations.hpp"
#include "selection.hpp"
#include "sequence_actions.hpp"
#include "source_schema.hpp"

namespace pgclone::schema {

namespace {

void add_own_objects(Scope& scope) {
  add_enums(scope);
  add_composites(scope);
  add_domains(scope);
  add_ranges(scope);
  add_base_types(scope);
  add_collations(scope);
  add_routines(scope);
  add_aggregates(scope);
  add_operators(scope);
  add_operator_families(scope);
  add_casts(scope);
  add_transforms(scope);
  add_conversions(scope);
  add_text_search(scope);
  add_sequences(scope);
  add_foreign_tables(scope);
  add_views(scope);
  if (scope.option("matviews")) add_materialized_views(scope);
  add_statistics(scope);
  add_rules(scope);
  add_policies(scope);
  if (scope.option("triggers")) add_triggers(scope);
}

// The other strategy plans them all at once, in a constant number of queries.
void add_tables(Scope& scope) {
  PlanContext& context = scope.context;
  const auto rows = scope.read("SELECT c.oid, c.relname FROM pg_catalog.pg_class c" +
                               relations_of_schema_sql(scope, "'r', 'p'") + "ORDER BY c.relname");
  std::vector<std::string> names;
  for (const Row& row : rows) {
    const ObjectId table{catalog::kClass, row.oid(0)};
    if (scope.excluded.contains(table)) continue;
    names.push_back(row.text(1));
    context.plan().depend(table, {catalog::kNamespace, scope.schema()});
  }
  if (names.empty()) return;
  const std::vector<std::string_view> views(names.begin(), names.end());
  CloneRequest request = context.request();
  request.source_schema = scope.source_schema;
  request.target_schema = scope.target_schema;
  request.relations = views;
  request.target_relation = {};
  request.whole_schema = true;
  context.plan_with("table", request);
}

// The option "data_only".
void add_rows(Scope& scope) {
  apply_row_selection(scope);
  require_target_schema(scope);
  add_tables(scope);
  add_states_of_existing(scope);
  if (scope.option("matviews")) refresh_existing(scope);
  add_reading(scope, read_mentions(scope));
}

// Everything.
void add_all(Scope& scope) {
  if (!scope.option("matviews")) leave_out_materialized_views(scope);
  apply_selection(scope);
  check_references(scope);
  report_event_triggers(scope);
  common::report_kept_texts(scope.context, owned_objects_cte(scope.schema_oid), scope.source_schema,
                            scope.final_schema);
  common::report_left_out_options(scope.context,
                                  "SELECT oid FROM pg_catalog.pg_class WHERE relkind IN ('v', 'm',"
                                  " 'f') AND relnamespace = " +
                                      scope.schema_oid);
  read_column_comments(scope);
  read_column_settings(scope);
  Ownership ownership(scope);
  read_replica_identities(scope);
  add_schema(scope);
  add_extensions(scope);
  add_schema_rights(scope);
  add_own_objects(scope);
  add_tables(scope);
  add_outside_keys(scope);
  const Mentions mentions = read_mentions(scope);
  add_mentions(scope, mentions);
  add_reading(scope, mentions);
  add_labels(scope);
  ownership.finish();
  scope.dependencies.add_to(scope.context.plan(), scope.completed_types);
  scope.marks.report();
}

// The queries that know the whole schema ask "is it ours?" by IN (SELECT …), which the source's
// planner hashes whatever it takes the CTE's size for, unlike a join; but only if it expects the
// table to fit work_mem, and else would look through all objects for each. A bound, not a use: an
// object takes about 40 bytes of it.
constexpr const char* kRoomForHashing = "SET LOCAL work_mem = '512MB'";
constexpr const char* kRoomAsBefore = "SET LOCAL work_mem TO DEFAULT";

}  // namespace

void SchemaStrategy::plan(PlanContext& context) {
  context.source().execute(kRoomForHashing);
  const std::string schema_oid = find_source_schema(context);
  const CloneRequest& request = context.request();
  const std::string target_schema(request.target_schema.empty() ? request.source_schema
                                                                : request.target_schema);
  Scope scope{
      .context = context,
      .source_schema = std::string(request.source_schema),
      .target_schema = target_schema,
      .final_schema =
          request.final_schema.empty() ? target_schema : std::string(request.final_schema),
      .schema_oid = schema_oid,
      .dependencies = Dependencies::read(context.source(), schema_oid),
      .operators = common::ImplicitOperators::read(context.source(), request.source_schema)};
  if (scope.option("data_only")) {
    add_rows(scope);
  } else {
    add_all(scope);
  }
  context.source().execute(kRoomAsBefore);
}

void SchemaStrategy::run(const StepView& step, RunContext& context) {
  if (step.action == common::kExtensionRowsAction) return common::run_extension_rows(step, context);
  if (step.action != kSequenceStateAction && step.action != kSequenceRestartAction) {
    throw Error(sqlstate::kInternalError,
                "strategy \"schema\" knows no action \"" + std::string(step.action) + "\"");
  }
  run_sequence_state(step, context);
}

}  // namespace pgclone::schema
