#include "ownership.hpp"

#include "common/ownership.hpp"
#include "labels.hpp"
#include "named_objects.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

void add_default_privileges(Scope& scope, common::OwnershipWriter& writer) {
  const Result& rows = scope.context.source().query(
      "SELECT pg_catalog.pg_get_userbyid(d.defaclrole), CASE d.defaclobjtype WHEN 'r'"
      " THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' ELSE 'TYPES' END,"
      " NULL," +
      std::string(common::kGrantColumns) +
      " FROM pg_catalog.pg_default_acl d CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl)" +
      std::string(common::kExplode) + " WHERE d.defaclnamespace = " + scope.schema_oid +
      " ORDER BY 1, 2, x.place");
  Step step;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const common::Grant grant = common::parse_grant(rows, row, 2);
    const std::string role(rows.text(row, 0));
    if (!writer.known(role) || (grant.grantee && !writer.known(*grant.grantee))) continue;
    step.statements.push_back("ALTER DEFAULT PRIVILEGES FOR ROLE " + sql::identifier(role) +
                              " IN SCHEMA " + sql::identifier(scope.target_schema) + " GRANT " +
                              grant.privilege + " ON " + std::string(rows.text(row, 1)) +
                              common::to_grantee(grant));
  }
  if (step.statements.empty()) return;
  step.label = sql::identifier(scope.target_schema);
  step.group = "default privileges of schema " + step.label;
  step.key = step.group;
  step.kind = "privileges";
  step.phase = Phase::finish;
  step.after = Milestone::linked;
  add_step(scope.context.plan(), scope.target_schema, step);
}

}  // namespace

void add_ownership(Scope& scope) {
  if (!scope.option("owners") && !scope.option("privileges")) return;
  common::OwnershipWriter writer(scope.context, scope.schema());
  for (const auto& object :
       common::read_owned_objects(scope.context.source(), named_objects_cte(scope))) {
    if (!scope.excluded.contains(object.id)) writer.write(object, labels_of(object.id));
  }
  if (scope.option("privileges")) add_default_privileges(scope, writer);
  writer.report_missing("objects of schema " + sql::identifier(scope.source_schema));
}

}  // namespace pgclone::schema
