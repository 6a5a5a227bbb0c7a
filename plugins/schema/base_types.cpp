// Types that stand on functions of their own: ranges, base types, and shells that wait for them.
#include "kinds.hpp"

namespace pgclone::schema {

namespace {

std::string of_schema(const Scope& scope) {
  return " WHERE t.typnamespace = " + scope.schema_oid + " AND" +
         free_standing_sql(catalog::kType, "t.oid");
}

// CREATE TYPE without a definition, ahead of the one that finishes it: the functions that the
// definition names take the type. The finished type is known by its array type.
void add_shells(Scope& scope, const std::string& condition) {
  const auto rows = scope.read(
      "SELECT t.oid, t.typname, t.typarray,"
      " pg_catalog.obj_description(t.oid, 'pg_type')"
      " FROM pg_catalog.pg_type t" +
      of_schema(scope) + "AND " + condition + " ORDER BY t.typname");
  for (const Row& row : rows) {
    const ObjectId type{catalog::kType, row.oid(0)};
    if (scope.excluded.contains(type)) continue;
    Step step;
    step.group = group_name(scope, "TYPE", row.text(1));
    step.key = step.group;
    step.kind = "type";
    step.label = scope.qualified(row.text(1));
    step.statements.push_back("CREATE TYPE " + step.label);
    if (row.oid(2) == 0 && !row.is_null(3)) {
      step.statements.push_back(comment_statement("TYPE " + step.label, row.text(3)));
    }
    // What finishes a type has to own it.
    if (row.oid(2) == 0) append_rights(scope, type, step.statements);
    step.provides = {type};
    step.creates_kind = "TYPE";
    step.creates_name = row.text(1);
    add_step(scope.context.plan(), scope.target_schema, step);
    if (row.oid(2) != 0) {
      scope.completed_types.emplace(type.objid, ObjectId{catalog::kType, row.oid(2)});
      scope.context.plan().depend(type, {catalog::kNamespace, scope.schema()});
    }
  }
}

std::string option(std::string_view name, const std::string& value) {
  return " || coalesce(', " + std::string(name) + " = ' || " + value + ", '')";
}

}  // namespace

void add_ranges(Scope& scope) {
  add_shells(scope,
             "EXISTS (SELECT FROM pg_catalog.pg_range c WHERE c.rngtypid = t.oid"
             " AND c.rngcanonical <> 0)");
  // The constructor functions come with the type, and so do the multirange and its array.
  add_objects(
      scope, catalog::kType,
      "SELECT t.oid, t.typname, NULL::pg_catalog.text, 'TYPE', 'TYPE',"
      " ' AS RANGE (SUBTYPE = ' || pg_catalog.format_type(r.rngsubtype, NULL)" +
          option("SUBTYPE_OPCLASS", scope.catalog_name_sql("pg_opclass", "opc", "r.rngsubopc")) +
          option("COLLATION", scope.collation_name_sql("r.rngcollation")) +
          option("CANONICAL", scope.function_name_sql("r.rngcanonical")) +
          option("SUBTYPE_DIFF", scope.function_name_sql("r.rngsubdiff")) +
          option("MULTIRANGE_TYPE_NAME",
                 scope.catalog_name_sql("pg_type", "typ", "r.rngmultitypid")) +
          " || ')', pg_catalog.obj_description(t.oid, 'pg_type'),"
          " '1247:' || t.oid || ' 1247:' || t.typarray || ' 1247:' || m.oid"
          " || ' 1247:' || m.typarray || coalesce((SELECT pg_catalog.string_agg("
          "' 1255:' || d.objid, '') FROM pg_catalog.pg_depend d WHERE d.classid = 1255"
          " AND d.deptype = 'i' AND d.refclassid = 1247"
          " AND d.refobjid IN (t.oid, m.oid)), '')"
          " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_range r ON r.rngtypid = t.oid"
          " JOIN pg_catalog.pg_type m ON m.oid = r.rngmultitypid" +
          of_schema(scope) + "ORDER BY t.typname");
}

void add_base_types(Scope& scope) {
  const std::string base =
      "t.typtype = 'b' AND t.typisdefined AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e"
      " WHERE e.typarray = t.oid)";
  add_shells(scope, "t.typtype = 'p' AND NOT t.typisdefined");
  add_shells(scope, base);
  const auto function = [&](std::string_view name, const std::string& column) {
    return option(name, scope.function_name_sql("t." + column));
  };
  add_objects(
      scope, catalog::kType,
      "SELECT t.oid, t.typname, NULL::pg_catalog.text, 'TYPE', 'TYPE', ' (INPUT = ' || " +
          scope.function_name_sql("t.typinput") + function("OUTPUT", "typoutput") +
          function("RECEIVE", "typreceive") + function("SEND", "typsend") +
          function("TYPMOD_IN", "typmodin") + function("TYPMOD_OUT", "typmodout") +
          function("ANALYZE", "typanalyze") + function("SUBSCRIPT", "typsubscript") +
          " || ', INTERNALLENGTH = ' || CASE t.typlen WHEN -1 THEN 'VARIABLE'"
          " ELSE t.typlen::pg_catalog.text END || CASE WHEN t.typbyval THEN ', PASSEDBYVALUE'"
          " ELSE '' END || ', ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char'"
          " WHEN 's' THEN 'int2' WHEN 'i' THEN 'int4' ELSE 'double' END"
          " || ', STORAGE = ' || CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external'"
          " WHEN 'x' THEN 'extended' ELSE 'main' END"
          " || ', CATEGORY = ' || pg_catalog.quote_literal(t.typcategory::pg_catalog.text)"
          " || CASE WHEN t.typispreferred THEN ', PREFERRED = true' ELSE '' END" +
          option("DEFAULT", "pg_catalog.quote_literal(t.typdefault)") +
          " || CASE WHEN t.typelem <> 0 THEN ', ELEMENT = '"
          " || pg_catalog.format_type(t.typelem, NULL) ELSE '' END"
          " || ', DELIMITER = ' || pg_catalog.quote_literal(t.typdelim::pg_catalog.text)"
          " || CASE WHEN t.typcollation <> 0 THEN ', COLLATABLE = true' ELSE '' END || ')',"
          " pg_catalog.obj_description(t.oid, 'pg_type'), '1247:' || t.typarray"
          " FROM pg_catalog.pg_type t" +
          of_schema(scope) + "AND " + base + " ORDER BY t.typname");
}

}  // namespace pgclone::schema
