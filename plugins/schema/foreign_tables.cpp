// Foreign tables: columns, options, parents, defaults, CHECK constraints. Their servers must exist.
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

namespace {

std::string options_sql(const std::string& options) {
  return "coalesce(' OPTIONS (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident("
         "o.option_name) || ' ' || pg_catalog.quote_literal(o.option_value), ', ')"
         " FROM pg_catalog.pg_options_to_table(" +
         options + ") o) || ')', '')";
}

std::string columns_sql(const Scope& scope) {
  return "coalesce((SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname) || ' '"
         " || pg_catalog.format_type(a.atttypid, a.atttypmod) || " +
         options_sql("a.attfdwoptions") +
         " || CASE WHEN a.attcollation <> b.typcollation THEN ' COLLATE ' || " +
         scope.collation_name_sql("a.attcollation") +
         " ELSE '' END || CASE WHEN a.attgenerated = 's' THEN ' GENERATED ALWAYS AS ('"
         " || pg_catalog.pg_get_expr(d.adbin, d.adrelid) || ') STORED' ELSE '' END"
         " || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, ', ' ORDER BY a.attnum)"
         " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type b ON b.oid = a.atttypid"
         " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
         " WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
         " AND (a.attislocal OR c.relispartition)), '')";
}

std::string parents_sql(const Scope& scope) {
  return "(SELECT pg_catalog.string_agg(" + scope.name_sql("n", "p.relname") +
         ", ', ' ORDER BY h.inhseqno) FROM pg_catalog.pg_inherits h"
         " JOIN pg_catalog.pg_class p ON p.oid = h.inhparent"
         " JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace WHERE h.inhrelid = c.oid)";
}

// A later step of a foreign table. Rows begin with: oid, table's oid, table's name, part's name.
void add_part(Scope& scope, const Row& row, ObjectId self, std::string_view kind,
              const std::string& statement) {
  const ObjectId table{catalog::kClass, row.oid(1)};
  if (scope.excluded.contains(table)) return;
  Step step;
  step.group = group_name(scope, "FOREIGN TABLE", row.text(2));
  step.key = step.group + " " + std::string(kind) + " " + sql::identifier(row.text(3));
  step.kind = kind;
  step.label = scope.qualified(row.text(2));
  step.phase = Phase::finish;
  step.statements.push_back(statement);
  if (kind == "constraint" && !row.is_null(5)) {
    step.statements.push_back(comment_statement(
        "CONSTRAINT " + sql::identifier(row.text(3)) + " ON " + step.label, row.text(5)));
  }
  if (self.objid != 0) step.provides = {self};
  step.belongs_to = table;
  add_step(scope.context.plan(), scope.target_schema, step);
}

void add_partitions(Scope& scope) {
  const auto rows =
      scope.read("SELECT 0, c.oid, c.relname, c.relname, " + parents_sql(scope) +
                 ", pg_catalog.pg_get_expr(c.relpartbound, c.oid) FROM pg_catalog.pg_class c" +
                 relations_of_schema_sql(scope, "'f'") +
                 "AND c.relispartition AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i"
                 " WHERE i.inhrelid = c.oid"
                 " AND pg_catalog.to_jsonb(i) ->> 'inhdetachpending' = 'true') ORDER BY c.relname");
  for (const Row& row : rows) {
    add_part(scope, row, {}, "partition",
             "ALTER TABLE ONLY " + row.text(4) + " ATTACH PARTITION " +
                 scope.qualified(row.text(2)) + " " + row.text(5));
  }
}

void add_defaults(Scope& scope) {
  const auto rows = scope.read(
      "SELECT d.oid, c.oid, c.relname, a.attname, pg_catalog.pg_get_expr(d.adbin, d.adrelid)"
      " FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_class c ON c.oid = d.adrelid"
      " JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum" +
      relations_of_schema_sql(scope, "'f'") +
      "AND a.attgenerated = '' ORDER BY c.relname, a.attnum");
  for (const Row& row : rows) {
    add_part(scope, row, {catalog::kAttrdef, row.oid(0)}, "default",
             "ALTER FOREIGN TABLE " + scope.qualified(row.text(2)) + " ALTER COLUMN " +
                 sql::identifier(row.text(3)) + " SET DEFAULT " + row.text(4));
  }
}

void add_checks(Scope& scope) {
  const auto rows = scope.read(
      "SELECT k.oid, c.oid, c.relname, k.conname, pg_catalog.pg_get_constraintdef(k.oid),"
      " pg_catalog.obj_description(k.oid, 'pg_constraint') FROM pg_catalog.pg_constraint k"
      " JOIN pg_catalog.pg_class c ON c.oid = k.conrelid" +
      relations_of_schema_sql(scope, "'f'") +
      "AND k.contype = 'c' AND (k.conislocal OR c.relispartition) ORDER BY c.relname, k.conname");
  for (const Row& row : rows) {
    add_part(scope, row, {catalog::kConstraint, row.oid(0)}, "constraint",
             "ALTER FOREIGN TABLE " + scope.qualified(row.text(2)) + " ADD CONSTRAINT " +
                 sql::identifier(row.text(3)) + " " + row.text(4));
  }
}

}  // namespace

void add_foreign_tables(Scope& scope) {
  add_objects(
      scope, catalog::kClass,
      "SELECT c.oid, c.relname, NULL::pg_catalog.text, 'FOREIGN TABLE', 'FOREIGN TABLE', ' (' || " +
          columns_sql(scope) +
          " || ')' || CASE WHEN c.relispartition THEN '' ELSE coalesce("
          "' INHERITS (' || " +
          parents_sql(scope) +
          " || ')', '') END || ' SERVER ' || pg_catalog.quote_ident(s.srvname) || " +
          options_sql("t.ftoptions") +
          ", pg_catalog.obj_description(c.oid, 'pg_class'),"
          " '1259:' || c.oid || ' 1247:' || y.oid || ' 1247:' || y.typarray"
          " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_foreign_table t ON t.ftrelid = c.oid"
          " JOIN pg_catalog.pg_foreign_server s ON s.oid = t.ftserver"
          " JOIN pg_catalog.pg_type y ON y.oid = c.reltype" +
          relations_of_schema_sql(scope, "'f'") + "ORDER BY c.relname");
  add_defaults(scope);
  // Who becomes a partition must have its parent's checks.
  if (scope.option("constraints")) add_checks(scope);
  add_partitions(scope);
}

}  // namespace pgclone::schema
