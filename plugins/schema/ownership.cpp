#include "ownership.hpp"

#include <algorithm>

#include "labels.hpp"
#include "named_objects.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

// Beside the objects that have names of their own: the row types of views and foreign tables, the
// multirange that comes with a range, and the functions that make values of both.
std::string owned_cte(const Scope& scope) {
  const std::string row_types = " UNION ALL SELECT 1247, y.oid, 1259, c.oid, '', 'TYPE', " +
                                scope.name_sql("n", "y.typname") +
                                ", y.typowner, y.typacl, 0 FROM pg_catalog.pg_class c"
                                " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                                " JOIN pg_catalog.pg_type y ON y.oid = c.reltype WHERE n.oid = " +
                                scope.schema_oid +
                                " AND c.relkind IN ('v', 'm', 'f') AND y.typacl IS NOT NULL";
  const std::string of_ranges =
      " FROM pg_catalog.pg_range r JOIN pg_catalog.pg_type t ON t.oid = r.rngtypid"
      " JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace ";
  const std::string ours =
      " WHERE n.oid = " + scope.schema_oid + " AND" + free_standing_sql(catalog::kType, "t.oid");
  const std::string multiranges = " UNION ALL SELECT 1247, y.oid, 1247, t.oid, '', 'TYPE', " +
                                  scope.name_sql("n", "y.typname") + ", y.typowner, y.typacl, 0" +
                                  of_ranges +
                                  "JOIN pg_catalog.pg_type y ON y.oid = r.rngmultitypid" + ours;
  const std::string constructors =
      " UNION ALL SELECT 1255, p.oid, 1247, t.oid, '', 'FUNCTION', " +
      scope.name_sql("n", "p.proname") +
      " || '(' || pg_catalog.oidvectortypes(p.proargtypes) || ')', p.proowner, p.proacl, 0" +
      of_ranges +
      "JOIN pg_catalog.pg_depend d ON d.classid = 1255 AND d.deptype = 'i'"
      " AND d.refclassid = 1247 AND d.refobjid IN (r.rngtypid, r.rngmultitypid)"
      " JOIN pg_catalog.pg_proc p ON p.oid = d.objid" +
      ours;
  return named_objects_cte(scope) +
         ", owned(classid, oid, made_class, made_oid, owner_words, grant_words, name, owner, acl,"
         " of_table) AS (SELECT o.classid, o.oid, o.classid, o.oid, o.owner_words, o.grant_words,"
         " o.name, o.owner, o.acl, o.of_table FROM objects o" +
         row_types + multiranges + constructors + ")";
}

bool is_schema(const common::OwnedObject& object) {
  return object.id.classid == catalog::kNamespace;
}

}  // namespace

Ownership::Ownership(Scope& scope)
    : scope_(scope), writer_(scope.context, scope.context.request().include_data) {
  objects_ = writer_.read(owned_cte(scope));
  std::erase_if(objects_, [&](const common::OwnedObject& object) {
    return scope.excluded.contains(object.made_with);
  });
  settle_schema();
  writer_.check_owners(objects_);
  if (scope.option("owners")) lend_closed_functions();
  writer_.find_shut_out(objects_, scope.source_schema, scope.target_schema);
  for (const common::OwnedObject& object : objects_) {
    auto statements = writer_.after_create(object, scope.target_schema);
    if (statements.empty()) continue;
    auto& rights = scope.rights[object.made_with];
    rights.insert(rights.end(), statements.begin(), statements.end());
  }
}

// A schema that is there already may be somebody else's.
void Ownership::settle_schema() {
  const auto schema = std::ranges::find_if(objects_, is_schema);
  if (schema == objects_.end()) return;
  const Param params[] = {scope_.target_schema};
  const auto existing = read(scope_.context.target(),
                             "SELECT pg_catalog.pg_has_role(nspowner, 'USAGE')"
                             " FROM pg_catalog.pg_namespace WHERE nspname = $1::pg_catalog.text",
                             params);
  if (existing.empty()) return;
  if (existing[0].boolean(0)) {
    schema->existing = true;
    return;
  }
  objects_.erase(schema);
  if (!scope_.option("owners") && !scope_.option("privileges")) return;
  scope_.context.report(Severity::warning,
                        "the owner and the privileges of schema " +
                            sql::identifier(scope_.target_schema) + " stay as they are",
                        "It belongs to another role on the target.");
}

