#include "common/kept_texts.hpp"

#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

// Of a definition only its string constants count; the rest of it follows by what it means. Bodies
// of the SQL standard's kind are definitions in this sense, their prosrc is empty.
std::string texts_sql(int version) {
  std::string sql = R"sql(
texts (classid, objid, text) AS (
  SELECT o.classid, o.objid, CASE WHEN l.lanname IN ('c', 'internal') THEN '' ELSE p.prosrc END
    || ' ' || coalesce(pg_catalog.array_to_string(p.proconfig, ' '), '')
  FROM owned o JOIN pg_catalog.pg_proc p ON o.classid = 1255 AND p.oid = o.objid
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
), definitions (classid, objid, text) AS (
  SELECT o.classid, o.objid, pg_catalog.pg_get_expr(p.proargdefaults, 0)
  FROM owned o JOIN pg_catalog.pg_proc p ON o.classid = 1255 AND p.oid = o.objid
  UNION ALL
  SELECT o.classid, o.objid, pg_catalog.pg_get_triggerdef(o.objid)
  FROM owned o JOIN pg_catalog.pg_trigger t ON o.classid = 2620 AND t.oid = o.objid
  WHERE NOT t.tgisinternal
  UNION ALL
  SELECT o.classid, o.objid, pg_catalog.pg_get_expr(d.adbin, d.adrelid)
  FROM owned o JOIN pg_catalog.pg_attrdef d ON o.classid = 2604 AND d.oid = o.objid
  UNION ALL
  SELECT o.classid, o.objid, pg_catalog.pg_get_expr(k.conbin, k.conrelid)
  FROM owned o JOIN pg_catalog.pg_constraint k ON o.classid = 2606 AND k.oid = o.objid
  UNION ALL
  SELECT 1259, r.ev_class, pg_catalog.pg_get_viewdef(r.ev_class)
  FROM owned o JOIN pg_catalog.pg_rewrite r ON o.classid = 2618 AND r.oid = o.objid
  WHERE r.rulename = '_RETURN'
  UNION ALL
  SELECT o.classid, o.objid, pg_catalog.pg_get_ruledef(r.oid)
  FROM owned o JOIN pg_catalog.pg_rewrite r ON o.classid = 2618 AND r.oid = o.objid
  WHERE r.rulename <> '_RETURN'
  UNION ALL
  SELECT o.classid, o.objid, pg_catalog.concat_ws(' ',
    pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid))
  FROM owned o JOIN pg_catalog.pg_policy p ON o.classid = 3256 AND p.oid = o.objid
  UNION ALL
  SELECT o.classid, o.objid, pg_catalog.pg_get_expr(t.typdefaultbin, 0)
  FROM owned o JOIN pg_catalog.pg_type t ON o.classid = 1247 AND t.oid = o.objid
  UNION ALL
  SELECT o.classid, o.objid, pg_catalog.concat_ws(' ',
    pg_catalog.pg_get_expr(i.indexprs, i.indrelid), pg_catalog.pg_get_expr(i.indpred, i.indrelid))
  FROM owned o JOIN pg_catalog.pg_index i ON o.classid = 1259 AND i.indexrelid = o.objid
  UNION ALL
  SELECT o.classid, o.objid, pg_catalog.pg_get_statisticsobjdef(o.objid)
  FROM owned o WHERE o.classid = 3381)sql";
  if (version >= 140000)
    sql += R"sql(
  UNION ALL
  SELECT o.classid, o.objid, pg_catalog.pg_get_function_sqlbody(o.objid)
  FROM owned o WHERE o.classid = 1255)sql";
  // What stands between double quotes is a name: read, and passed over.
  return sql + R"sql(
), kept (classid, objid, text) AS (
  SELECT classid, objid, text FROM texts
  UNION ALL
  SELECT d.classid, d.objid, m.parts[1] FROM definitions d
  CROSS JOIN LATERAL pg_catalog.regexp_matches(d.text, '"(?:[^"]|"")*"|''((?:[^'']|'''')*)''', 'g')
    m (parts)
  WHERE d.text IS NOT NULL AND m.parts[1] IS NOT NULL
))sql";
}

// A name that needs no quotes is looked for as a whole word, in any case; another one as it is, or
// between quotes.
constexpr std::string_view kNamesSchema = R"sql(
SELECT pg_catalog.string_agg(x.label, E'\n' ORDER BY x.label)
FROM (
  SELECT DISTINCT pg_catalog.pg_describe_object(k.classid, k.objid, 0) AS label
  FROM kept k
  CROSS JOIN LATERAL (SELECT $1::pg_catalog.text AS name,
                             pg_catalog.quote_ident($1::pg_catalog.text) AS quoted) q
  WHERE CASE WHEN q.quoted = q.name
    THEN k.text ~* ('(^|[^[:alnum:]_$])' || pg_catalog.replace(q.name, '$', '\$')
                    || '($|[^[:alnum:]_$])')
    ELSE pg_catalog.strpos(k.text, q.quoted) > 0 OR pg_catalog.strpos(k.text, q.name) > 0 END) x)sql";

}  // namespace

void report_kept_texts(PlanContext& context, const std::string& owned,
                       std::string_view source_schema, std::string_view final_schema) {
  if (final_schema == source_schema) return;
  const Param params[] = {source_schema};
  const Result& row =
      context.source().query("WITH " + owned + "," + texts_sql(context.source().server_version()) +
                                 std::string(kNamesSchema),
                             params);
  if (row.rows() == 0 || row.is_null(0, 0)) return;
  const std::string list(row.text(0, 0));
  context.report(
      Severity::warning,
      "objects that name schema " + sql::identifier(source_schema) +
          " in a text are cloned as they are",
      list, "Where they mean the clone, change the name to " + sql::identifier(final_schema) + ".");
}

}  // namespace pgclone::common
