// Operators, operator families with their classes, casts.
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

// The members of operator families as the lists of CREATE OPERATOR CLASS and ALTER OPERATOR FAMILY
// want them. `holder`: the condition that a row of pg_amop or pg_amproc (alias m) belongs there.
std::string member_list_sql(const Scope& scope, const std::string& holder,
                            const std::string& storage) {
  const std::string owned_by = ".oid AND d.deptype = 'i' AND d.refclassid = 2616";
  const auto belongs = [&](std::string_view classid) {
    return "(SELECT d.refobjid FROM pg_catalog.pg_depend d WHERE d.classid = " +
           std::string(classid) + " AND d.objid = m" + owned_by + ")" + holder;
  };
  return "(SELECT pg_catalog.string_agg(e.item, ', ' ORDER BY e.rank, e.item) FROM ("
         "SELECT 1 AS rank, 'OPERATOR ' || m.amopstrategy || ' ' || " +
         scope.operator_bare_name_sql("m.amopopr") + " || " +
         operand_types_sql("m.amoplefttype", "m.amoprighttype") +
         " || coalesce(' FOR ORDER BY ' || " +
         scope.catalog_name_sql("pg_opfamily", "opf", "m.amopsortfamily") +
         ", '') AS item FROM pg_catalog.pg_amop m WHERE m.amopfamily = f.oid AND " +
         belongs("2602") + " UNION ALL SELECT 2, 'FUNCTION ' || m.amprocnum || ' ' || " +
         operand_types_sql("m.amproclefttype", "m.amprocrighttype") + " || ' ' || " +
         scope.function_name_sql("m.amproc") +
         " || '(' || pg_catalog.oidvectortypes((SELECT p.proargtypes FROM pg_catalog.pg_proc p"
         " WHERE p.oid = m.amproc)) || ')' FROM pg_catalog.pg_amproc m"
         " WHERE m.amprocfamily = f.oid AND " +
         belongs("2603") + storage + ") e)";
}

std::string members_provided_sql(const std::string& holder) {
  const auto list = [&](const std::string& classid, const std::string& table,
                        const std::string& family) {
    return " || coalesce((SELECT pg_catalog.string_agg(' " + classid +
           ":' || m.oid, '') FROM pg_catalog." + table + " m WHERE m." + family +
           " = f.oid AND (SELECT d.refobjid FROM pg_catalog.pg_depend d WHERE d.classid = " +
           classid + " AND d.objid = m.oid AND d.deptype = 'i' AND d.refclassid = 2616)" + holder +
           "), '')";
  };
  return list("2602", "pg_amop", "amopfamily") + list("2603", "pg_amproc", "amprocfamily");
}

void add_classes(Scope& scope) {
  // Storage goes last; a class must have at least one item, and STORAGE of its own type is one.
  const std::string storage =
      " UNION ALL SELECT 3, 'STORAGE ' || pg_catalog.format_type(coalesce(nullif(o.opckeytype, 0),"
      " o.opcintype), NULL) WHERE o.opckeytype <> 0 OR NOT EXISTS (SELECT FROM"
      " pg_catalog.pg_depend d WHERE d.refclassid = 2616 AND d.refobjid = o.oid"
      " AND d.deptype = 'i' AND d.classid IN (2602, 2603))";
  add_objects(scope, catalog::kOpclass,
              "SELECT o.oid, o.opcname, ' USING ' || pg_catalog.quote_ident(am.amname),"
              " 'OPERATOR CLASS', 'OPERATOR CLASS', CASE WHEN o.opcdefault THEN ' DEFAULT' ELSE ''"
              " END || ' FOR TYPE ' || pg_catalog.format_type(o.opcintype, NULL) || ' USING '"
              " || pg_catalog.quote_ident(am.amname) || ' FAMILY ' || " +
                  scope.catalog_name_sql("pg_opfamily", "opf", "f.oid") + " || ' AS ' || " +
                  member_list_sql(scope, " = o.oid", storage) +
                  ", pg_catalog.obj_description(o.oid, 'pg_opclass'), '2616:' || o.oid" +
                  members_provided_sql(" = o.oid") +
                  " FROM pg_catalog.pg_opclass o"
                  " JOIN pg_catalog.pg_opfamily f ON f.oid = o.opcfamily"
                  " JOIN pg_catalog.pg_am am ON am.oid = o.opcmethod WHERE o.opcnamespace = " +
                  scope.schema_oid + " AND" + free_standing_sql(catalog::kOpclass, "o.oid") +
                  "ORDER BY o.opcname, am.amname");
}

