// Rows that name objects: values of the types regclass, regproc, regtype and their like, alone or
// in arrays, rows, domains and ranges. As text they are names, and what they name must be there:
// any object of the clone, an index of the table itself among them. So these rows come last, into a
// table that has its indexes, but not its triggers yet.
#include "catalog.hpp"
#include "common/moments.hpp"
#include "plan_steps.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// No catalogs have this OID: everything that a value may name.
constexpr Oid kNames = 15;
constexpr ObjectId kAllNames = {kNames, 1};

// What values can name: relations and indexes, routines, types, operators, collations, text search
// objects.
std::vector<ObjectId> read_nameable(Session& source, std::string_view schema) {
  const Param params[] = {schema};
  const Result& result = source.query(R"sql(
SELECT d.classid, d.objid
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_depend d ON d.refclassid = 2615 AND d.refobjid = n.oid
WHERE n.nspname = $1::pg_catalog.text AND d.classid IN (1259, 1255, 1247, 2617, 3456, 3600, 3602)
UNION ALL
SELECT 1259, i.indexrelid
FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid
JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
WHERE n.nspname = $1::pg_catalog.text)sql",
                                      params);
  std::vector<ObjectId> found;
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    const Oid classid = row.oid();
    found.push_back({classid, row.oid()});
  }
  return found;
}

}  // namespace

bool StepWriter::is_late(const Table& table) const {
  if (table.partitioned || routers_.contains(table.oid) || !context_.request().include_data)
    return false;
  for (const Column& column : table.columns) {
    const auto type = types_.find(column.type_oid);
    if (!column.generated && type != types_.end() && type->second.names_objects) return true;
  }
  return false;
}

// Triggers and row security wait for them, those of partitioned tables above as well.
void StepWriter::find_late_rows() {
  for (const Table& table : set_.tables()) {
    if (!is_late(table)) continue;
    late_ = true;
    for (const Table* above = &table; above != nullptr;
         above = above->link == Link::partition ? set_.find(above->parents.front().oid) : nullptr)
      scattered_[above->oid].push_back(table.oid);
  }
}

void StepWriter::write_late_rows(const Table& table, const std::string& group) {
  Step step = load_step(table, "");
  step.kind = "rows";
  step.provides = {{common::kStart, table.oid}, {common::kRows, table.oid}, {kEnd, table.oid}};
  step.key = kRowsKey;
  PlanBuilder& plan = context_.plan();
  add_step(plan, "rows of " + group, group, target_label(table), step, table.target_schema,
           {catalog::kClass, table.oid});
  plan.depend({common::kRows, table.oid}, {catalog::kClass, table.oid});
  for (const Index& index : table.indexes)
    plan.depend({common::kRows, table.oid}, {catalog::kClass, index.oid});
  plan.depend({common::kRows, table.oid}, kAllNames);
}

// Gives way where what has a name is made of such rows.
void StepWriter::write_names() {
  if (!late_) return;
  Step step;
  step.kind = "rows";
  step.provides = {kAllNames};
  step.belongs_to_table = false;
  const std::string schema = sql::identifier(context_.request().target_schema);
  add_step(context_.plan(), "names in rows of schema " + schema,
           "names in rows of schema " + schema, schema, step);
  for (const ObjectId& object : read_nameable(context_.source(), naming_.source_schema))
    context_.plan().prefer(kAllNames, object);
}

}  // namespace pgclone::table
