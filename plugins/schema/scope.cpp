#include "scope.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <system_error>

#include "common/unexpected_form.hpp"
#include "pgclone/plugin/numbers.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

std::string lower(std::string_view kind) {
  std::string out(kind);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return out;
}

// Operators are the only objects whose names are not identifiers.
std::string printed_name(const Scope& scope, std::string_view kind, std::string_view name) {
  if (kind == "OPERATOR") return sql::identifier(scope.target_schema) + "." + std::string(name);
  return scope.qualified(name);
}

struct Object {
  std::uint32_t oid;
  std::string name;
  std::string arguments;
  std::string kind;
  std::string create;
  std::string definition;
  std::string comment;
  std::vector<ObjectId> provides;
};

Object parse(const Row& row, const Compose& compose) {
  if (!compose) require_definition(row, 5, lower(row.text(3)), row.text(1));
  return {.oid = row.oid(0),
          .name = row.text(1),
          .arguments = row.text(2),
          .kind = row.text(3),
          .create = row.text(4),
          .definition = compose ? compose(row) : row.text(5),
          .comment = row.text(6),
          .provides = parse_object_ids(row.text(7))};
}

// What COMMENT ON, ALTER and DROP call it. Only members of an access method need more than a name.
std::string object_sql(const Object& object, const std::string& printed) {
  return object.kind + " " + printed + object.arguments;
}

// There is no ALTER AGGREGATE … DEPENDS ON EXTENSION, and ROUTINE knows no star.
std::vector<std::string> mark_statements(Scope& scope, const Object& object, std::uint32_t classid,
                                         const std::string& printed) {
  if (scope.marks.empty()) return {};
  const bool aggregate = object.kind == "AGGREGATE";
  return scope.marks.statements(
      {classid, object.oid},
      (aggregate ? "ROUTINE " : object.kind + " ") + printed +
          (aggregate && object.arguments == "(*)" ? "()" : object.arguments));
}

}  // namespace

std::uint32_t Scope::schema() const {
  return parse_oid(schema_oid);
}

std::string Scope::qualified(std::string_view name) const {
  return sql::qualified(target_schema, name);
}

std::string Scope::name_sql(std::string_view ns, std::string_view name) const {
  const std::string alias(ns);
  return "pg_catalog.quote_ident(CASE WHEN " + alias + ".oid = " + schema_oid + " THEN " +
         sql::literal(target_schema) + " ELSE " + alias +
         ".nspname END) || '.' || pg_catalog.quote_ident(" + std::string(name) + ")";
}

std::string Scope::catalog_name_sql(std::string_view catalog, std::string_view prefix,
                                    std::string_view oid) const {
  const std::string p(prefix);
  return "(SELECT " + name_sql("n_", "o_." + p + "name") + " FROM pg_catalog." +
         std::string(catalog) + " o_ JOIN pg_catalog.pg_namespace n_ ON n_.oid = o_." + p +
         "namespace WHERE o_.oid = " + std::string(oid) + ")";
}

std::string Scope::function_name_sql(std::string_view oid) const {
  return catalog_name_sql("pg_proc", "pro", oid);
}

std::string Scope::collation_name_sql(std::string_view oid) const {
  return catalog_name_sql("pg_collation", "coll", oid);
}

std::string Scope::operator_name_sql(std::string_view oid) const {
  return "('OPERATOR(' || " + operator_bare_name_sql(oid) + " || ')')";
}

std::string Scope::operator_bare_name_sql(std::string_view oid) const {
  return "(SELECT pg_catalog.quote_ident(CASE WHEN n_.oid = " + schema_oid + " THEN " +
         sql::literal(target_schema) +
         " ELSE n_.nspname END) || '.' || o_.oprname FROM pg_catalog.pg_operator o_"
         " JOIN pg_catalog.pg_namespace n_ ON n_.oid = o_.oprnamespace WHERE o_.oid = " +
         std::string(oid) + ")";
}

// Columns don't count: those of a partition key belong to their own table that way.
std::string free_standing_sql(std::uint32_t classid, std::string_view oid) {
  return " NOT EXISTS (SELECT FROM pg_catalog.pg_depend x_ WHERE x_.classid = " +
         std::to_string(classid) + " AND x_.objid = " + std::string(oid) +
         " AND x_.objsubid = 0 AND x_.deptype IN ('e', 'i')) ";
}

std::vector<ObjectId> parse_object_ids(std::string_view text) {
  std::vector<ObjectId> ids;
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto number = [&](std::uint32_t& value, char behind) {
    const auto [stop, error] = std::from_chars(at, end, value);
    if (error != std::errc{} || (behind != '\0' && (stop == end || *stop != behind)))
      common::refuse_form("the objects that a step provides", text);
    at = behind == '\0' ? stop : stop + 1;
  };
  for (;;) {
    while (at < end && *at == ' ') ++at;
    if (at == end) return ids;
    ObjectId id;
    number(id.classid, ':');
    number(id.objid, '\0');
    if (id.objid != 0) ids.push_back(id);
  }
}

void require_definition(const Row& row, std::size_t column, std::string_view kind,
                        std::string_view name) {
  if (row.is_null(column)) common::refuse_form(std::string(kind) + " " + sql::identifier(name));
}

void append_rights(const Scope& scope, ObjectId object, std::vector<std::string>& statements) {
  const auto rights = scope.rights.find(object);
  if (rights == scope.rights.end()) return;
  statements.insert(statements.end(), rights->second.begin(), rights->second.end());
}

void add_objects(Scope& scope, std::uint32_t classid, std::string_view sql,
                 const Compose& compose) {
  for (const Row& row : scope.read(sql)) {
    if (scope.excluded.contains({classid, row.oid(0)})) continue;
    Object object = parse(row, compose);
    const std::string printed = printed_name(scope, object.kind, object.name);
    Step step;
    step.group = group_name(scope, object.kind, object.name, object.arguments);
    step.key = step.group;
    step.kind = lower(object.kind);
    step.label = printed + object.arguments;
    step.statements.push_back("CREATE " + object.create + " " + printed + object.definition);
    if (!object.comment.empty()) {
      step.statements.push_back(comment_statement(object_sql(object, printed), object.comment));
    }
    for (std::string& statement : mark_statements(scope, object, classid, printed))
      step.statements.push_back(std::move(statement));
    for (const ObjectId& id : object.provides) {
      if (id.classid != catalog::kClass) continue;
      const auto comments = scope.after_create.find(id.objid);
      if (comments == scope.after_create.end()) continue;
      step.statements.insert(step.statements.end(), comments->second.begin(),
                             comments->second.end());
    }
    step.statements = scope.operators.in_sight(object.provides, std::move(step.statements));
    append_rights(scope, {classid, object.oid}, step.statements);
    step.provides = std::move(object.provides);
    if (classid == catalog::kType && scope.completed_types.contains(object.oid)) {
      step.key += " definition";
      step.belongs_to = {classid, object.oid};
    } else {
      step.creates_kind = object.kind;
      step.creates_name = object.name;
      step.creates_arguments = object.arguments;
    }
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

std::string group_name(const Scope& scope, std::string_view kind, std::string_view name,
                       std::string_view arguments) {
  return lower(kind) + " " + printed_name(scope, kind, name) + std::string(arguments);
}

std::string comment_statement(std::string_view object, std::string_view comment) {
  return "COMMENT ON " + std::string(object) + " IS " + sql::literal(comment);
}

}  // namespace pgclone::schema
