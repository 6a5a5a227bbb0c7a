// What tables use of extensions. A schema clone looks after the extensions of all of the schema's
// objects at once; a table that is cloned alone brings those that it needs itself.
#include <algorithm>

#include "common/extensions.hpp"
#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// An array type belongs to no extension, its elements' type does.
constexpr std::string_view kExtensionsOf = R"sql(
SELECT DISTINCT e.extname
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
     AS o (classid, objid)
JOIN pg_catalog.pg_depend d ON d.classid = o.classid AND d.objid = o.objid
LEFT JOIN pg_catalog.pg_type a ON d.refclassid = 1247 AND a.typarray = d.refobjid
JOIN pg_catalog.pg_depend x ON x.classid = d.refclassid
  AND x.objid = coalesce(a.oid, d.refobjid) AND x.deptype = 'e'
JOIN pg_catalog.pg_extension e ON e.oid = x.refobjid)sql";

constexpr std::string_view kMembers = R"sql(
SELECT d.objid
FROM pg_catalog.unnest($1::pg_catalog.oid[]) o (oid)
JOIN pg_catalog.pg_depend d ON d.classid = 1259 AND d.objid = o.oid AND d.deptype = 'e')sql";

}  // namespace

// Triggers and foreign keys can be left out, so they ask for no extension that isn't created.
std::vector<ObjectId> Planner::parts_with_extensions() const {
  std::vector<ObjectId> parts = parts_with_needs();
  if (context_.options().boolean("extensions")) {
    for (const Table& table : set_.tables())
      for (const ForeignKey& key : table.foreign_keys)
        parts.push_back({catalog::kConstraint, key.oid});
  } else {
    std::erase_if(parts, [](const ObjectId& part) { return part.classid == catalog::kTrigger; });
  }
  return parts;
}

void Planner::require_extensions() {
  const auto [classes, objects] = arrays_of(parts_with_extensions());
  const Param params[] = {classes, objects};
  const Result& result = context_.source().query(kExtensionsOf, params);
  std::set<std::string> names = marking_extensions_;
  for (std::size_t i = 0; i < result.rows(); ++i) names.insert(Row(result, i).text());
  for (const Table& table : set_.tables()) {
    for (const Column& column : table.columns) {
      const auto type = types_.find(column.type_oid);
      if (type != types_.end() && !type->second.extension.empty())
        names.insert(type->second.extension);
    }
  }
  const common::Extensions extensions(
      context_, {source_schema_, final_schema_}, names,
      "table " + sql::qualified(source_schema_, request_.relations.front()));
  extensions.write(target_schema_);
  for (const std::string& name : names)
    if (extensions.creates(name)) created_extensions_.insert(name);
}

// Relations outside of the clone that are there by the time they are needed, since an extension
// brings them.
std::set<Oid> Planner::brought_by_extensions(const std::set<Oid>& relations) {
  std::set<Oid> members;
  if (relations.empty() || !context_.options().boolean("extensions")) return members;
  const std::string oids = oid_array({relations.begin(), relations.end()});
  const Param params[] = {oids};
  const Result& result = context_.source().query(kMembers, params);
  for (std::size_t i = 0; i < result.rows(); ++i) members.insert(Row(result, i).oid());
  return members;
}

}  // namespace pgclone::table
