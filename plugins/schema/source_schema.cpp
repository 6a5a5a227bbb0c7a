#include "source_schema.hpp"

#include "common/nearest.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

[[noreturn]] void refuse_missing(PlanContext& context, const std::string& name) {
  std::vector<std::string> schemas;
  for (const Row& row : read(context.source(),
                             "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname NOT LIKE"
                             " 'pg\\_%' AND nspname <> 'information_schema' ORDER BY nspname")) {
    schemas.push_back(row.text(0));
  }
  const std::string nearest = common::nearest_name(name, schemas);
  throw Error(sqlstate::kInvalidSchemaName,
              "schema " + sql::identifier(name) + " does not exist on the source")
      .with_origin(Origin::source)
      .with_detail("The source database has no schema of this name.")
      .with_hint(nearest.empty()
                     ? "Check the schema's name (it is taken literally, without quotes) and the "
                       "database of the connection string."
                     : "Perhaps you meant " + sql::identifier(nearest) + ".");
}

void refuse_system_schema(std::string_view name) {
  if (!name.starts_with("pg_") && name != "information_schema") return;
  throw Error(sqlstate::kInvalidParameterValue,
              "schema " + sql::identifier(name) + " cannot be cloned")
      .with_detail("It is a schema of the system.")
      .with_hint("Name a schema of your own.");
}

}  // namespace

std::string find_source_schema(PlanContext& context) {
  const std::string name(context.request().source_schema);
  refuse_system_schema(name);
  refuse_system_schema(context.request().target_schema);
  const Param params[] = {name};
  const auto rows = read(context.source(),
                         "SELECT n.oid, pg_catalog.has_schema_privilege(n.oid, 'USAGE'),"
                         " current_user FROM pg_catalog.pg_namespace n"
                         " WHERE n.nspname = $1::pg_catalog.text",
                         params);
  if (rows.empty()) refuse_missing(context, name);
  if (!rows[0].boolean(1)) {
    const std::string role = sql::identifier(rows[0].text(2));
    throw Error(sqlstate::kInsufficientPrivilege,
                "permission denied for schema " + sql::identifier(name) + " on the source")
        .with_origin(Origin::source)
        .with_detail("Role " + role + " has no USAGE right on it.")
        .with_hint("Run on the source: GRANT USAGE ON SCHEMA " + sql::identifier(name) + " TO " +
                   role + ";");
  }
  return std::to_string(rows[0].oid(0));
}

void require_target_schema(const Scope& scope) {
  const Param params[] = {scope.target_schema};
  if (!read(scope.context.target(),
            "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = $1::pg_catalog.text", params)
           .empty())
    return;
  throw Error(sqlstate::kInvalidSchemaName,
              "schema " + sql::identifier(scope.target_schema) + " does not exist on the target")
      .with_detail("With \"data_only\", rows go into tables that exist.")
      .with_hint("Clone the schema with {\"schema_only\": true} first, or with its rows at once.");
}

void add_schema(Scope& scope) {
  const Param params[] = {scope.target_schema};
  const auto existing = read(scope.context.target(),
                             "SELECT pg_catalog.pg_has_role(nspowner, 'USAGE'),"
                             " pg_catalog.obj_description(oid, 'pg_namespace')"
                             " FROM pg_catalog.pg_namespace WHERE nspname = $1::pg_catalog.text",
                             params);
  const Row source =
      scope.read_one("SELECT pg_catalog.obj_description(" + scope.schema_oid + ", 'pg_namespace')");
  const std::string name = sql::identifier(scope.target_schema);
  Step step;
  step.group = schema_group(scope.target_schema);
  step.key = step.group;
  step.kind = "schema";
  step.label = name;
  // Where the clone doesn't stay the host has made the schema. Where an extension makes it, the
  // comment is the extension's, too.
  const CloneRequest& request = scope.context.request();
  const bool stays = request.final_schema.empty() || request.final_schema == request.target_schema;
  const bool made_by_extension = scope.extensions->make_schema(scope.target_schema);
  if (existing.empty() && stays && !made_by_extension)
    step.statements.push_back("CREATE SCHEMA IF NOT EXISTS " + name);
  const bool may_comment = !made_by_extension && (existing.empty() || existing[0].boolean(0));
  if (may_comment && !source.is_null(0) &&
      (existing.empty() || existing[0].text(1) != source.text(0))) {
    step.statements.push_back(comment_statement("SCHEMA " + name, source.text(0)));
  }
  step.provides = {{catalog::kNamespace, scope.schema()}};
  add_step(scope.context.plan(), scope.target_schema, step);
}

void add_schema_rights(Scope& scope) {
  Step step;
  append_rights(scope, {catalog::kNamespace, scope.schema()}, step.statements);
  if (step.statements.empty()) return;
  step.label = sql::identifier(scope.target_schema);
  step.group = schema_group(scope.target_schema);
  step.key = step.group + " rights";
  step.kind = "schema";
  add_step(scope.context.plan(), scope.target_schema, step);
}

}  // namespace pgclone::schema
