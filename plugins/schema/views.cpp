// Views and the defaults of their columns.
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

namespace {

// A default may need what needs the view (a function that takes its row), so it is a later step.
void add_column_defaults(Scope& scope) {
  const auto rows = scope.read(
      "SELECT d.oid, c.oid, c.relname, a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)"
      " FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_class c ON c.oid = d.adrelid"
      " JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum" +
      relations_of_schema_sql(scope, "'v'") + "ORDER BY c.relname, a.attnum");
  for (const Row& row : rows) {
    const ObjectId view{catalog::kClass, row.oid(1)};
    if (scope.excluded.contains(view)) continue;
    Step step;
    step.group = group_name(scope, "VIEW", row.text(2));
    step.key = step.group + " default of " + sql::identifier(row.text(3));
    step.kind = "default";
    step.label = scope.qualified(row.text(2));
    step.phase = Phase::finish;
    step.statements.push_back("ALTER VIEW " + step.label + " ALTER COLUMN " +
                              sql::identifier(row.text(3)) + " SET DEFAULT " + row.text(4));
    step.provides = {{catalog::kAttrdef, row.oid(0)}};
    step.belongs_to = view;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

std::string definition_sql(const Scope& scope) {
  return view_options_sql(scope) +
         " || ' AS ' || pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';')";
}

// Views that need themselves, by way of others or of a function that takes their row: as a list
// for IN. Never empty.
std::string views_in_cycles(const Scope& scope) {
  std::string list = "0";
  for (const Row& row :
       scope.read("SELECT c.oid, r.oid FROM pg_catalog.pg_class c" + query_relation_joins_sql() +
                  relations_of_schema_sql(scope, "'v'") + "ORDER BY c.relname")) {
    const ObjectId rule{catalog::kRewrite, row.oid(1)};
    if (scope.dependencies.needs_itself(rule)) list += ", " + std::to_string(row.oid(0));
  }
  return list;
}

// Such a view has no query at first, only its columns; what needs it is made on that. In the order
// of the source's, since pg_dump cuts a circle of views at the oldest.
void add_hollow_views(Scope& scope, const std::string& list) {
  const std::string where =
      relations_of_schema_sql(scope, "'v'") + "AND c.oid IN (" + list + ") ORDER BY c.oid";
  add_objects(scope, catalog::kClass,
              "SELECT c.oid, c.relname, NULL::pg_catalog.text, 'VIEW', 'VIEW', ' AS SELECT '"
              " || coalesce((SELECT pg_catalog.string_agg('NULL::'"
              " || pg_catalog.format_type(a.atttypid, a.atttypmod) || coalesce(' COLLATE ' || " +
                  scope.collation_name_sql("a.attcollation") +
                  ", '') || ' AS ' || pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)"
                  " FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0), ''),"
                  " pg_catalog.obj_description(c.oid, 'pg_class'),"
                  " '1259:' || c.oid || ' 1247:' || y.oid || ' 1247:' || y.typarray"
                  " FROM pg_catalog.pg_class c" +
                  query_relation_joins_sql() + where);
  for (const Row& row :
       scope.read("SELECT c.oid, c.relname, r.oid, " + definition_sql(scope) +
                  " FROM pg_catalog.pg_class c" + query_relation_joins_sql() + where)) {
    const ObjectId view{catalog::kClass, row.oid(0)};
    if (scope.excluded.contains(view)) continue;
    Step step;
    step.group = group_name(scope, "VIEW", row.text(1));
    step.key = step.group + " query";
    step.kind = "view";
    step.label = scope.qualified(row.text(1));
    step.provides = {{catalog::kRewrite, row.oid(2)}};
    step.statements = scope.operators.in_sight(
        step.provides, {"CREATE OR REPLACE VIEW " + step.label + row.text(3)});
    step.belongs_to = view;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

}  // namespace

void add_views(Scope& scope) {
  const std::string in_cycles = views_in_cycles(scope);
  add_objects(scope, catalog::kClass,
              "SELECT c.oid, c.relname, NULL::pg_catalog.text, 'VIEW', 'VIEW', " +
                  definition_sql(scope) + ", pg_catalog.obj_description(c.oid, 'pg_class'), " +
                  query_relation_provides_sql() + " FROM pg_catalog.pg_class c" +
                  query_relation_joins_sql() + relations_of_schema_sql(scope, "'v'") +
                  "AND c.oid NOT IN (" + in_cycles + ") ORDER BY c.relname");
  if (in_cycles != "0") add_hollow_views(scope, in_cycles);
  add_column_defaults(scope);
}

}  // namespace pgclone::schema
