#include "left_out.hpp"

#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

namespace {

// Row types, indexes, and the rules that are the views go without saying.
std::string describe_sql(const ObjectIdSet& objects, const std::string& condition) {
  return "SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object(o.classid, o.objid, 0), E'\\n'"
         " ORDER BY o.classid, o.objid) FROM " +
         objects_sql(objects) +
         " o(classid, objid) WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend d"
         " WHERE d.classid = o.classid AND d.objid = o.objid AND d.deptype = 'i')"
         " AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i WHERE o.classid = 1259"
         " AND i.indexrelid = o.objid)" +
         condition;
}

}  // namespace

std::string objects_sql(const ObjectIdSet& objects) {
  std::vector<std::string> classids;
  std::vector<std::string> oids;
  for (const ObjectId& object : objects) {
    classids.push_back(std::to_string(object.classid));
    oids.push_back(std::to_string(object.objid));
  }
  return "ROWS FROM (pg_catalog.unnest(" + sql::literal(sql::text_array(classids)) +
         "::pg_catalog.oid[]), pg_catalog.unnest(" + sql::literal(sql::text_array(oids)) +
         "::pg_catalog.oid[]))";
}

std::string describe_all(const Scope& scope, const ObjectIdSet& objects) {
  return scope
      .read_one(
          "SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object(o.classid, o.objid, 0),"
          " E'\\n' ORDER BY o.classid, o.objid) FROM " +
          objects_sql(objects) + " o(classid, objid)")
      .text(0);
}

std::string describe(const Scope& scope, const ObjectIdSet& objects) {
  return scope.read_one(describe_sql(objects, "")).text(0);
}

std::string describe_independent(const Scope& scope, const ObjectIdSet& objects,
                                 const ObjectIdSet& relations) {
  const std::string of_relation =
      " AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = o.classid"
      " AND d.objid = o.objid AND d.deptype = 'a' AND (d.refclassid, d.refobjid) IN (SELECT"
      " r.classid, r.objid FROM " +
      objects_sql(relations) +
      " r(classid, objid))) AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k"
      " WHERE o.classid = 2606 AND k.oid = o.objid AND k.contype = 'f')";
  return scope.read_one(describe_sql(objects, of_relation)).text(0);
}

void leave_out_materialized_views(Scope& scope) {
  ObjectIdSet views;
  for (const Row& row : scope.read("SELECT c.oid FROM pg_catalog.pg_class c" +
                                   relations_of_schema_sql(scope, "'m'"))) {
    views.insert({catalog::kClass, row.oid(0)});
  }
  if (views.empty()) return;
  ObjectIdSet dependants = scope.dependencies.with_dependants(views);
  scope.excluded.insert(dependants.begin(), dependants.end());
  for (const ObjectId& view : views) dependants.erase(view);
  const std::string list = describe(scope, dependants);
  if (list.empty()) return;
  scope.context.report(Severity::notice, "objects that need a materialized view are left out", list,
                       "Leave the option \"matviews\" at true to clone them.");
}

void report_event_triggers(const Scope& scope) {
  const Row found = scope.read_one(
      "SELECT pg_catalog.string_agg('event trigger '"
      " || pg_catalog.quote_ident(v.evtname), E'\\n' ORDER BY v.evtname)"
      " FROM pg_catalog.pg_event_trigger v JOIN pg_catalog.pg_proc p ON p.oid = v.evtfoid"
      " WHERE p.pronamespace = " +
      scope.schema_oid);
  if (found.is_null(0)) return;
  scope.context.report(Severity::warning,
                       "event triggers that call functions of schema " +
                           sql::identifier(scope.source_schema) + " are not cloned",
                       found.text(0), "Create them on the target by hand.");
}

}  // namespace pgclone::schema
