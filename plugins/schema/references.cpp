#include "references.hpp"

#include <set>

#include "left_out.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

// Objects by class, schema and name; what isn't listed can't be missing for itself (an index comes
// with its table). Read on both servers.
constexpr std::string_view kNamed =
    "named(classid, oid, nspname, name) AS ("
    "SELECT o.classid, o.oid, n.nspname::pg_catalog.text, o.name::pg_catalog.text FROM ("
    " SELECT 1259 AS classid, oid, relnamespace AS nsp, relname AS name FROM pg_catalog.pg_class"
    " WHERE relkind NOT IN ('i', 'I', 't', 'c')"
    " UNION ALL SELECT 1247, oid, typnamespace, typname FROM pg_catalog.pg_type"
    " UNION ALL SELECT 1255, oid, pronamespace, proname FROM pg_catalog.pg_proc"
    " UNION ALL SELECT 2617, oid, oprnamespace, oprname FROM pg_catalog.pg_operator"
    " UNION ALL SELECT 3456, oid, collnamespace, collname FROM pg_catalog.pg_collation"
    " UNION ALL SELECT 2607, oid, connamespace, conname FROM pg_catalog.pg_conversion"
    " UNION ALL SELECT 2616, oid, opcnamespace, opcname FROM pg_catalog.pg_opclass"
    " UNION ALL SELECT 2753, oid, opfnamespace, opfname FROM pg_catalog.pg_opfamily"
    " UNION ALL SELECT 3600, oid, dictnamespace, dictname FROM pg_catalog.pg_ts_dict"
    " UNION ALL SELECT 3601, oid, prsnamespace, prsname FROM pg_catalog.pg_ts_parser"
    " UNION ALL SELECT 3602, oid, cfgnamespace, cfgname FROM pg_catalog.pg_ts_config"
    " UNION ALL SELECT 3764, oid, tmplnamespace, tmplname FROM pg_catalog.pg_ts_template"
    ") o JOIN pg_catalog.pg_namespace n ON n.oid = o.nsp"
    " UNION ALL SELECT 2615, oid, '', nspname FROM pg_catalog.pg_namespace"
    " UNION ALL SELECT 2612, oid, '', lanname FROM pg_catalog.pg_language"
    " UNION ALL SELECT 3576, t.oid, '', l.lanname FROM pg_catalog.pg_transform t"
    " JOIN pg_catalog.pg_language l ON l.oid = t.trflang"
    " UNION ALL SELECT 2601, oid, '', amname FROM pg_catalog.pg_am"
    " UNION ALL SELECT 1417, oid, '', srvname FROM pg_catalog.pg_foreign_server"
    " UNION ALL SELECT 1260, oid, '', rolname FROM pg_catalog.pg_roles)";

struct Reference {
  std::string classid;
  std::string schema;
  std::string name;
  std::string identity;  // as pg_identify_object() prints it: qualified, the same on each server
  std::string type;
};

struct References {
  std::vector<Reference> objects;
  std::set<std::string> extensions;
};

// Sub-objects that the options leave out need nothing, nor what comes with a partition or a
// constraint: a key of a partitioned table has one for each partition, wherever that lies.
std::string left_out_sql(const Scope& scope) {
  std::string sql =
      " AND NOT (o.classid = 2606 AND EXISTS (SELECT FROM pg_catalog.pg_constraint k"
      " WHERE k.oid = o.objid AND k.conparentid <> 0)) AND NOT (o.classid = 2620 AND EXISTS ("
      "SELECT FROM pg_catalog.pg_trigger g WHERE g.oid = o.objid AND g.tgisinternal))";
  if (!scope.option("constraints")) sql += " AND (o.classid <> 2606 OR o.own)";
  if (scope.context.options().text("outside") == "leave_out") {
    sql +=
        " AND (o.classid <> 2606 OR o.objid NOT IN (SELECT k.oid FROM pg_catalog.pg_constraint k"
        " WHERE k.contype = 'f'))";
  }
  if (!scope.option("triggers")) sql += " AND o.classid <> 2620";
  if (!scope.option("indexes")) {
    sql +=
        " AND NOT (o.classid = 1259 AND EXISTS (SELECT FROM pg_catalog.pg_index i"
        " WHERE i.indexrelid = o.objid))";
  }
  return sql;
}

std::string excluded_sql(const Scope& scope) {
  if (scope.excluded.empty()) return "";
  return " AND (o.classid, o.objid) NOT IN (SELECT x.classid, x.objid FROM " +
         objects_sql(scope.excluded) + " x(classid, objid))";
}

