// What hangs on a relation beside its columns: rules, policies; triggers where there is no table.
#include "common/attachments.hpp"
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

namespace {

std::string oids_sql(const Scope& scope, std::string_view relkinds) {
  return "SELECT c.oid FROM pg_catalog.pg_class c" + relations_of_schema_sql(scope, relkinds);
}

void add_attachments(Scope& scope, const std::vector<common::Attachment>& attachments) {
  for (const common::Attachment& item : attachments) {
    const ObjectId relation{catalog::kClass, item.relation};
    if (scope.excluded.contains(item.id) || scope.excluded.contains(relation)) continue;
    Step step;
    step.label = scope.qualified(item.relation_name);
    step.group = common::attachment_key(item, step.label);
    step.key = step.group;
    step.kind = item.kind.name;
    step.phase = Phase::finish;
    step.statements =
        scope.operators.in_sight({item.id}, common::create_attachment(item, step.label));
    if (item.kind.classid == catalog::kTrigger) {
      for (std::string& statement : scope.marks.statements(
               item.id, "TRIGGER " + sql::identifier(item.name) + " ON " + step.label))
        step.statements.push_back(std::move(statement));
    }
    step.provides = {item.id};
    step.belongs_to = relation;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

}  // namespace

void add_rules(Scope& scope) {
  add_attachments(
      scope, common::read_rules(scope.context.source(), oids_sql(scope, "'r', 'p', 'v', 'f'")));
}

void add_policies(Scope& scope) {
  add_attachments(scope,
                  common::read_policies(scope.context.source(), oids_sql(scope, "'r', 'p'")));
}

void add_triggers(Scope& scope) {
  // tgtype: 2 before, 64 instead of, 4 insert, 8 delete, 16 update, 32 truncate (pg_trigger.h), in
  // the order in which pg_get_triggerdef() prints them.
  const std::string query =
      "SELECT t.oid, c.oid, c.relname, t.tgname, k.head || k.words,"
      " CASE WHEN pg_catalog.starts_with(k.def, k.head || k.words || k.target)"
      " THEN pg_catalog.substr(k.def, pg_catalog.length(k.head || k.words || k.target) + 1) END,"
      " pg_catalog.obj_description(t.oid, 'pg_trigger'), CASE t.tgenabled WHEN 'D'"
      " THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " CROSS JOIN LATERAL (SELECT 'CREATE TRIGGER ' || pg_catalog.quote_ident(t.tgname) AS head,"
      " CASE WHEN t.tgtype & 64 <> 0 THEN ' INSTEAD OF ' WHEN t.tgtype & 2 <> 0 THEN ' BEFORE '"
      " ELSE ' AFTER ' END || pg_catalog.concat_ws(' OR ',"
      " CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE'"
      " END, CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' || coalesce((SELECT ' OF '"
      " || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY o.place)"
      " FROM pg_catalog.unnest(t.tgattr::pg_catalog.int2[]) WITH ORDINALITY o(attnum, place)"
      " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = o.attnum), '') END,"
      " CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END)"
      " || ' ON ' AS words, pg_catalog.quote_ident(n.nspname) || '.'"
      " || pg_catalog.quote_ident(c.relname) AS target, pg_catalog.pg_get_triggerdef(t.oid) AS def)"
      " k" +
      relations_of_schema_sql(scope, "'v', 'f'") +
      "AND NOT t.tgisinternal ORDER BY c.relname, t.tgname";
  add_attachments(scope, common::read_attachments(scope.context.source(), common::kTrigger, query));
}

}  // namespace pgclone::schema