// To the owners of tables whose indexes and statistics call them, perhaps by way of an operator, a
// domain or another function.
void Ownership::lend_closed_functions() {
  std::vector<std::string> closed;
  for (const common::OwnedObject& object : objects_) {
    if (object.closed && object.kind() == 'f') closed.push_back(std::to_string(object.id.objid));
  }
  if (closed.empty()) return;
  const std::string functions = sql::text_array(closed);
  const Param params[] = {functions};
  for (const Row& row : read(scope_.context.source(), R"sql(
WITH RECURSIVE used(function, classid, objid) AS (
  SELECT f, 1255::pg_catalog.oid, f FROM pg_catalog.unnest($1::pg_catalog.oid[]) f
  UNION
  SELECT u.function, d.classid, d.objid FROM used u
  JOIN pg_catalog.pg_depend d ON d.refclassid = u.classid AND d.refobjid = u.objid
  WHERE u.classid IN (1255, 1247, 2606, 2617) AND d.classid IN (1255, 1247, 2606, 2617, 1259, 3381)
)
SELECT DISTINCT u.function, pg_catalog.pg_get_userbyid(c.relowner) FROM used u
LEFT JOIN pg_catalog.pg_index i ON u.classid = 1259 AND i.indexrelid = u.objid
LEFT JOIN pg_catalog.pg_statistic_ext s ON u.classid = 3381 AND s.oid = u.objid
JOIN pg_catalog.pg_class c ON c.oid IN (i.indrelid, s.stxrelid))sql",
                             params)) {
    writer_.lend({catalog::kProc, row.oid(0)}, row.text(1));
  }
}

void Ownership::add_default_privileges() {
  const Result& rows = scope_.context.source().query(
      "SELECT pg_catalog.pg_get_userbyid(d.defaclrole), CASE d.defaclobjtype WHEN 'r'"
      " THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' ELSE 'TYPES' END,"
      " NULL," +
      std::string(common::kGrantColumns) +
      " FROM pg_catalog.pg_default_acl d CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl)" +
      std::string(common::kExplode) + " WHERE d.defaclnamespace = " + scope_.schema_oid +
      " ORDER BY 1, 2, x.place");
  common::TargetRoles& roles = writer_.roles();
  Step step;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const common::Grant grant = common::parse_grant(rows, row, 2);
    const std::string role(rows.text(row, 0));
    if (!roles.known(role) || (grant.grantee && !roles.known(*grant.grantee))) continue;
    step.statements.push_back("ALTER DEFAULT PRIVILEGES FOR ROLE " + sql::identifier(role) +
                              " IN SCHEMA " + sql::identifier(scope_.target_schema) + " GRANT " +
                              grant.privilege + " ON " + std::string(rows.text(row, 1)) +
                              common::to_grantee(grant));
  }
  if (step.statements.empty()) return;
  step.label = sql::identifier(scope_.target_schema);
  step.group = "default privileges of schema " + step.label;
  step.key = step.group;
  step.kind = "privileges";
  step.phase = Phase::finish;
  step.after = Milestone::linked;
  add_step(scope_.context.plan(), scope_.target_schema, step);
}

void Ownership::finish() {
  writer_.add_last_steps(objects_, scope_.target_schema);
  for (const common::OwnedObject& object : objects_) {
    scope_.context.plan().depend(common::ownership_of(object.id), labels_of(object.id));
  }
  if (scope_.option("privileges")) add_default_privileges();
  writer_.report("objects of schema " + sql::identifier(scope_.source_schema));
}

}  // namespace pgclone::schema
