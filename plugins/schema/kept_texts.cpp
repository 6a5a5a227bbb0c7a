#include "kept_texts.hpp"

#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

// A name that needs no quotes is looked for as a whole word, in any case; another one as it is, or
// between quotes. Bodies of the SQL standard's kind are no text: their prosrc is empty.
constexpr std::string_view kNamesSchema =
    " CASE WHEN q.quoted = q.name"
    " THEN t.text ~* ('(^|[^[:alnum:]_$])' || pg_catalog.replace(q.name, '$', '\\$')"
    " || '($|[^[:alnum:]_$])')"
    " ELSE pg_catalog.strpos(t.text, q.quoted) > 0 OR pg_catalog.strpos(t.text, q.name) > 0 END";

}  // namespace

void report_kept_texts(const Scope& scope) {
  if (scope.final_schema == scope.source_schema) return;
  const Row found = scope.read_one(
      "SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object(1255, p.oid, 0), E'\\n'"
      " ORDER BY p.proname, p.oid)"
      " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l ON l.oid = p.prolang"
      " CROSS JOIN LATERAL (SELECT CASE WHEN l.lanname IN ('c', 'internal') THEN '' ELSE p.prosrc"
      " END || ' ' || coalesce(pg_catalog.array_to_string(p.proconfig, ' '), '') AS text) t"
      " CROSS JOIN LATERAL (SELECT " +
      sql::literal(scope.source_schema) + "::pg_catalog.text AS name, pg_catalog.quote_ident(" +
      sql::literal(scope.source_schema) +
      ") AS quoted) q WHERE p.pronamespace = " + scope.schema_oid + " AND" +
      free_standing_sql(catalog::kProc, "p.oid") + " AND" + std::string(kNamesSchema));
  if (found.is_null(0)) return;
  scope.context.report(
      Severity::warning,
      "routines that name schema " + sql::identifier(scope.source_schema) +
          " in their text are cloned as they are",
      found.text(0),
      "Where they mean the clone, change the name to " + sql::identifier(scope.final_schema) + ".");
}

}  // namespace pgclone::schema
