// Foreign tables: columns, options, parents, defaults, CHECK constraints. Their servers must exist.
#include <unordered_map>

#include "column_lists.hpp"
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

namespace {

// Of foreign tables, in their order.
using Parents = std::unordered_map<std::uint32_t, std::string>;

Parents read_parents(const Scope& scope) {
  Parents parents;
  for (const Row& row :
       scope.read("SELECT c.oid, n.oid = " + scope.schema_oid +
                  ", n.nspname, p.relname"
                  " FROM pg_catalog.pg_class c"
                  " JOIN pg_catalog.pg_inherits h ON h.inhrelid = c.oid"
                  " JOIN pg_catalog.pg_class p ON p.oid = h.inhparent"
                  " JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace" +
                  relations_of_schema_sql(scope, "'f'") + "ORDER BY c.oid, h.inhseqno")) {
    std::string& list = parents[row.oid(0)];
    list +=
        (list.empty() ? "" : ", ") +
        (row.boolean(1) ? scope.qualified(row.text(3)) : sql::qualified(row.text(2), row.text(3)));
  }
  return parents;
}

std::string parents_of(const Parents& parents, std::uint32_t table) {
  const auto found = parents.find(table);
  return found == parents.end() ? std::string() : found->second;
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

void add_partitions(Scope& scope, const Parents& parents) {
  const auto rows = scope.read(
      "SELECT 0, c.oid, c.relname, c.relname,"
      " pg_catalog.pg_get_expr(c.relpartbound, c.oid) FROM pg_catalog.pg_class c" +
      relations_of_schema_sql(scope, "'f'") +
      "AND c.relispartition AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i"
      " WHERE i.inhrelid = c.oid"
      " AND pg_catalog.to_jsonb(i) ->> 'inhdetachpending' = 'true') ORDER BY c.relname");
  for (const Row& row : rows) {
    add_part(scope, row, {}, "partition",
             "ALTER TABLE ONLY " + parents_of(parents, row.oid(1)) + " ATTACH PARTITION " +
                 scope.qualified(row.text(2)) + " " + row.text(4));
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
  const auto columns = read_column_lists(scope, "f");
  const ForeignOptions options(scope);
  const Parents parents = read_parents(scope);
  // Behind the usual ones: whether it is a partition, which is attached later, and its server.
  const auto definition = [&](const Row& row) {
    const auto list = columns.find(row.oid(0));
    const std::string above = row.boolean(8) ? "" : parents_of(parents, row.oid(0));
    return " (" + (list == columns.end() ? "" : list->second) + ")" +
           (above.empty() ? "" : " INHERITS (" + above + ")") + " SERVER " +
           sql::identifier(row.text(9)) + options.of(row.oid(0), 0);
  };
  add_objects(scope, catalog::kClass,
              "SELECT c.oid, c.relname, NULL::pg_catalog.text, 'FOREIGN TABLE', 'FOREIGN TABLE',"
              " NULL::pg_catalog.text, pg_catalog.obj_description(c.oid, 'pg_class'),"
              " '1259:' || c.oid || ' 1247:' || y.oid || ' 1247:' || y.typarray, c.relispartition,"
              " s.srvname FROM pg_catalog.pg_class c"
              " JOIN pg_catalog.pg_foreign_table t ON t.ftrelid = c.oid"
              " JOIN pg_catalog.pg_foreign_server s ON s.oid = t.ftserver"
              " JOIN pg_catalog.pg_type y ON y.oid = c.reltype" +
                  relations_of_schema_sql(scope, "'f'") + "ORDER BY c.relname",
              definition);
  add_defaults(scope);
  // Who becomes a partition must have its parent's checks.
  if (scope.option("constraints")) add_checks(scope);
  add_partitions(scope, parents);
}

}  // namespace pgclone::schema
