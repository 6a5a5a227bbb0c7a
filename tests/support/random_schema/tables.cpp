// Tables of every form, with their columns and rows.
#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

bool is_integer(const Type& type) {
  return type.sql == "integer" || type.sql == "bigint" || type.sql == "smallint";
}

const Type& integer_type(Builder& b) {
  for (;;) {
    const Type& type = b.builtin_type();
    if (is_integer(type) && type.sql != "smallint") return type;
  }
}

std::string identity(Builder& b, Column& column) {
  column.identity_always = b.random.chance(50);
  column.not_null = true;
  std::string out =
      text({" GENERATED ", column.identity_always ? "ALWAYS" : "BY DEFAULT", " AS IDENTITY"});
  if (b.random.chance(50)) {
    out += text({" (START ", std::to_string(b.random.between(1, 9)), " INCREMENT ",
                 std::to_string(b.random.between(1, 9)), " CACHE ",
                 std::to_string(b.random.between(1, 5)), b.random.chance(50) ? " CYCLE)" : ")"});
  }
  return out;
}

}  // namespace

std::string column_definition(Builder& b, const Relation& table, Column& column) {
  column.collation = b.collation(column.type);
  std::string out = text({" ", column.type.sql, column.collation});
  if (is_integer(column.type) && b.random.chance(20)) return out + identity(b, column);
  if (column.type.sql == "integer" && !table.columns.empty() && b.random.chance(40)) {
    const Column& other = b.random.pick(table.columns);
    if (!other.generated) {
      column.generated = true;
      return out + text({" GENERATED ALWAYS AS (", b.measured(other.type, other.name), ") STORED"});
    }
  }
  if (is_integer(column.type) && !b.sequences.empty() && b.random.chance(20)) {
    out += text({" DEFAULT nextval(", sql::literal(b.random.pick(b.sequences)), "::regclass)"});
  } else if (b.random.chance(45)) {
    out += text({" DEFAULT ", b.expression(column.type)});
  }
  if (b.random.chance(25)) {
    column.not_null = true;
    out += " NOT NULL";
  }
  return out;
}

namespace {

std::string storage_parameters(Builder& b) {
  if (!b.random.chance(20)) return "";
  return text({" WITH (fillfactor = ", std::to_string(b.random.between(10, 100)),
               b.random.chance(50) ? ", toast.autovacuum_enabled = false" : "",
               b.random.chance(50) ? ", autovacuum_vacuum_scale_factor = 0.25)" : ")"});
}

// Statistics targets, storage, compression and options of columns; the table's marks.
void tune(Builder& b, const Relation& table) {
  for (const Column& column : table.columns) {
    if (b.random.chance(90)) continue;
    static constexpr const char* kSettings[] = {" SET STATISTICS 77", " SET STATISTICS 0",
                                                " SET (n_distinct = -0.5)",
                                                " SET (n_distinct_inherited = 9, n_distinct = 3)"};
    b.add({"ALTER TABLE ", table.name, " ALTER ", column.name, b.random.pick(kSettings)});
    if (column.type.sql != "text" && column.type.sql != "bytea") continue;
    static constexpr const char* kStorage[] = {" SET STORAGE EXTERNAL", " SET STORAGE MAIN",
                                               " SET COMPRESSION pglz"};
    b.add({"ALTER TABLE ", table.name, " ALTER ", column.name, b.random.pick(kStorage)});
  }
  if (b.random.chance(8)) b.add({"ALTER TABLE ", table.name, " REPLICA IDENTITY FULL"});
  if (b.random.chance(5)) b.add({"ALTER TABLE ", table.name, " REPLICA IDENTITY NOTHING"});
}

// A key over the numbered column, alone or with another one.
std::string key(Builder& b, Relation& table) {
  std::vector<std::size_t> columns = {0};
  for (std::size_t i = 1; i < table.columns.size(); ++i) {
    if (table.columns[i].type.ordered && table.columns[i].not_null && b.random.chance(20))
      columns.push_back(i);
  }
  columns = b.random.some(columns, columns.size());
  std::vector<std::string> names;
  for (const std::size_t column : columns) names.push_back(table.columns[column].name);
  table.keys.push_back(columns);
  table.columns[0].not_null = true;
  return text({b.random.chance(40) ? text({"CONSTRAINT ", b.fresh_quoted(), " "}) : std::string(),
               "PRIMARY KEY (", joined(names), ")"});
}

// It may read another table.
std::string check(Builder& b, const Relation& table) {
  if (b.random.chance(15))
    return text({"coalesce(", b.expression(b.type_named("integer")), ", 0) IS NOT NULL"});
  return b.condition(table, true);
}

// A column that was there once: catalogs and rows remember it.
void drop_a_column(Builder& b, const Relation& table) {
  const std::string gone = b.fresh_quoted();
  b.add({"ALTER TABLE ", table.name, " ADD ", gone, " integer DEFAULT 4"});
  b.add({"ALTER TABLE ", table.name, " DROP ", gone});
}

}  // namespace

