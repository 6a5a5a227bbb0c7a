// Extended statistics on what is no table of the schema; the others come with their tables.
#include "kinds.hpp"
#include "relations.hpp"

namespace pgclone::schema {

void add_statistics(Scope& scope) {
  const auto rows = scope.read(
      "SELECT s.oid, s.stxname, CASE WHEN pg_catalog.starts_with(d.def, d.head)"
      " AND pg_catalog.\"right\"(d.def, pg_catalog.length(d.tail)) = d.tail"
      " THEN pg_catalog.substr(d.def, pg_catalog.length(d.head) + 1, pg_catalog.length(d.def)"
      " - pg_catalog.length(d.head) - pg_catalog.length(d.tail)) END, " +
      scope.name_sql("cn", "c.relname") +
      ", coalesce(s.stxstattarget, -1), pg_catalog.obj_description(s.oid, 'pg_statistic_ext'),"
      " c.oid FROM pg_catalog.pg_statistic_ext s"
      " JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace"
      " JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid"
      " JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace"
      " CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_statisticsobjdef(s.oid) AS def,"
      " 'CREATE STATISTICS ' || pg_catalog.quote_ident(n.nspname) || '.'"
      " || pg_catalog.quote_ident(s.stxname) AS head,"
      " ' FROM ' || s.stxrelid::pg_catalog.regclass AS tail) d WHERE s.stxnamespace = " +
      scope.schema_oid + " AND (c.relkind NOT IN ('r', 'p') OR c.relnamespace <> s.stxnamespace)" +
      " AND" + free_standing_sql(catalog::kStatisticExt, "s.oid") + "ORDER BY s.stxname");
  for (const Row& row : rows) {
    const ObjectId self{catalog::kStatisticExt, row.oid(0)};
    const ObjectId relation{catalog::kClass, row.oid(6)};
    if (scope.excluded.contains(self) || scope.excluded.contains(relation)) continue;
    require_definition(row, 2, "statistics", row.text(1));
    Step step;
    step.label = scope.qualified(row.text(1));
    step.group = group_name(scope, "STATISTICS", row.text(1));
    step.key = step.group;
    step.kind = "statistics";
    step.phase = Phase::finish;
    step.statements.push_back("CREATE STATISTICS " + step.label + row.text(2) + " FROM " +
                              row.text(3));
    if (row.text(4) != "-1") {
      step.statements.push_back("ALTER STATISTICS " + step.label + " SET STATISTICS " +
                                row.text(4));
    }
    if (!row.is_null(5)) {
      step.statements.push_back(comment_statement("STATISTICS " + step.label, row.text(5)));
    }
    append_rights(scope, self, step.statements);
    step.provides = {self};
    step.belongs_to = relation;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

}  // namespace pgclone::schema
