#include "job/hidden_objects.hpp"

#include <string>
#include <vector>

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

// What a single table is made of, and whatever these parts refer to; an array type is named by its
// elements' type.
constexpr const char* kUsedByTable = R"sql(
part (classid, objid) AS (
  SELECT 1259::pg_catalog.oid, c.oid FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1::text AND c.relname = $2::text
  UNION
  SELECT d.classid, d.objid FROM part p
  JOIN pg_catalog.pg_depend d ON d.refclassid = p.classid AND d.refobjid = p.objid
  WHERE d.deptype IN ('a', 'i', 'I', 'P', 'S')
), named (classid, objid) AS (
  SELECT classid, objid FROM part
  UNION
  SELECT d.refclassid, d.refobjid FROM part p
  JOIN pg_catalog.pg_depend d ON d.classid = p.classid AND d.objid = p.objid
), used (classid, objid) AS (
  SELECT classid, objid FROM named
  UNION
  SELECT u.classid, t.typelem FROM used u
  JOIN pg_catalog.pg_type t ON u.classid = 1247 AND t.oid = u.objid AND t.typelem <> 0
))sql";

// Objects (o) that one of pg_catalog (h) with the same name hides.
struct Kind {
  const char* catalog;
  const char* class_oid;
  const char* prefix;  // of the names of its columns
  const char* label;
  const char* also_same;
};

constexpr Kind kKinds[] = {
    {"pg_class", "1259", "rel", "'relation ' || o.relname", ""},
    {"pg_type", "1247", "typ", "'type ' || o.typname", ""},
    {"pg_proc", "1255", "pro", "'function ' || o.oid::pg_catalog.regprocedure::text",
     " AND h.proargtypes = o.proargtypes"},
    {"pg_operator", "2617", "opr", "'operator ' || o.oid::pg_catalog.regoperator::text",
     " AND h.oprleft = o.oprleft AND h.oprright = o.oprright"},
    {"pg_collation", "3456", "coll", "'collation ' || o.collname",
     " AND h.collencoding IN (-1, (SELECT d.encoding FROM pg_catalog.pg_database d"
     " WHERE d.datname = pg_catalog.current_database()))"},
    {"pg_opclass", "2616", "opc",
     "'operator class ' || o.opcname || ' USING ' ||"
     " (SELECT a.amname FROM pg_catalog.pg_am a WHERE a.oid = o.opcmethod)",
     " AND h.opcmethod = o.opcmethod"},
    {"pg_opfamily", "2753", "opf",
     "'operator family ' || o.opfname || ' USING ' ||"
     " (SELECT a.amname FROM pg_catalog.pg_am a WHERE a.oid = o.opfmethod)",
     " AND h.opfmethod = o.opfmethod"},
    {"pg_conversion", "2607", "con", "'conversion ' || o.conname", ""},
    {"pg_ts_config", "3602", "cfg", "'text search configuration ' || o.cfgname", ""},
    {"pg_ts_dict", "3600", "dict", "'text search dictionary ' || o.dictname", ""},
    {"pg_ts_parser", "3601", "prs", "'text search parser ' || o.prsname", ""},
    {"pg_ts_template", "3764", "tmpl", "'text search template ' || o.tmplname", ""},
};

std::string hidden_of(const Kind& kind) {
  const std::string catalog = std::string(" pg_catalog.") + kind.catalog;
  const auto column = [&](const char* of, const char* name) {
    return std::string(of) + "." + kind.prefix + name;
  };
  return "SELECT " + column("o", "namespace") + ", " + kind.class_oid + ", o.oid, " + kind.label +
         " FROM" + catalog + " o JOIN" + catalog + " h ON " + column("h", "name") + " = " +
         column("o", "name") + " AND " + column("h", "namespace") + " = 11" + kind.also_same;
}

// What belongs to an extension isn't cloned: its name matters only to what uses it.
constexpr std::string_view kCounts = R"sql((NOT EXISTS (
    SELECT FROM pg_catalog.pg_depend e
    WHERE e.classid = h.classid AND e.objid = h.objid AND e.deptype = 'e')
  OR EXISTS (
    SELECT FROM pg_catalog.pg_depend d
    WHERE d.refclassid = h.classid AND d.refobjid = h.objid AND d.deptype <> 'e'
      AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend e
        WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype IN ('e', 'i')))))sql";

// Those of schema $1.
std::string all_hidden() {
  std::string kinds;
  for (const Kind& kind : kKinds) kinds += (kinds.empty() ? "" : " UNION ALL ") + hidden_of(kind);
  return "hidden (schema, classid, objid, label) AS (" + kinds +
         ") SELECT DISTINCT h.label FROM hidden h"
         " JOIN pg_catalog.pg_namespace n ON n.oid = h.schema WHERE n.nspname = $1::text AND " +
         std::string(kCounts);
}

std::vector<std::string> hidden_objects(Session& source, const JobSpec& spec) {
  std::vector<Param> params{std::string_view(spec.schema)};
  std::string query = "WITH RECURSIVE ";
  if (spec.table.empty()) {
    query += all_hidden();
  } else {
    params.emplace_back(std::string_view(spec.table));
    query += std::string(kUsedByTable) + ", " + all_hidden() +
             " AND EXISTS (SELECT FROM used u WHERE u.classid = h.classid AND u.objid = h.objid)";
  }
  const Result& rows = source.query(query + " ORDER BY 1", params);
  std::vector<std::string> labels;
  for (std::size_t row = 0; row < rows.rows(); ++row) labels.emplace_back(rows.text(row, 0));
  return labels;
}

std::string listed(const std::vector<std::string>& labels) {
  std::string list;
  for (const std::string& label : labels) list += (list.empty() ? "" : "\n") + label;
  return list;
}

constexpr const char* kWhy = " objects that bear the names of built-in ones, and so can only be ";

Error refused_schema(const JobSpec& spec, const std::string& goal) {
  const std::string schema = sql::identifier(spec.schema);
  const std::string both =
      spec.schema == goal ? "no schema " + schema
                          : "neither schema " + schema + " nor schema " + sql::identifier(goal);
  return Error(sqlstate::kFeatureNotSupported,
               "schema " + schema + " has" + kWhy + "cloned into a database that has " + both)
      .with_hint("Rename them on the source, or take those schemas out of the way on the target.");
}

Error refused_table(const JobSpec& spec) {
  return Error(sqlstate::kFeatureNotSupported, "table " + sql::qualified(spec.schema, spec.table) +
                                                   " uses" + kWhy +
                                                   "cloned into a schema of the same name")
      .with_hint("Rename them on the source, or clone the whole schema.");
}

}  // namespace

bool has_hidden_objects(Session& source, const JobSpec& spec) {
  return !hidden_objects(source, spec).empty();
}

void refuse_hidden_objects(Session& source, const JobSpec& spec, const std::string& goal) {
  const std::vector<std::string> labels = hidden_objects(source, spec);
  if (labels.empty()) return;
  throw(spec.table.empty() ? refused_schema(spec, goal) : refused_table(spec))
      .with_detail(listed(labels));
}

}  // namespace pgclone::job
