#include "catalog.hpp"
#include "row.hpp"

namespace pgclone::table {

std::pair<std::string, std::string> arrays_of(const std::vector<ObjectId>& objects) {
  std::vector<Oid> classes;
  std::vector<Oid> oids;
  for (const ObjectId& object : objects) {
    classes.push_back(object.classid);
    oids.push_back(object.objid);
  }
  return {oid_array(classes), oid_array(oids)};
}

std::vector<Dependency> read_dependencies(Session& source, const std::vector<ObjectId>& objects) {
  const auto [class_array, oid_text] = arrays_of(objects);
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

std::vector<Need> read_needs(Session& source, std::string_view schema,
                             const std::vector<ObjectId>& parts) {
  const auto [class_array, oid_text] = arrays_of(parts);
  const Param params[] = {class_array, oid_text, schema};
  // A relation uses what its columns and its partition key do; its types and parents are looked at
  // elsewhere.
  const Result& result = source.query(R"sql(
SELECT x.refclassid, x.refobjid, x.signature,
  pg_catalog.pg_describe_object(x.refclassid, x.refobjid, 0),
  pg_catalog.min(pg_catalog.pg_describe_object(x.classid, x.objid, x.objsubid))
FROM (
  SELECT d.*, p.signature
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
       AS o (classid, objid)
  JOIN pg_catalog.pg_depend d ON d.classid = o.classid AND d.objid = o.objid
  JOIN (
    SELECT 1255 AS classid, oid, pronamespace AS namespace,
           oid::pg_catalog.regprocedure::pg_catalog.text AS signature FROM pg_catalog.pg_proc
    UNION ALL SELECT 2617, oid, oprnamespace, oid::pg_catalog.regoperator::pg_catalog.text
    FROM pg_catalog.pg_operator
    UNION ALL SELECT 1247, oid, typnamespace, oid::pg_catalog.regtype::pg_catalog.text
    FROM pg_catalog.pg_type
    UNION ALL SELECT 1259, oid, relnamespace, oid::pg_catalog.regclass::pg_catalog.text
    FROM pg_catalog.pg_class
    UNION ALL SELECT 3456, oid, collnamespace, oid::pg_catalog.regcollation::pg_catalog.text
    FROM pg_catalog.pg_collation
    UNION ALL SELECT 2616, oid, opcnamespace, opcname FROM pg_catalog.pg_opclass
    UNION ALL SELECT 3602, oid, cfgnamespace, cfgname FROM pg_catalog.pg_ts_config
    UNION ALL SELECT 3600, oid, dictnamespace, dictname FROM pg_catalog.pg_ts_dict
  ) p ON p.classid = d.refclassid AND p.oid = d.refobjid
  JOIN pg_catalog.pg_namespace n ON n.oid = p.namespace AND n.nspname = $3::pg_catalog.text
  WHERE d.classid <> 1259 OR d.refclassid NOT IN (1247, 1259)
  UNION ALL
  SELECT 3256, l.oid, 0, 1260, r.oid, 0, 'n', pg_catalog.quote_ident(r.rolname)
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
       AS o (classid, objid)
  JOIN pg_catalog.pg_policy l ON o.classid = 3256 AND l.oid = o.objid
  JOIN pg_catalog.pg_roles r ON r.oid = ANY(l.polroles)
) x
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
  WHERE e.classid = x.refclassid AND e.objid = x.refobjid AND e.deptype = 'e')
GROUP BY 1, 2, 3, 4 ORDER BY 4)sql",
                                      params);
  std::vector<Need> needs;
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Need& need = needs.emplace_back();
    need.object.classid = row.oid();
    need.object.objid = row.oid();
    need.signature = row.text();
    need.what = row.text();
    need.user = row.text();
  }
  return needs;
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
    uses[{classid, objid}].push_back(row.integer_as<int>());
  }
  return uses;
}

}  // namespace pgclone::table
