#include "conflict/staging.hpp"

#include <algorithm>

#include "conflict/existing_json.hpp"
#include "conflict/keeping.hpp"
#include "job/json_text.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::conflict {
namespace {

namespace json = boost::json;

// The order in which objects move. What is named by its argument types goes before the types, which
// are still found in the staging schema then.
int rank(std::string_view kind) {
  if (kind == "FUNCTION" || kind == "PROCEDURE" || kind == "AGGREGATE" ||
      kind.starts_with("OPERATOR"))
    return 0;
  if (kind == "TYPE" || kind == "DOMAIN") return 2;
  return 1;
}

// An index or an owned sequence follows its table by itself; extended statistics don't.
bool moves_by_itself(const plan::Step& step) {
  return step.belongs_to != ObjectId{} && step.creates.kind != "STATISTICS";
}

std::vector<std::string> moves(const plan::Builder& plan, std::string_view staging,
                               std::string_view target_schema) {
  std::vector<const plan::Step*> steps;
  for (const auto& step : plan.steps)
    if (!step.creates.empty() && step.creates.schema == staging && !moves_by_itself(step))
      steps.push_back(&step);
  std::stable_sort(steps.begin(), steps.end(), [](const auto* a, const auto* b) {
    return rank(a->creates.kind) < rank(b->creates.kind);
  });
  std::vector<std::string> statements;
  for (const auto* step : steps) {
    const auto& name = step->creates;
    const std::string object = name.kind == "OPERATOR"
                                   ? sql::identifier(name.schema) + "." + name.name
                                   : sql::qualified(name.schema, name.name);
    statements.push_back("ALTER " + name.kind + " " + object +
                         (name.arguments.empty() ? "" : " " + name.arguments) + " SET SCHEMA " +
                         sql::identifier(target_schema));
  }
  return statements;
}

json::object to_json(const Replaced& replaced) {
  json::object object = to_json(replaced.existing);
  object["statements"] = json::value_from(replaced.statements);
  object["takes_dependants"] = replaced.takes_dependants;
  return object;
}

Replaced replaced_from_json(const json::object& object) {
  Replaced replaced{existing_from_json(object), {}, object.at("takes_dependants").as_bool()};
  for (const auto& statement : object.at("statements").as_array())
    replaced.statements.emplace_back(statement.as_string());
  return replaced;
}

std::vector<ObjectId> ids_of(const std::vector<Replaced>& replaced) {
  std::vector<ObjectId> ids;
  for (const auto& item : replaced) ids.push_back(item.existing.id);
  return ids;
}

// Someone may have come to depend on an old object since the plan was made.
void check_dependants(Session& target, const std::vector<Replaced>& replaced) {
  std::string list;
  for (const auto& dependant : outside_dependants(target, ids_of(replaced))) {
    const auto accepted = std::any_of(replaced.begin(), replaced.end(), [&](const Replaced& item) {
      return item.existing.id.objid == dependant.on && item.takes_dependants;
    });
    if (!accepted) list += (list.empty() ? "" : "\n") + dependant.description;
  }
  if (!list.empty())
    throw Error(sqlstate::kDependentObjectsStillExist,
                "objects outside the clone came to depend on what it replaces")
        .with_detail(list)
        .with_hint("Drop them, or run the clone again with {\"cascade\": true}.");
}

// Quietly: what goes along, and what is gone by then, was all checked.
void drop_replaced(Session& target, const std::vector<Replaced>& replaced) {
  const std::string level = exchange_setting(target, "client_min_messages", "warning");
  for (const auto& item : replaced)
    for (const auto& statement : item.statements) target.execute(statement);
  exchange_setting(target, "client_min_messages", level);
}

// The server leaves a range's multirange, and the functions that make values of both, where they
// were made: they go after their type.
void move_what_ranges_have(Session& target, std::string_view staging,
                           std::string_view target_schema) {
  const Param params[] = {staging, target_schema};
  const Result& rows = target.query(
      "SELECT 'ALTER ' || x.object || ' SET SCHEMA ' || pg_catalog.quote_ident($2::text) "
      "FROM pg_catalog.pg_namespace n, LATERAL ("
      "SELECT 1 AS turn, 'ROUTINE ' || pg_catalog.quote_ident(n.nspname) || '.' || "
      "pg_catalog.quote_ident(p.proname) || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')' "
      "AS object FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid AND EXISTS ("
      "SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 1255 AND d.objid = p.oid "
      "AND d.refclassid = 1247 AND d.deptype = 'i') "
      "UNION ALL SELECT 2, 'TYPE ' || pg_catalog.quote_ident(n.nspname) || '.' || "
      "pg_catalog.quote_ident(t.typname) FROM pg_catalog.pg_type t "
      "WHERE t.typnamespace = n.oid AND t.typtype = 'm') x "
      "WHERE n.nspname = $1::text ORDER BY x.turn",
      params);
  std::vector<std::string> statements;
  for (std::size_t row = 0; row < rows.rows(); ++row) statements.emplace_back(rows.text(row, 0));
  for (const auto& statement : statements) target.execute(statement);
}

plan::Step last_step(std::string_view target_schema) {
  plan::Step step;
  step.group = step.key = kSwapGroup;
  step.kind = "swap";
  step.label = sql::identifier(target_schema);
  step.phase = Phase::finish;
  step.after = Milestone::linked;
  return step;
}

}  // namespace

void add_swap(plan::Builder& plan, std::string_view staging, std::string_view target_schema,
              const std::vector<Replaced>& replaced, const Options& options) {
  const Brought brought = brought_along(options);
  json::array items;
  for (const auto& item : replaced) items.push_back(to_json(item));
  const json::object payload{{"staging", staging},
                             {"target_schema", target_schema},
                             {"replaced", items},
                             {"owners", brought.owners},
                             {"privileges", brought.privileges},
                             {"moves", json::value_from(moves(plan, staging, target_schema))}};
  plan::Step step = last_step(target_schema);
  step.action = kSwapAction;
  step.payload = json::serialize(payload);
  plan.steps.push_back(std::move(step));
}

void add_rename(plan::Builder& plan, std::string_view schema, std::string_view goal) {
  plan::Step step = last_step(goal);
  step.kind = "schema";
  step.statements = {"ALTER SCHEMA " + sql::identifier(schema) + " RENAME TO " +
                     sql::identifier(goal)};
  plan.steps.push_back(std::move(step));
}

void run_swap(Session& target, Host& host, std::string_view payload) {
  const json::object object = job::parse_own_json(payload).as_object();
  std::vector<Replaced> replaced;
  for (const auto& item : object.at("replaced").as_array())
    replaced.push_back(replaced_from_json(item.as_object()));
  for (const auto& item : replaced) lock_existing(target, item.existing);
  check_dependants(target, replaced);
  const std::string_view staging = object.at("staging").as_string();
  const Brought brought{object.at("owners").as_bool(), object.at("privileges").as_bool()};
  const auto old = belongings(target, ids_of(replaced));
  refuse_bound(old, brought, "replaced");
  const auto fresh = objects_in(target, staging);
  drop_replaced(target, replaced);
  for (const auto& statement : object.at("moves").as_array()) target.execute(statement.as_string());
  move_what_ranges_have(target, staging, object.at("target_schema").as_string());
  target.execute("DROP SCHEMA " + sql::identifier(staging));
  hand_over(target, host, old, fresh, brought);
}

void drop_staging(Session& target, std::string_view staging) {
  target.execute("DROP SCHEMA IF EXISTS " + sql::identifier(staging) + " CASCADE");
}

}  // namespace pgclone::conflict
