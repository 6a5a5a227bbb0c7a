// Enum, composite and domain types.
#include "column_lists.hpp"
#include "common/fragment.hpp"
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

// Column list of add_objects() up to the definition, for a type with alias t.
constexpr std::string_view kTypeHead =
    "SELECT t.oid, t.typname, NULL::pg_catalog.text, 'TYPE', 'TYPE', ";

constexpr std::string_view kTypeTail =
    ", pg_catalog.obj_description(t.oid, 'pg_type'),"
    " '1247:' || t.oid || ' 1247:' || t.typarray ";

std::string of_schema(const Scope& scope) {
  return " WHERE t.typnamespace = " + scope.schema_oid + " AND" +
         free_standing_sql(catalog::kType, "t.oid");
}

void add_domain_constraints(Scope& scope) {
  const auto rows = scope.read(
      "SELECT c.oid, t.oid, t.typname, c.conname, pg_catalog.pg_get_constraintdef(c.oid),"
      " pg_catalog.obj_description(c.oid, 'pg_constraint'), c.convalidated"
      " FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_type t ON t.oid = c.contypid" +
      of_schema(scope) + "ORDER BY t.typname, c.conname");
  for (const Row& row : rows) {
    const ObjectId domain{catalog::kType, row.oid(1)};
    const ObjectId constraint{catalog::kConstraint, row.oid(0)};
    if (scope.excluded.contains(domain) || scope.excluded.contains(constraint)) continue;
    const std::string name = scope.qualified(row.text(2));
    const std::string constraint_name = sql::identifier(row.text(3));
    Step step;
    step.group = group_name(scope, "DOMAIN", row.text(2));
    step.key = step.group + " constraint " + constraint_name;
    step.kind = "constraint";
    // Values that were there before it may break it.
    if (!row.boolean(6)) {
      step.group = step.key;
      step.phase = Phase::finish;
      step.after = Milestone::linked;
    }
    step.label = name;
    step.statements.push_back("ALTER DOMAIN " + name + " ADD CONSTRAINT " + constraint_name + " " +
                              row.text(4));
    if (!row.is_null(5)) {
      step.statements.push_back(
          comment_statement("CONSTRAINT " + constraint_name + " ON DOMAIN " + name, row.text(5)));
    }
    step.provides = {constraint};
    step.belongs_to = domain;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

}  // namespace

void add_enums(Scope& scope) {
  add_objects(scope, catalog::kType,
              std::string(kTypeHead) +
                  "' AS ENUM (' || coalesce((SELECT pg_catalog.string_agg("
                  "pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)"
                  " FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid), '') || ')'" +
                  std::string(kTypeTail) + "FROM pg_catalog.pg_type t" + of_schema(scope) +
                  "AND t.typtype = 'e' ORDER BY t.typname");
}

void add_composites(Scope& scope) {
  const auto columns = read_column_lists(scope, "c");
  const auto definition = [&](const Row& row) {
    const auto list = columns.find(row.oid(8));
    return " AS (" + (list == columns.end() ? "" : list->second) + ")";
  };
  add_objects(scope, catalog::kType,
              std::string(kTypeHead) +
                  "NULL::pg_catalog.text, pg_catalog.obj_description(t.oid, 'pg_type'),"
                  " '1247:' || t.oid || ' 1247:' || t.typarray || ' 1259:' || c.oid, c.oid"
                  " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_class c ON c.oid = t.typrelid" +
                  of_schema(scope) + "AND c.relkind = 'c' ORDER BY t.typname",
              definition);
}

namespace {

// Behind the usual columns: base type, collation, default, whether it is NULL although the base
// type has one, NOT NULL. A default without an expression is the base type's, which a domain has by
// itself unless it is told to have none.
std::string domain_definition(const Row& row) {
  const std::string of = " of domain " + sql::identifier(row.text(1));
  std::string text = " AS " + common::whole_type(row.text(8), "the type" + of);
  const std::string collation = common::whole_name(row.text(9), "the collation" + of);
  if (!collation.empty()) text += " COLLATE " + collation;
  if (!row.is_null(10))
    text += " DEFAULT (" + common::whole_fragment(row.text(10), "the default" + of) + ")";
  else if (row.boolean(11))
    text += " DEFAULT NULL";
  return text + (row.boolean(12) ? " NOT NULL" : "");
}

}  // namespace

// Constraints follow as steps of their own: one may call a function that takes the domain.
void add_domains(Scope& scope) {
  add_objects(scope, catalog::kType,
              "SELECT t.oid, t.typname, NULL::pg_catalog.text, 'DOMAIN', 'DOMAIN',"
              " NULL::pg_catalog.text, pg_catalog.obj_description(t.oid, 'pg_type'),"
              " '1247:' || t.oid || ' 1247:' || t.typarray,"
              " pg_catalog.format_type(t.typbasetype, t.typtypmod),"
              " CASE WHEN t.typcollation <> b.typcollation THEN " +
                  scope.collation_name_sql("t.typcollation") +
                  " END, pg_catalog.pg_get_expr(t.typdefaultbin, 0),"
                  " t.typdefault IS NULL AND b.typdefault IS NOT NULL, t.typnotnull"
                  " FROM pg_catalog.pg_type t JOIN pg_catalog.pg_type b ON b.oid = t.typbasetype" +
                  of_schema(scope) + "AND t.typtype = 'd' ORDER BY t.typname",
              domain_definition);
  add_domain_constraints(scope);
}

}  // namespace pgclone::schema
