// What hangs on a relation beside its columns: rules, policies; triggers where there is no table.
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

namespace {

// Every query here begins with: oid, relation's oid, relation's name, name, definition, comment.
struct Part {
  std::string_view kind;  // word of COMMENT ON
  std::uint32_t classid;
};

// The step without its statements; nothing when it or its relation is left out.
std::optional<Step> begin_part(const Scope& scope, const Row& row, const Part& part) {
  const ObjectId self{part.classid, row.oid(0)};
  const ObjectId relation{catalog::kClass, row.oid(1)};
  if (scope.excluded.contains(self) || scope.excluded.contains(relation)) return std::nullopt;
  require_definition(row, 4, part.kind, row.text(3));
  Step step;
  step.label = scope.qualified(row.text(2));
  step.group = std::string(part.kind) + " " + sql::identifier(row.text(3)) + " on " + step.label;
  step.key = step.group;
  step.kind = part.kind;
  step.phase = Phase::finish;
  step.provides = {self};
  step.belongs_to = relation;
  return step;
}

void add_comment(Step& step, const Row& row, std::string_view kind) {
  if (row.is_null(5)) return;
  step.statements.push_back(comment_statement(
      std::string(kind) + " " + sql::identifier(row.text(3)) + " ON " + step.label, row.text(5)));
}

}  // namespace

void add_rules(Scope& scope) {
  const auto rows = scope.read(
      "SELECT r.oid, c.oid, c.relname, r.rulename, CASE WHEN pg_catalog.starts_with(k.def, k.head "
      "||"
      " k.target) THEN pg_catalog.rtrim(pg_catalog.substr(k.def,"
      " pg_catalog.length(k.head || k.target) + 1), ';') END,"
      " pg_catalog.obj_description(r.oid, 'pg_rewrite'), k.event, CASE r.ev_enabled"
      " WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " CROSS JOIN LATERAL (SELECT e.event, 'CREATE RULE ' || pg_catalog.quote_ident(r.rulename)"
      " || E' AS\\n    ON ' || e.event || ' TO ' AS head, pg_catalog.quote_ident(n.nspname) || '.'"
      " || pg_catalog.quote_ident(c.relname) AS target, pg_catalog.pg_get_ruledef(r.oid) AS def"
      " FROM (SELECT CASE r.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT'"
      " ELSE 'DELETE' END AS event) e) k" +
      relations_of_schema_sql(scope, "'r', 'p', 'v', 'f'") +
      "AND r.rulename <> '_RETURN' ORDER BY c.relname, r.rulename");
  for (const Row& row : rows) {
    auto step = begin_part(scope, row, {"rule", catalog::kRewrite});
    if (!step) continue;
    const std::string name = sql::identifier(row.text(3));
    step->statements.push_back("CREATE RULE " + name + " AS ON " + row.text(6) + " TO " +
                               step->label + row.text(4));
    add_comment(*step, row, "RULE");
    if (!row.is_null(7)) {
      step->statements.push_back("ALTER TABLE " + step->label + " " + row.text(7) + " RULE " +
                                 name);
    }
    add_step(scope.context.plan(), scope.target_schema, *step);
  }
}

void add_policies(Scope& scope) {
  const auto rows = scope.read(
      "SELECT p.oid, c.oid, c.relname, p.polname,"
      " CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END || ' FOR '"
      " || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'"
      " WHEN 'd' THEN 'DELETE' ELSE 'ALL' END || ' TO ' || (SELECT pg_catalog.string_agg("
      "CASE o.role WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident("
      "pg_catalog.pg_get_userbyid(o.role)) END, ', ') FROM pg_catalog.unnest(p.polroles) o(role))"
      " || coalesce(' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')"
      " || coalesce(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')',"
      " ''), pg_catalog.obj_description(p.oid, 'pg_policy')"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid" +
      relations_of_schema_sql(scope, "'r', 'p'") + "ORDER BY c.relname, p.polname");
  for (const Row& row : rows) {
    auto step = begin_part(scope, row, {"policy", catalog::kPolicy});
    if (!step) continue;
    step->statements.push_back("CREATE POLICY " + sql::identifier(row.text(3)) + " ON " +
                               step->label + row.text(4));
    add_comment(*step, row, "POLICY");
    add_step(scope.context.plan(), scope.target_schema, *step);
  }
}

void add_triggers(Scope& scope) {
  // tgtype: 2 before, 64 instead of, 4 insert, 8 delete, 16 update, 32 truncate (pg_trigger.h), in
  // the order in which pg_get_triggerdef() prints them.
  const auto rows = scope.read(
      "SELECT t.oid, c.oid, c.relname, t.tgname, CASE WHEN pg_catalog.starts_with(k.def,"
      " k.head || k.words || k.target) THEN pg_catalog.substr(k.def,"
      " pg_catalog.length(k.head || k.words || k.target) + 1) END,"
      " pg_catalog.obj_description(t.oid, 'pg_trigger'), k.words, CASE t.tgenabled WHEN 'D'"
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
      "AND NOT t.tgisinternal ORDER BY c.relname, t.tgname");
  for (const Row& row : rows) {
    auto step = begin_part(scope, row, {"trigger", catalog::kTrigger});
    if (!step) continue;
    step->statements.push_back("CREATE TRIGGER " + sql::identifier(row.text(3)) + row.text(6) +
                               step->label + row.text(4));
    add_comment(*step, row, "TRIGGER");
    if (!row.is_null(7)) {
      step->statements.push_back("ALTER TABLE " + step->label + " " + row.text(7) + " TRIGGER " +
                                 sql::identifier(row.text(3)));
    }
    add_step(scope.context.plan(), scope.target_schema, *step);
  }
}

}  // namespace pgclone::schema
