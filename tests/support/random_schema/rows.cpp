// Rows of every type.
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

std::string row_of(Builder& b, const Relation& table, int number) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (i == 0 && table.numbered) {
      values.push_back(std::to_string(number));
    } else if (column.generated || column.identity_always) {
      values.push_back("DEFAULT");
    } else {
      values.push_back(column.not_null ? column.type.value(b.random) : b.value(column.type));
    }
  }
  return text({"(", joined(values), ")"});
}

// More than a page, of what there is: enough for a table that is copied in parts.
void multiply(Builder& b, Relation& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) {
    if (!column.generated && !column.identity_always) names.push_back(column.name);
  }
  std::vector<std::string> values = names;
  values[0] = text({"t.", names[0], " + 20 * g"});
  b.add({"INSERT INTO ", table.name, " (", joined(names), ") SELECT ", joined(values), " FROM ",
         table.name, " t, generate_series(1, 40) g"});
  table.rows *= 41;
}

}  // namespace

void fill_with_rows(Builder& b, Relation& table, int rows) {
  if (rows == 0) return;
  table.rows += static_cast<std::size_t>(rows);
  std::vector<std::string> names;
  for (const Column& column : table.columns) names.push_back(column.name);
  if (names.empty()) return b.add({"INSERT INTO ", table.name, " DEFAULT VALUES"});
  std::vector<std::string> all;
  for (int row = 1; row <= rows; ++row) all.push_back(row_of(b, table, row));
  b.add({"INSERT INTO ", table.name, " (", joined(names), ") VALUES\n  ", joined(all, ",\n  ")});
  if (table.numbered && b.random.chance(15)) multiply(b, table);
}

}  // namespace pgclone::test::random_schema
