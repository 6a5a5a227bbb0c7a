#include "labels.hpp"

#include <map>
#include <optional>

#include "common/label_providers.hpp"
#include "named_objects.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

// Columns of composite types belong to their relation.
std::string labels_sql(const Scope& scope) {
  return "WITH " + named_objects_cte(scope) +
         " SELECT o.classid, o.oid, CASE WHEN l.objsubid <> 0 THEN 'COLUMN ' || o.name || '.'"
         " || pg_catalog.quote_ident(a.attname) ELSE o.words || ' ' || o.name END AS object,"
         " l.provider, l.label, o.words || ' ' || o.name FROM (SELECT classid, oid,"
         " coalesce(nullif(owner_words, ''), grant_words) AS words, name, classid AS label_class,"
         " oid AS label_oid FROM objects UNION ALL SELECT o.classid, o.oid, o.owner_words, o.name,"
         " 1259, t.typrelid FROM objects o JOIN pg_catalog.pg_type t ON o.classid = 1247"
         " AND t.oid = o.oid WHERE t.typrelid <> 0) o"
         " JOIN pg_catalog.pg_seclabel l ON l.classoid = o.label_class AND l.objoid = o.label_oid"
         " LEFT JOIN pg_catalog.pg_attribute a ON l.classoid = 1259 AND a.attrelid = l.objoid"
         " AND a.attnum = l.objsubid WHERE l.objsubid = 0 OR NOT a.attisdropped"
         " ORDER BY o.words, o.name, l.objsubid, l.provider";
}

// One that is there already may be somebody else's.
bool may_label_schema(const Scope& scope) {
  const Param params[] = {scope.target_schema};
  const auto owned = read(scope.context.target(),
                          "SELECT pg_catalog.pg_has_role(nspowner, 'USAGE')"
                          " FROM pg_catalog.pg_namespace WHERE nspname = $1::pg_catalog.text",
                          params);
  if (owned.empty() || owned[0].boolean(0)) return true;
  scope.context.report(
      Severity::notice,
      "the security labels of schema " + sql::identifier(scope.target_schema) + " stay as they are",
      "It belongs to another role on the target.");
  return false;
}

}  // namespace

ObjectId labels_of(ObjectId object) {
  // No catalog has an OID with this bit.
  constexpr std::uint32_t kLabels = 0x40000000;
  return {kLabels | object.classid, object.objid};
}

void add_labels(Scope& scope) {
  // Hardly any database has labels; naming all objects of a large schema takes its time.
  if (scope.read("SELECT FROM pg_catalog.pg_seclabel LIMIT 1").empty()) return;
  LabelProviders providers(scope.context);
  std::map<std::string, Step> steps;
  std::optional<bool> may_label;  // the schema
  for (const Row& row : scope.read(labels_sql(scope))) {
    const ObjectId object{row.oid(0), row.oid(1)};
    if (scope.excluded.contains(object)) continue;
    if (!providers.accept(row.text(3), row.text(2))) continue;
    const bool schema = object.classid == catalog::kNamespace;
    if (schema && !may_label) may_label = may_label_schema(scope);
    if (schema && !*may_label) continue;
    Step& step = steps[row.text(5)];
    step.label = row.text(5);
    step.statements.push_back(LabelProviders::statement(row.text(3), row.text(2), row.text(4)));
    step.provides = {labels_of(object)};
    if (!schema) step.belongs_to = object;
    scope.context.plan().depend(step.provides.front(), object);
  }
  for (auto& [label, step] : steps) {
    step.group = "security labels of " + label;
    step.key = step.group;
    step.kind = "security label";
    step.phase = Phase::finish;
    step.after = Milestone::linked;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
  providers.report();
}

}  // namespace pgclone::schema