void make_table(Builder& b) {
  const Name name = b.fresh();
  Relation table;
  table.name = name.full;
  const bool keyed = b.random.chance(75);
  std::vector<std::string> items;
  for (int left = b.random.between(keyed ? 1 : 0, 9); left > 0; --left) {
    Column column{b.fresh_quoted(), keyed && items.empty() ? integer_type(b) : b.any_type()};
    const std::string rest =
        keyed && items.empty() ? " " + column.type.sql : column_definition(b, table, column);
    items.push_back(text({column.name, rest}));
    table.columns.push_back(column);
  }
  table.numbered = keyed;
  if (keyed) items.push_back(key(b, table));
  for (int left = b.random.between(0, 2); left > 0; --left) {
    items.push_back(
        text({b.random.chance(50) ? text({"CONSTRAINT ", b.fresh_quoted(), " "}) : std::string(),
              "CHECK (", check(b, table), ")", b.random.chance(15) ? " NO INHERIT" : ""}));
  }
  table.unlogged = b.random.chance(10);
  b.add({"CREATE ", table.unlogged ? "UNLOGGED " : "", "TABLE ", table.name, " (\n  ",
         joined(items, ",\n  "), ")", storage_parameters(b)});
  b.made("TABLE", table.name);
  if (b.random.chance(15)) drop_a_column(b, table);
  fill_with_rows(b, table, b.random.between(0, 9));
  tune(b, table);
  b.relations.push_back(table);
}

void make_typed_table(Builder& b) {
  if (b.composites.empty()) return;
  const Composite composite = b.random.pick(b.composites);
  const Name name = b.fresh();
  Relation table;
  table.name = name.full;
  table.columns = composite.columns;
  table.fixed = true;
  std::vector<std::string> options;
  for (Column& column : table.columns) {
    if (!b.random.chance(30)) continue;
    column.not_null = b.random.chance(50);
    options.push_back(text({column.name, " WITH OPTIONS", column.not_null ? " NOT NULL" : "",
                            " DEFAULT ", b.expression(column.type)}));
  }
  if (b.random.chance(40)) options.push_back(text({"CHECK (", b.condition(table, true), ")"}));
  b.add({"CREATE TABLE ", name.full, " OF ", composite.name,
         options.empty() ? std::string() : text({" (", joined(options), ")"})});
  b.made("TABLE", name.full);
  fill_with_rows(b, table, b.random.between(0, 5));
  b.relations.push_back(table);
}

void make_foreign_table(Builder& b) {
  const Name name = b.fresh();
  Relation table;
  table.name = name.full;
  table.form = Form::foreign;
  std::vector<std::string> items;
  for (int left = b.random.between(1, 4); left > 0; --left) {
    Column column{b.fresh_quoted(), b.any_type()};
    const std::string type = text({" ", column.type.sql, b.collation(column.type),
                                   b.random.chance(30) ? " OPTIONS (force_not_null 'false')" : ""});
    items.push_back(text(
        {column.name, type,
         b.random.chance(40) ? text({" DEFAULT ", b.expression(column.type)}) : std::string()}));
    table.columns.push_back(column);
  }
  if (b.random.chance(30)) items.push_back(text({"CHECK (", b.condition(table, true), ")"}));
  b.add({"CREATE FOREIGN TABLE ", name.full, " (", joined(items),
         ") SERVER \"random \"\"server\" OPTIONS (filename '/dev/null', format 'csv')"});
  b.made("FOREIGN TABLE", name.full);
  b.relations.push_back(table);
}

// A sequence that belongs to a new column, by name or by ownership.
void make_serial(Builder& b) {
  std::vector<Relation*> fitting;
  for (Relation& relation : b.relations) {
    if (relation.form == Form::table && !relation.fixed && !relation.in_tree &&
        !relation.has_children)
      fitting.push_back(&relation);
  }
  if (fitting.empty()) return;
  Relation& table = *b.random.pick(fitting);
  Column column{.name = b.fresh_quoted(), .type = b.type_named("bigint")};
  const Name sequence = b.fresh();
  const bool serial = b.random.chance(50);
  column.not_null = serial;
  table.columns.push_back(column);
  if (serial) {
    return b.add({"ALTER TABLE ", table.name, " ADD ", column.name, " bigserial"});
  }
  b.add({"CREATE SEQUENCE ", sequence.full, " START 100 INCREMENT -3 MINVALUE -9999 MAXVALUE 200"});
  b.add({"ALTER TABLE ", table.name, " ADD ", column.name, " bigint DEFAULT nextval(",
         sql::literal(sequence.full), "::regclass)"});
  b.add({"ALTER SEQUENCE ", sequence.full, " OWNED BY ", table.name, ".", column.name});
  b.made("SEQUENCE", sequence.full, false);
}

}  // namespace pgclone::test::random_schema
