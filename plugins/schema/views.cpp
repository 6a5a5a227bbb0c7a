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

}  // namespace

void add_views(Scope& scope) {
  add_objects(scope, catalog::kClass,
              "SELECT c.oid, c.relname, NULL::pg_catalog.text, 'VIEW', 'VIEW', " +
                  reloptions_sql("c.reloptions") +
                  " || ' AS ' || pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'),"
                  " pg_catalog.obj_description(c.oid, 'pg_class'), " +
                  query_relation_provides_sql() + " FROM pg_catalog.pg_class c" +
                  query_relation_joins_sql() + relations_of_schema_sql(scope, "'v'") +
                  "ORDER BY c.relname");
  add_column_defaults(scope);
}

}  // namespace pgclone::schema
