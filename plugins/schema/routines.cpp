// Functions, window functions, procedures and aggregates.
#include "kinds.hpp"
#include "pgclone/plugin/routine.hpp"

namespace pgclone::schema {

namespace {

std::string of_schema(const Scope& scope) {
  return " WHERE p.pronamespace = " + scope.schema_oid + " AND" +
         free_standing_sql(catalog::kProc, "p.oid");
}

constexpr std::string_view kTail =
    ", pg_catalog.obj_description(p.oid, 'pg_proc'), '1255:' || p.oid ";

}  // namespace

void add_routines(Scope& scope) {
  // pg_get_functiondef() always names the source schema, so its head is rebuilt from the catalog
  // and cut off; a NULL definition (a head of another form) is refused by add_objects().
  add_objects(scope, catalog::kProc,
              "SELECT p.oid, p.proname, " + std::string(sql::kRoutineArguments) +
                  ", k.word, k.word, CASE WHEN pg_catalog.starts_with(f.def, k.head)"
                  " THEN pg_catalog.substr(f.def, pg_catalog.length(k.head)) END" +
                  std::string(kTail) +
                  "FROM pg_catalog.pg_proc p"
                  " JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace"
                  " CROSS JOIN LATERAL (SELECT w.word, 'CREATE OR REPLACE ' || w.word || ' '"
                  " || pg_catalog.quote_ident(n.nspname) || '.'"
                  " || pg_catalog.quote_ident(p.proname) || '(' AS head"
                  " FROM (SELECT CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END"
                  " AS word) w) k"
                  " CROSS JOIN LATERAL (SELECT pg_catalog.pg_get_functiondef(p.oid) AS def"
                  " WHERE p.prokind <> 'a') f" +
                  of_schema(scope) + "AND p.prokind <> 'a' ORDER BY p.proname, 3");
}

void add_aggregates(Scope& scope) {
  const auto function = [&](std::string_view option, const std::string& column) {
    return " || coalesce(', " + std::string(option) + " = ' || " +
           scope.function_name_sql("a." + column) + ", '')";
  };
  const auto modify = [](std::string_view prefix, std::string_view column) {
    const std::string c = "a.agg" + std::string(column);
    return " || CASE WHEN " + c + "finalfn = 0 THEN '' ELSE CASE WHEN " + c +
           "finalextra THEN ', " + std::string(prefix) + "FINALFUNC_EXTRA' ELSE '' END || ', " +
           std::string(prefix) + "FINALFUNC_MODIFY = ' || CASE " + c +
           "finalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END"
           " END";
  };
  const std::string definition =
      "'(' || coalesce(nullif(pg_catalog.pg_get_function_arguments(p.oid), ''), '*')"
      " || ') (SFUNC = ' || " +
      scope.function_name_sql("a.aggtransfn") +
      " || ', STYPE = ' || pg_catalog.format_type(a.aggtranstype, NULL)"
      " || CASE WHEN a.aggtransspace > 0 THEN ', SSPACE = ' || a.aggtransspace ELSE '' END" +
      function("FINALFUNC", "aggfinalfn") + modify("", "") +
      function("COMBINEFUNC", "aggcombinefn") + function("SERIALFUNC", "aggserialfn") +
      function("DESERIALFUNC", "aggdeserialfn") +
      " || coalesce(', INITCOND = ' || pg_catalog.quote_literal(a.agginitval), '')" +
      function("MSFUNC", "aggmtransfn") + function("MINVFUNC", "aggminvtransfn") +
      " || CASE WHEN a.aggmtranstype <> 0 THEN ', MSTYPE = '"
      " || pg_catalog.format_type(a.aggmtranstype, NULL) ELSE '' END"
      " || CASE WHEN a.aggmtransspace > 0 THEN ', MSSPACE = ' || a.aggmtransspace ELSE '' END" +
      function("MFINALFUNC", "aggmfinalfn") + modify("M", "m") +
      " || coalesce(', MINITCOND = ' || pg_catalog.quote_literal(a.aggminitval), '')"
      " || coalesce(', SORTOP = ' || " +
      scope.operator_name_sql("a.aggsortop") +
      ", '') || CASE a.aggkind WHEN 'h' THEN ', HYPOTHETICAL' ELSE '' END"
      " || CASE p.proparallel WHEN 's' THEN ', PARALLEL = SAFE' WHEN 'r'"
      " THEN ', PARALLEL = RESTRICTED' ELSE '' END || ')'";
  add_objects(scope, catalog::kProc,
              "SELECT p.oid, p.proname, CASE p.pronargs WHEN 0 THEN '(*)' ELSE " +
                  std::string(sql::kRoutineArguments) + " END, 'AGGREGATE', 'AGGREGATE', " +
                  definition + std::string(kTail) +
                  "FROM pg_catalog.pg_proc p"
                  " JOIN pg_catalog.pg_aggregate a ON a.aggfnoid = p.oid" +
                  of_schema(scope) + "ORDER BY p.proname, 3");
}

}  // namespace pgclone::schema
