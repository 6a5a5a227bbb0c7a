#include "column_lists.hpp"

#include "common/fragment.hpp"
#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

namespace {

// oid, relation's name, number, name, type, collation, generated or not, its expression, NOT NULL.
std::string columns_sql(const Scope& scope, std::string_view relkind) {
  return "SELECT c.oid, c.relname, a.attnum, a.attname,"
         " pg_catalog.format_type(a.atttypid, a.atttypmod),"
         " CASE WHEN a.attcollation <> b.typcollation THEN " +
         scope.collation_name_sql("a.attcollation") +
         " END, a.attgenerated = 's', pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attnotnull"
         " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
         " JOIN pg_catalog.pg_type b ON b.oid = a.atttypid"
         " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum" +
         " WHERE c.relnamespace = " + scope.schema_oid + " AND c.relkind = '" +
         std::string(relkind) +
         "' AND a.attnum > 0 AND NOT a.attisdropped AND (c.relkind <> 'f' OR a.attislocal"
         " OR c.relispartition) ORDER BY c.oid, a.attnum";
}

std::string column(const Scope& scope, const Row& row, const std::string& options) {
  const std::string of = " of column " + sql::identifier(row.text(3)) + " of " +
                         sql::qualified(scope.source_schema, row.text(1));
  std::string text = sql::identifier(row.text(3)) + " " +
                     common::whole_type(row.text(4), "the type" + of) + options;
  const std::string collation = common::whole_name(row.text(5), "the collation" + of);
  if (!collation.empty()) text += " COLLATE " + collation;
  if (row.boolean(6))
    text += " GENERATED ALWAYS AS (" + common::whole_fragment(row.text(7), "the expression" + of) +
            ") STORED";
  return text + (row.boolean(8) ? " NOT NULL" : "");
}

}  // namespace

std::unordered_map<std::uint32_t, std::string> read_column_lists(const Scope& scope,
                                                                 std::string_view relkind) {
  std::unordered_map<std::uint32_t, std::string> lists;
  const std::vector<Row> rows = scope.read(columns_sql(scope, relkind));
  if (rows.empty()) return lists;
  const ForeignOptions options(scope);
  for (const Row& row : rows) {
    std::string& list = lists[row.oid(0)];
    list += (list.empty() ? "" : ", ") + column(scope, row, options.of(row.oid(0), row.integer(2)));
  }
  return lists;
}

ForeignOptions::ForeignOptions(const Scope& scope) {
  const std::string of_schema = relations_of_schema_sql(scope, "'f'");
  const std::string places = " WITH ORDINALITY o (name, value, place)";
  for (const Row& row : scope.read(
           "SELECT c.oid, 0::pg_catalog.int2, o.name, o.value, o.place FROM pg_catalog.pg_class c"
           " JOIN pg_catalog.pg_foreign_table t ON t.ftrelid = c.oid CROSS JOIN LATERAL"
           " pg_catalog.pg_options_to_table(t.ftoptions)" +
           places + of_schema +
           "UNION ALL SELECT c.oid, a.attnum, o.name, o.value, o.place FROM pg_catalog.pg_class c"
           " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid CROSS JOIN LATERAL"
           " pg_catalog.pg_options_to_table(a.attfdwoptions)" +
           places + of_schema + "ORDER BY 1, 2, 5")) {
    std::string& list = lists_[{row.oid(0), row.integer(1)}];
    list +=
        (list.empty() ? "" : ", ") + sql::identifier(row.text(2)) + " " + sql::literal(row.text(3));
  }
}

std::string ForeignOptions::of(std::uint32_t relation, std::int64_t number) const {
  const auto found = lists_.find({relation, number});
  return found == lists_.end() ? "" : " OPTIONS (" + found->second + ")";
}

}  // namespace pgclone::schema
