#include "catalog.hpp"
#include "row.hpp"

namespace pgclone::table {

std::vector<Dependency> read_dependencies(Session& source, const std::vector<ObjectId>& objects) {
  std::vector<Oid> classes;
  std::vector<Oid> oids;
  for (const ObjectId& object : objects) {
    classes.push_back(object.classid);
    oids.push_back(object.objid);
  }
  const std::string class_array = oid_array(classes);
  const std::string oid_text = oid_array(oids);
  const Param params[] = {class_array, oid_text};
  // Schemas count whatever their OID: public is older than every user object.
  const Result& result = source.query(R"sql(
SELECT DISTINCT d.classid, d.objid, d.refclassid, d.refobjid
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
     AS o (classid, objid)
JOIN pg_catalog.pg_depend d ON d.classid = o.classid AND d.objid = o.objid
WHERE d.refobjid >= 16384 OR d.refclassid = 2615)sql",
                                      params);
  std::vector<Dependency> found;
  found.reserve(result.rows());
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Dependency& dependency = found.emplace_back();
    dependency.dependent.classid = row.oid();
    dependency.dependent.objid = row.oid();
    dependency.referenced.classid = row.oid();
    dependency.referenced.objid = row.oid();
  }
  return found;
}

std::map<std::pair<Oid, Oid>, std::vector<int>> read_column_uses(Session& source, Oid table) {
  const std::string oid = std::to_string(table);
  const Param params[] = {oid};
  const Result& result = source.query(R"sql(
SELECT classid, objid, refobjsubid
FROM pg_catalog.pg_depend
WHERE refclassid = 1259 AND refobjid = $1::pg_catalog.oid AND refobjsubid > 0)sql",
                                      params);
  std::map<std::pair<Oid, Oid>, std::vector<int>> uses;
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    const Oid classid = row.oid();
    const Oid objid = row.oid();
    uses[{classid, objid}].push_back(static_cast<int>(row.integer()));
  }
  return uses;
}

}  // namespace pgclone::table
