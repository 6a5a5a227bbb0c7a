#include "job/search_paths.hpp"

#include <vector>

#include "job/captures.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

// pg_catalog comes first, or an operator of the schema could capture our own catalog queries and
// run its owner's code as the role that clones.
std::string path_with(std::string_view schema) {
  return "pg_catalog, " + sql::identifier(schema) + ", pg_temp";
}

constexpr const char* kPlainPath = "pg_catalog, pg_temp";

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

constexpr const char* kHiddenObjects = R"sql(
hidden (schema, classid, objid, label) AS (
  SELECT c.relnamespace, 1259::pg_catalog.oid, c.oid, 'relation ' || c.relname::text
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_class h ON h.relname = c.relname AND h.relnamespace = 11
  UNION ALL
  SELECT t.typnamespace, 1247, t.oid, 'type ' || t.typname::text
  FROM pg_catalog.pg_type t
  JOIN pg_catalog.pg_type h ON h.typname = t.typname AND h.typnamespace = 11
  UNION ALL
  SELECT p.pronamespace, 1255, p.oid, 'function ' || p.oid::pg_catalog.regprocedure::text
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_proc h ON h.proname = p.proname AND h.pronamespace = 11
    AND h.proargtypes = p.proargtypes
  UNION ALL
  SELECT o.oprnamespace, 2617, o.oid, 'operator ' || o.oid::pg_catalog.regoperator::text
  FROM pg_catalog.pg_operator o
  JOIN pg_catalog.pg_operator h ON h.oprname = o.oprname AND h.oprnamespace = 11
    AND h.oprleft = o.oprleft AND h.oprright = o.oprright
  UNION ALL
  SELECT c.collnamespace, 3456, c.oid, 'collation ' || c.collname::text
  FROM pg_catalog.pg_collation c
  JOIN pg_catalog.pg_collation h ON h.collname = c.collname AND h.collnamespace = 11
    AND h.collencoding IN (-1, (SELECT d.encoding FROM pg_catalog.pg_database d
                                WHERE d.datname = pg_catalog.current_database()))
  UNION ALL
  SELECT o.opcnamespace, 2616, o.oid, 'operator class ' || o.opcname || ' USING ' || a.amname
  FROM pg_catalog.pg_opclass o JOIN pg_catalog.pg_am a ON a.oid = o.opcmethod
  JOIN pg_catalog.pg_opclass h ON h.opcname = o.opcname AND h.opcnamespace = 11
    AND h.opcmethod = o.opcmethod
  UNION ALL
  SELECT o.opfnamespace, 2753, o.oid, 'operator family ' || o.opfname || ' USING ' || a.amname
  FROM pg_catalog.pg_opfamily o JOIN pg_catalog.pg_am a ON a.oid = o.opfmethod
  JOIN pg_catalog.pg_opfamily h ON h.opfname = o.opfname AND h.opfnamespace = 11
    AND h.opfmethod = o.opfmethod
  UNION ALL
  SELECT c.connamespace, 2607, c.oid, 'conversion ' || c.conname::text
  FROM pg_catalog.pg_conversion c
  JOIN pg_catalog.pg_conversion h ON h.conname = c.conname AND h.connamespace = 11
  UNION ALL
  SELECT c.cfgnamespace, 3602, c.oid, 'text search configuration ' || c.cfgname::text
  FROM pg_catalog.pg_ts_config c
  JOIN pg_catalog.pg_ts_config h ON h.cfgname = c.cfgname AND h.cfgnamespace = 11
  UNION ALL
  SELECT d.dictnamespace, 3600, d.oid, 'text search dictionary ' || d.dictname::text
  FROM pg_catalog.pg_ts_dict d
  JOIN pg_catalog.pg_ts_dict h ON h.dictname = d.dictname AND h.dictnamespace = 11
  UNION ALL
  SELECT p.prsnamespace, 3601, p.oid, 'text search parser ' || p.prsname::text
  FROM pg_catalog.pg_ts_parser p
  JOIN pg_catalog.pg_ts_parser h ON h.prsname = p.prsname AND h.prsnamespace = 11
  UNION ALL
  SELECT t.tmplnamespace, 3764, t.oid, 'text search template ' || t.tmplname::text
  FROM pg_catalog.pg_ts_template t
  JOIN pg_catalog.pg_ts_template h ON h.tmplname = t.tmplname AND h.tmplnamespace = 11
)
SELECT DISTINCT h.label FROM hidden h JOIN pg_catalog.pg_namespace n ON n.oid = h.schema
WHERE n.nspname = $1::text)sql";

std::vector<std::string> hidden_objects(Session& source, const JobSpec& spec) {
  std::vector<Param> params{std::string_view(spec.schema)};
  std::string query = "WITH RECURSIVE ";
  if (spec.table.empty()) {
    query += std::string(kHiddenObjects);
  } else {
    params.emplace_back(std::string_view(spec.table));
    query += std::string(kUsedByTable) + "," + kHiddenObjects +
             " AND EXISTS (SELECT FROM used u WHERE u.classid = h.classid AND u.objid = h.objid)";
  }
  const Result& rows = source.query(query + " ORDER BY 1", params);
  std::vector<std::string> labels;
  for (std::size_t row = 0; row < rows.rows(); ++row) labels.emplace_back(rows.text(row, 0));
  return labels;
}

// In renamed mode an object of the schema that pg_catalog hides would be printed with the old
// schema's name, and so mean the old object. Of a single table only what it uses is printed.
void refuse_hidden_objects(Session& source, const JobSpec& spec) {
  const std::vector<std::string> labels = hidden_objects(source, spec);
  if (labels.empty()) return;
  std::string list;
  for (const std::string& label : labels) list += (list.empty() ? "" : "\n") + label;
  const std::string why =
      " objects that bear the names of built-in ones, and so can only be cloned ";
  throw Error(sqlstate::kFeatureNotSupported,
              spec.table.empty() ? "schema " + sql::identifier(spec.schema) + " has" + why +
                                       "under its own name, with nothing to replace"
                                 : "table " + sql::qualified(spec.schema, spec.table) + " uses" +
                                       why + "into a schema of the same name")
      .with_detail(list)
      .with_hint("Rename them on the source, or clone into a database without the schema.");
}

}  // namespace

SearchPaths search_paths(const JobSpec& spec, const Place& place, Session& source,
                         Session& target) {
  // What a single table needs of its schema is in the goal already.
  const std::string& home = spec.table.empty() ? place.schema : place.goal;
  if (spec.schema != home) {
    refuse_hidden_objects(source, spec);
    return {path_with(spec.schema), path_with(home), path_with(home)};
  }
  const bool captures = may_capture(source, spec.schema, target, home);
  return {kPlainPath, kPlainPath, captures ? kPlainPath : path_with(home)};
}

void prepare_target(Session& target, const std::string& path) {
  const Param params[] = {std::string_view(path)};
  target.query(
      "SELECT pg_catalog.set_config('search_path', $1::text, true), "
      "pg_catalog.set_config('check_function_bodies', 'off', true), "
      "pg_catalog.set_config('xmloption', 'content', true), "
      "pg_catalog.set_config('default_tablespace', '', true)",
      params);
}

}  // namespace pgclone::job
