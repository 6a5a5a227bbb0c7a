// How languages take values of the schema's types, and give them back.
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

void add_transforms(Scope& scope) {
  const auto function = [&](const std::string& words, const std::string& column) {
    return "'" + words + " SQL WITH FUNCTION ' || " + scope.function_name_sql(column) +
           " || '(internal)'";
  };
  const auto rows = scope.read(
      "SELECT t.oid, y.oid, 'FOR ' || pg_catalog.format_type(y.oid, NULL) || ' LANGUAGE '"
      " || pg_catalog.quote_ident(l.lanname), pg_catalog.concat_ws(', ', " +
      function("FROM", "t.trffromsql") + ", " + function("TO", "t.trftosql") +
      "), pg_catalog.obj_description(t.oid, 'pg_transform') FROM pg_catalog.pg_transform t"
      " JOIN pg_catalog.pg_type y ON y.oid = t.trftype"
      " JOIN pg_catalog.pg_language l ON l.oid = t.trflang WHERE y.typnamespace = " +
      scope.schema_oid + " AND" + free_standing_sql(catalog::kTransform, "t.oid") + "ORDER BY 3");
  for (const Row& row : rows) {
    const ObjectId transform{catalog::kTransform, row.oid(0)};
    const ObjectId type{catalog::kType, row.oid(1)};
    if (scope.excluded.contains(transform) || scope.excluded.contains(type)) continue;
    Step step;
    step.label = row.text(2);
    step.group = "transform " + step.label + " of schema " + sql::identifier(scope.target_schema);
    step.key = step.group;
    step.kind = "transform";
    step.statements.push_back("CREATE TRANSFORM " + step.label + " (" + row.text(3) + ")");
    if (!row.is_null(4)) {
      step.statements.push_back(comment_statement("TRANSFORM " + step.label, row.text(4)));
    }
    step.provides = {transform};
    step.belongs_to = type;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

}  // namespace pgclone::schema
