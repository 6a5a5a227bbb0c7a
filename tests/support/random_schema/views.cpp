// Views on tables, functions and views; materialized views.
#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

constexpr std::size_t kMostRows = 300;

struct Query {
  std::string sql;
  std::vector<Column> columns;
  std::size_t rows = 1;
  bool updatable = false;
  bool plain_column = false;
};

void add_item(Builder& b, Query& query, std::string& list, std::string_view expression,
              const Type& type) {
  query.columns.push_back({b.fresh_quoted(), type});
  list += text({list.empty() ? "" : ", ", expression, " AS ", query.columns.back().name});
}

void add_columns(Builder& b, Query& query, std::string& list, const Relation& from,
                 const std::string& alias) {
  for (const Column& column : b.random.some(from.columns, 1 + b.random.below(4))) {
    const std::string name = text({alias, ".", column.name});
    if (b.random.chance(20)) {
      add_item(b, query, list, b.measured(column.type, name), b.type_named("integer"));
    } else {
      Type type = column.type;
      type.nullable = true;
      add_item(b, query, list, name, type);
      query.plain_column = true;
    }
  }
}

std::string joined_relation(Builder& b, Query& query, std::string& list, const Relation& first,
                            const std::string& alias) {
  const Relation& other = b.random.pick(b.relations);
  if (query.rows * (other.rows + 1) > kMostRows || !b.random.chance(35)) return "";
  query.updatable = false;
  query.rows *= other.rows + 1;
  const std::string second = b.fresh_quoted();
  add_columns(b, query, list, other, second);
  static constexpr const char* kJoins[] = {" JOIN ", " LEFT JOIN "};
  return text(
      {b.random.pick(kJoins), other.name, " ", second, " ON ", b.condition(first, true, alias)});
}

Query on_relation(Builder& b) {
  const Relation& from = b.random.pick(b.relations);
  Query query;
  query.rows = from.rows + 1;
  query.updatable = from.form == Form::table;
  const std::string alias = b.fresh_quoted();
  std::string list;
  add_columns(b, query, list, from, alias);
  const std::string join = joined_relation(b, query, list, from, alias);
  if (b.random.chance(30)) {
    const Type& type = b.any_type();
    add_item(b, query, list, b.expression(type), type);
  }
  query.sql = text({"SELECT ", list, " FROM ", from.name, " ", alias, join});
  if (b.random.chance(50)) query.sql += text({" WHERE ", b.condition(from, false, alias)});
  return query;
}

// The table's row as a whole, and the columns that its key determines.
Query grouped(Builder& b) {
  std::vector<const Relation*> fitting;
  for (const Relation& relation : b.relations) {
    if (relation.form == Form::table && !relation.keys.empty() && !relation.in_tree)
      fitting.push_back(&relation);
  }
  if (fitting.empty()) return on_relation(b);
  const Relation& from = *b.random.pick(fitting);
  Query query;
  query.rows = from.rows + 1;
  std::vector<std::string> key;
  for (const std::size_t column : from.keys.front()) key.push_back(from.columns[column].name);
  std::string list;
  for (const Column& column : b.random.some(from.columns, 3))
    add_item(b, query, list, column.name, column.type);
  add_item(b, query, list, "count(*)::integer", b.type_named("integer"));
  // The key is one of this table alone, not of children that it may get.
  query.sql = text({"SELECT ", list, " FROM ONLY ", from.name, " GROUP BY ", joined(key),
                    " HAVING count(*) < ", std::to_string(b.random.between(2, 99))});
  return query;
}

// Needs nothing but types and functions.
Query constants(Builder& b) {
  Query query;
  std::string list;
  for (int left = b.random.between(1, 4); left > 0; --left) {
    const Type& type = b.any_type();
    add_item(b, query, list, b.expression(type), type);
  }
  query.sql = text({"SELECT ", list});
  if (b.random.chance(40)) {
    std::vector<std::string> more;
    for (const Column& column : query.columns) more.push_back(b.expression(column.type));
    query.sql += text({" UNION ALL SELECT ", joined(more)});
    query.rows = 2;
  }
  return query;
}

Query random_query(Builder& b) {
  if (b.relations.empty() || b.random.chance(15)) return constants(b);
  return b.random.chance(20) ? grouped(b) : on_relation(b);
}

}  // namespace

void make_view(Builder& b) {
  const Query query = random_query(b);
  const Name name = b.fresh();
  static constexpr const char* kOptions[] = {"", "", " WITH (security_barrier)",
                                             " WITH (security_invoker)"};
  static constexpr const char* kChecks[] = {"", " WITH CASCADED CHECK OPTION",
                                            " WITH LOCAL CHECK OPTION"};
  b.add({"CREATE VIEW ", name.full, b.random.pick(kOptions), " AS ", query.sql,
         query.updatable && query.plain_column ? b.random.pick(kChecks) : ""});
  if (!query.columns.empty() && b.random.chance(20)) {
    const Column& column = b.random.pick(query.columns);
    b.add({"ALTER VIEW ", name.full, " ALTER ", column.name, " SET DEFAULT ",
           b.expression(column.type)});
  }
  b.made("VIEW", name.full);
  Relation view;
  view.name = name.full;
  view.form = Form::view;
  view.columns = query.columns;
  view.rows = query.rows;
  b.relations.push_back(view);
}

void make_matview(Builder& b) {
  const Query query = random_query(b);
  const Name name = b.fresh();
  // What reads an unpopulated one would fail, so nothing does.
  const bool filled = b.random.chance(85);
  b.add({"CREATE MATERIALIZED VIEW ", name.full,
         b.random.chance(20) ? " WITH (fillfactor = 50)" : "", " AS ", query.sql,
         filled ? "" : " WITH NO DATA"});
  b.made("MATERIALIZED VIEW", name.full);
  if (!filled) return;
  b.matviews.push_back(name.full);
  Relation view;
  view.name = name.full;
  view.form = Form::matview;
  view.columns = query.columns;
  view.rows = query.rows;
  b.relations.push_back(view);
}

}  // namespace pgclone::test::random_schema