References read_references(const Scope& scope) {
  // An array type stands for its element: its own name is made up by the server.
  const auto rows = scope.read(
      "WITH " + owned_objects_cte(scope.schema_oid) + ", " + std::string(kNamed) +
      ", outside(classid, objid) AS (SELECT DISTINCT d.refclassid, coalesce(t.oid, d.refobjid)"
      " FROM owned o JOIN pg_catalog.pg_depend d ON d.classid = o.classid AND d.objid = o.objid"
      " LEFT JOIN pg_catalog.pg_type t ON d.refclassid = 1247 AND t.typarray = d.refobjid"
      " WHERE (d.refclassid, coalesce(t.oid, d.refobjid)) NOT IN (SELECT classid, objid"
      " FROM owned) AND d.deptype <> 'e'"
      " AND NOT (d.refclassid = 2615 AND d.refobjid = " +
      scope.schema_oid + ")" + excluded_sql(scope) + left_out_sql(scope) +
      " UNION SELECT 1260, r.role FROM owned o JOIN pg_catalog.pg_policy p ON o.classid = 3256"
      " AND p.oid = o.objid CROSS JOIN LATERAL pg_catalog.unnest(p.polroles) r(role)"
      " WHERE r.role <> 0 UNION SELECT 3576, u.transform FROM (" +
      used_transforms_sql() +
      ") u WHERE (3576::pg_catalog.oid, u.transform) NOT IN (SELECT classid, objid FROM owned))"
      " SELECT r.classid, n.nspname, n.name, i.identity, i.type, e.extname"
      " FROM outside r LEFT JOIN named n ON n.classid = r.classid AND n.oid = r.objid"
      " LEFT JOIN pg_catalog.pg_depend x ON x.classid = r.classid AND x.objid = r.objid"
      " AND x.deptype = 'e' LEFT JOIN pg_catalog.pg_extension e ON e.oid = x.refobjid"
      " CROSS JOIN LATERAL pg_catalog.pg_identify_object(r.classid, r.objid, 0) i"
      " WHERE n.name IS NOT NULL OR e.extname IS NOT NULL ORDER BY i.type, i.identity");
  References references;
  for (const Row& row : rows) {
    if (!row.is_null(5)) {
      references.extensions.insert(row.text(5));
    } else {
      references.objects.push_back(
          {row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)});
    }
  }
  return references;
}

// The extension whose script makes the schema, if one does; under another name it is a schema of
// ours.
std::set<std::string> makers_of_schema(const Scope& scope) {
  std::set<std::string> makers;
  if (scope.source_schema != scope.target_schema) return makers;
  for (const Row& row :
       scope.read("SELECT e.extname FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e"
                  " ON e.oid = d.refobjid WHERE d.refclassid = 3079 AND d.deptype = 'e'"
                  " AND d.classid = 2615 AND d.objid = " +
                  scope.schema_oid))
    makers.insert(row.text(0));
  return makers;
}

// Extensions that marks name, and that can be created. A mark alone is no reason to refuse
// anything.
std::set<std::string> marking_extensions(const Scope& scope) {
  std::set<std::string> names;
  if (scope.marks.empty()) return names;
  for (const Row& row :
       scope.read("WITH " + owned_objects_cte(scope.schema_oid) +
                  " SELECT DISTINCT d.refobjid FROM owned o JOIN pg_catalog.pg_depend d"
                  " ON d.classid = o.classid AND d.objid = o.objid AND d.deptype = 'x'"
                  " WHERE d.refclassid = 3079" +
                  excluded_sql(scope))) {
    const auto found = scope.marks.extensions().find(row.oid(0));
    if (found != scope.marks.extensions().end() && found->second.can_be_made)
      names.insert(found->second.name);
  }
  return names;
}

void check_objects(const Scope& scope, const std::vector<Reference>& objects) {
  if (objects.empty()) return;
  std::vector<std::string> classids, schemas, names, identities;
  for (const Reference& object : objects) {
    classids.push_back(object.classid);
    schemas.push_back(object.schema);
    names.push_back(object.name);
    identities.push_back(object.identity);
  }
  const std::string arrays[] = {sql::text_array(classids), sql::text_array(schemas),
                                sql::text_array(names), sql::text_array(identities)};
  const Param params[] = {arrays[0], arrays[1], arrays[2], arrays[3]};
  std::string detail;
  for (const Row& row :
       read(scope.context.target(),
            "WITH " + std::string(kNamed) +
                " SELECT w.n FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]),"
                " pg_catalog.unnest($2::pg_catalog.text[]),"
                " pg_catalog.unnest($3::pg_catalog.text[]),"
                " pg_catalog.unnest($4::pg_catalog.text[])) WITH ORDINALITY"
                " w(classid, nspname, name, identity, n) WHERE NOT EXISTS (SELECT FROM named k"
                " WHERE k.classid = w.classid AND k.nspname = w.nspname AND k.name = w.name"
                " AND (pg_catalog.pg_identify_object(k.classid, k.oid, 0)).identity = w.identity)"
                " ORDER BY w.n",
            params)) {
    const Reference& missing = objects.at(row.count(0) - 1);
    detail += (detail.empty() ? "" : "\n") + missing.type + " " + missing.identity;
  }
  if (detail.empty()) return;
  throw Error(sqlstate::kUndefinedObject, "schema " + sql::identifier(scope.source_schema) +
                                              " needs objects outside it that the target lacks")
      .with_origin(Origin::target)
      .with_detail(detail)
      .with_hint("Create them on the target first, or clone the schemas that they are in.");
}

}  // namespace

void check_references(Scope& scope) {
  const References references = read_references(scope);
  std::set<std::string> extensions = references.extensions;
  extensions.merge(makers_of_schema(scope));
  extensions.merge(marking_extensions(scope));
  scope.extensions = std::make_unique<common::Extensions>(
      scope.context, common::ExtensionHome{scope.source_schema, scope.target_schema}, extensions,
      "schema " + sql::identifier(scope.source_schema));
  check_objects(scope, references.objects);
}

void add_extensions(Scope& scope) {
  scope.extensions->write(scope.target_schema, common::extensions_configured_in(
                                                   scope.context.source(), scope.schema_oid));
}

}  // namespace pgclone::schema