// Members that belong to the family but to none of its classes (comparisons of two types).
void add_loose_members(Scope& scope) {
  const auto rows = scope.read(
      "SELECT f.oid, f.opfname, ' USING ' || pg_catalog.quote_ident(am.amname), l.items, ''" +
      members_provided_sql(" IS NULL") +
      " FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod"
      " CROSS JOIN LATERAL (SELECT " +
      member_list_sql(scope, " IS NULL", "") + " AS items) l WHERE f.opfnamespace = " +
      scope.schema_oid + " AND" + free_standing_sql(catalog::kOpfamily, "f.oid") +
      "AND l.items IS NOT NULL ORDER BY f.opfname, am.amname");
  for (const Row& row : rows) {
    const ObjectId family{catalog::kOpfamily, row.oid(0)};
    if (scope.excluded.contains(family)) continue;
    Step step;
    step.group = group_name(scope, "OPERATOR FAMILY", row.text(1), row.text(2));
    step.key = step.group + " members";
    step.kind = "operator family";
    step.label = scope.qualified(row.text(1)) + row.text(2);
    step.statements.push_back("ALTER OPERATOR FAMILY " + step.label + " ADD " + row.text(3));
    step.provides = parse_object_ids(row.text(4));
    step.belongs_to = family;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

}  // namespace

std::string operand_types_sql(const std::string& left, const std::string& right) {
  return "'(' || coalesce(pg_catalog.format_type(nullif(" + left +
         ", 0), NULL), 'NONE') || ', ' || coalesce(pg_catalog.format_type(nullif(" + right +
         ", 0), NULL), 'NONE') || ')'";
}

void add_operators(Scope& scope) {
  // Operators without a function are shells that a commutator or negator clause left behind.
  add_objects(
      scope, catalog::kOperator,
      "SELECT o.oid, o.oprname, " + operand_types_sql("o.oprleft", "o.oprright") +
          ", 'OPERATOR', 'OPERATOR', ' (FUNCTION = ' || " + scope.function_name_sql("o.oprcode") +
          " || coalesce(', LEFTARG = ' || pg_catalog.format_type(nullif(o.oprleft, 0), NULL), '')"
          " || ', RIGHTARG = ' || pg_catalog.format_type(o.oprright, NULL)"
          " || coalesce(', COMMUTATOR = ' || " +
          scope.operator_name_sql("o.oprcom") + ", '') || coalesce(', NEGATOR = ' || " +
          scope.operator_name_sql("o.oprnegate") + ", '') || coalesce(', RESTRICT = ' || " +
          scope.function_name_sql("o.oprrest") + ", '') || coalesce(', JOIN = ' || " +
          scope.function_name_sql("o.oprjoin") +
          ", '') || CASE WHEN o.oprcanhash THEN ', HASHES' ELSE '' END"
          " || CASE WHEN o.oprcanmerge THEN ', MERGES' ELSE '' END || ')',"
          " pg_catalog.obj_description(o.oid, 'pg_operator'), '2617:' || o.oid"
          " FROM pg_catalog.pg_operator o WHERE o.oprcode <> 0 AND o.oprnamespace = " +
          scope.schema_oid + " AND" + free_standing_sql(catalog::kOperator, "o.oid") +
          "ORDER BY o.oprname, 3");
}

void add_operator_families(Scope& scope) {
  add_objects(
      scope, catalog::kOpfamily,
      "SELECT f.oid, f.opfname, ' USING ' || pg_catalog.quote_ident(am.amname),"
      " 'OPERATOR FAMILY', 'OPERATOR FAMILY', ' USING ' || pg_catalog.quote_ident(am.amname),"
      " pg_catalog.obj_description(f.oid, 'pg_opfamily'), '2753:' || f.oid"
      " FROM pg_catalog.pg_opfamily f JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod"
      " WHERE f.opfnamespace = " +
          scope.schema_oid + " AND" + free_standing_sql(catalog::kOpfamily, "f.oid") +
          "ORDER BY f.opfname, am.amname");
  add_classes(scope);
  add_loose_members(scope);
}

// What casts depends in the catalog on the cast's function, or on a type where there is none; never
// on the cast. So the cast is made together with that: in the function's group or the type's.
constexpr std::string_view kCastGroup =
    ", CASE WHEN f.oid IS NOT NULL THEN 'FUNCTION' WHEN k.typtype = 'd' THEN 'DOMAIN'"
    " ELSE 'TYPE' END, coalesce(f.proname, k.typname),"
    " coalesce('(' || pg_catalog.oidvectortypes(f.proargtypes) || ')', '')";

void add_casts(Scope& scope) {
  const auto rows = scope.read(
      "SELECT c.oid, k.oid, '(' || pg_catalog.format_type(s.oid, NULL) || ' AS '"
      " || pg_catalog.format_type(t.oid, NULL) || ')', CASE c.castmethod WHEN 'b'"
      " THEN 'WITHOUT FUNCTION' WHEN 'i' THEN 'WITH INOUT' ELSE 'WITH FUNCTION ' || " +
      scope.function_name_sql("c.castfunc") +
      " || '(' || pg_catalog.oidvectortypes((SELECT p.proargtypes FROM pg_catalog.pg_proc p"
      " WHERE p.oid = c.castfunc)) || ')' END || CASE c.castcontext WHEN 'i' THEN ' AS IMPLICIT'"
      " WHEN 'a' THEN ' AS ASSIGNMENT' ELSE '' END, pg_catalog.obj_description(c.oid, 'pg_cast')" +
      std::string(kCastGroup) +
      " FROM pg_catalog.pg_cast c JOIN pg_catalog.pg_type s ON s.oid = c.castsource"
      " JOIN pg_catalog.pg_type t ON t.oid = c.casttarget"
      " JOIN pg_catalog.pg_type k ON k.oid = CASE WHEN t.typnamespace = " +
      scope.schema_oid +
      " THEN t.oid ELSE s.oid END"
      " LEFT JOIN pg_catalog.pg_proc f ON f.oid = c.castfunc AND f.pronamespace = " +
      scope.schema_oid + " WHERE k.typnamespace = " + scope.schema_oid + " AND" +
      free_standing_sql(catalog::kCast, "c.oid") + "ORDER BY 3");
  for (const Row& row : rows) {
    const ObjectId cast{catalog::kCast, row.oid(0)};
    const ObjectId type{catalog::kType, row.oid(1)};
    if (scope.excluded.contains(cast) || scope.excluded.contains(type)) continue;
    Step step;
    step.label = row.text(2);
    step.group = group_name(scope, row.text(5), row.text(6), row.text(7));
    step.key = "cast " + step.label + " of schema " + sql::identifier(scope.target_schema);
    step.kind = "cast";
    step.statements.push_back("CREATE CAST " + step.label + " " + row.text(3));
    if (!row.is_null(4)) {
      step.statements.push_back(comment_statement("CAST " + step.label, row.text(4)));
    }
    step.provides = {cast};
    step.belongs_to = type;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

}  // namespace pgclone::schema
