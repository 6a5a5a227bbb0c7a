#include "catalog.hpp"
#include "common/definition_head.hpp"
#include "common/unexpected_form.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

// The name, the events and the columns are known, the table follows them: so the text before and
// after the table is verified and kept. $parent$ is replaced by the server's version of it.
constexpr std::string_view kTriggerQuery = R"sql(
SELECT g.tgrelid, g.oid, g.tgconstraint, g.tgname, g.tgenabled, $parent$ <> 0, d.head,
       CASE WHEN pg_catalog.starts_with(d.definition, d.head || d.relation)
            THEN pg_catalog.substr(d.definition, pg_catalog.length(d.head || d.relation) + 1) END,
       g.tgfoid::pg_catalog.regprocedure::pg_catalog.text, pn.nspname,
       EXISTS (SELECT 1 FROM pg_catalog.pg_depend e
               WHERE e.classid = 1255 AND e.objid = p.oid AND e.deptype = 'e'),
       pg_catalog.obj_description(g.oid, 'pg_trigger'),
       pg_catalog.obj_description(g.tgconstraint, 'pg_constraint'), d.definition
FROM pg_catalog.pg_trigger g
JOIN pg_catalog.pg_class t ON t.oid = g.tgrelid
JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
JOIN pg_catalog.pg_proc p ON p.oid = g.tgfoid
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
LEFT JOIN pg_catalog.pg_trigger parent ON parent.oid = $parent$
CROSS JOIN LATERAL (
  SELECT pg_catalog.pg_get_triggerdef(g.oid) AS definition,
         'CREATE ' || CASE WHEN g.tgconstraint <> 0 THEN 'CONSTRAINT ' ELSE '' END || 'TRIGGER '
         || pg_catalog.quote_ident(g.tgname) || ' '
         || CASE WHEN g.tgtype & 2 <> 0 THEN 'BEFORE ' WHEN g.tgtype & 64 <> 0 THEN 'INSTEAD OF '
                 ELSE 'AFTER ' END
         || pg_catalog.concat_ws(' OR ',
              CASE WHEN g.tgtype & 4 <> 0 THEN 'INSERT' END,
              CASE WHEN g.tgtype & 8 <> 0 THEN 'DELETE' END,
              CASE WHEN g.tgtype & 16 <> 0 THEN 'UPDATE' || coalesce(' OF ' || (
                SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY u.position)
                FROM pg_catalog.unnest(g.tgattr::pg_catalog.int2[]) WITH ORDINALITY u (number, position)
                JOIN pg_catalog.pg_attribute a ON a.attrelid = g.tgrelid AND a.attnum = u.number), '') END,
              CASE WHEN g.tgtype & 32 <> 0 THEN 'TRUNCATE' END)
         || ' ON ' AS head,
         pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(t.relname) AS relation) d
WHERE g.tgrelid = ANY($1::pg_catalog.oid[])
  AND (NOT g.tgisinternal OR $parent$ <> 0)
  AND ($parent$ = 0 OR g.tgenabled <> parent.tgenabled)
  AND ($parent$ = 0 OR NOT EXISTS (
    SELECT FROM pg_catalog.pg_inherits i
    WHERE i.inhrelid = g.tgrelid AND pg_catalog.to_jsonb(i) ->> 'inhdetachpending' = 'true'))
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint k
                  WHERE k.oid = g.tgconstraint AND k.contype <> 't')
ORDER BY g.tgrelid, g.tgname)sql";

std::string trigger_query(int server_version) {
  return filled_in(kTriggerQuery,
                   {{"$parent$", server_version >= 130000 ? "g.tgparentid" : "0::pg_catalog.oid"}});
}

}  // namespace

void read_triggers(Session& source, const std::string& oids, TableSet& set) {
  const Param params[] = {oids};
  const Result& result = source.query(trigger_query(source.server_version()), params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* table = set.find(row.oid());
    if (table == nullptr) continue;
    Trigger trigger;
    trigger.oid = row.oid();
    trigger.constraint = row.oid();
    trigger.name = row.text();
    trigger.enabled = row.character();
    trigger.from_parent = row.boolean();
    trigger.head = row.text();
    common::require_head(
        trigger.head,
        trigger.head.starts_with("CREATE CONSTRAINT ") ? "CONSTRAINT TRIGGER" : "TRIGGER",
        trigger.name);
    const std::optional<std::string> tail = row.nullable();
    trigger.function = row.text();
    trigger.function_schema = row.text();
    trigger.function_of_extension = row.boolean();
    trigger.comment = row.nullable();
    trigger.constraint_comment = row.nullable();
    if (!tail)
      common::refuse_form(
          "trigger " + sql::identifier(trigger.name) + " of table " + source_label(*table),
          row.text());
    trigger.tail = *tail;
    table->triggers.push_back(std::move(trigger));
  }
}

void read_statistics(Session& source, const std::string& oids, TableSet& set) {
  const Param params[] = {oids};
  const Result& result = source.query(R"sql(
SELECT s.stxrelid, s.oid, s.stxname, coalesce(s.stxstattarget, -1),
       CASE WHEN pg_catalog.starts_with(d.definition, d.head)
             AND pg_catalog."right"(d.definition, pg_catalog.length(d.tail)) = d.tail
            THEN pg_catalog.substr(d.definition, pg_catalog.length(d.head) + 1,
                   pg_catalog.length(d.definition) - pg_catalog.length(d.head)
                   - pg_catalog.length(d.tail)) END,
       pg_catalog.obj_description(s.oid, 'pg_statistic_ext'), d.definition
FROM pg_catalog.pg_statistic_ext s
JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
CROSS JOIN LATERAL (
  SELECT pg_catalog.pg_get_statisticsobjdef(s.oid) AS definition,
         'CREATE STATISTICS ' || pg_catalog.quote_ident(n.nspname) || '.'
         || pg_catalog.quote_ident(s.stxname) AS head,
         ' FROM ' || s.stxrelid::pg_catalog.regclass AS tail) d
WHERE s.stxrelid = ANY($1::pg_catalog.oid[])
  AND n.oid = (SELECT t.relnamespace FROM pg_catalog.pg_class t WHERE t.oid = s.stxrelid)
ORDER BY s.stxrelid, s.stxname)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* table = set.find(row.oid());
    if (table == nullptr) continue;
    Statistics statistics;
    statistics.oid = row.oid();
    statistics.name = row.text();
    statistics.target = row.integer_as<int>(-1);
    const std::optional<std::string> body = row.nullable();
    statistics.comment = row.nullable();
    if (!body)
      common::refuse_form(
          "statistics " + sql::identifier(statistics.name) + " of table " + source_label(*table),
          row.text());
    statistics.body = *body;
    table->statistics.push_back(std::move(statistics));
  }
}

}  // namespace pgclone::table
