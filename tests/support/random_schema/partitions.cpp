// Partitioned tables of several levels; inheritance.
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

struct Tree {
  Relation root;
  std::vector<std::string> names;  // of all, the root first
  bool scattered = false;
};

// How a level is cut, and the bounds of its partitions; together they take every row.
struct Cut {
  std::string by;
  std::vector<std::string> bounds;
};

Cut by_number(Builder& b, const Column& number) {
  const std::string middle = std::to_string(b.random.between(2, 8));
  Cut cut{text({"RANGE (", number.name, ")"}),
          {text({"FOR VALUES FROM (MINVALUE) TO (", middle, ")"})}};
  cut.bounds.push_back(
      b.random.chance(50) ? "DEFAULT" : text({"FOR VALUES FROM (", middle, ") TO (MAXVALUE)"}));
  return cut;
}

Cut by_hash(Builder& b, Tree& tree, const Column& column) {
  if (!column.type.stable_hash) tree.scattered = true;
  const int modulus = b.random.between(1, 3);
  Cut cut{text({"HASH (", column.name, ")"}), {}};
  for (int remainder = 0; remainder < modulus; ++remainder) {
    cut.bounds.push_back(text({"FOR VALUES WITH (MODULUS ", std::to_string(modulus), ", REMAINDER ",
                               std::to_string(remainder), ")"}));
  }
  return cut;
}

Cut by_list(Builder& b, const Column& column) {
  const std::string values = b.random.chance(30) && !column.not_null && column.type.nullable
                                 ? text({"NULL, ", column.type.value(b.random)})
                                 : column.type.value(b.random);
  return {text({"LIST (", column.name, ")"}), {text({"FOR VALUES IN (", values, ")"}), "DEFAULT"}};
}

// No key then.
Cut by_expression(Builder& b, const Column& column) {
  return {
      text({"RANGE (", b.measured(column.type, column.name), ")"}),
      {text({"FOR VALUES FROM (0) TO (", std::to_string(b.random.between(1, 9)), ")"}), "DEFAULT"}};
}

Cut make_cut(Builder& b, Tree& tree) {
  const std::vector<Column>& columns = tree.root.columns;
  const Column& second = columns[1];
  const bool keyed = !tree.root.keys.empty();
  switch (b.random.below(5)) {
    case 0:
    case 1:
      if (second.type.hashed) return by_hash(b, tree, second);
      break;
    case 2:
      if (second.type.ordered) return by_list(b, second);
      break;
    case 3:
      if (!keyed) return by_expression(b, second);
      break;
    default:
      break;
  }
  return b.random.chance(60) ? by_number(b, columns[0]) : by_hash(b, tree, columns[0]);
}

std::string plain_definition(const Column& column) {
  return text(
      {column.name, " ", column.type.sql, column.collation, column.not_null ? " NOT NULL" : ""});
}

// As a part from the beginning, or attached later, with its columns in another order.
void make_partition(Builder& b, const Relation& parent, Relation& part, const std::string& bound,
                    const std::string& cut) {
  const Name name = b.fresh();
  part.name = name.full;
  part.unlogged = cut.empty() && b.random.chance(10);
  const std::string by = cut.empty() ? std::string() : " PARTITION BY " + cut;
  const char* const unlogged = part.unlogged ? "UNLOGGED " : "";
  if (b.random.chance(60)) {
    const Column& column = b.random.pick(parent.columns);
    const bool own = cut.empty() && b.random.chance(25) && !column.generated;
    b.add({"CREATE ", unlogged, "TABLE ", name.full, " PARTITION OF ", parent.name,
           own ? text({" (", column.name, " DEFAULT ", b.expression(column.type), ", CHECK (",
                       b.condition(parent, true), "))"})
               : std::string(),
           " ", bound, by});
  } else {
    std::vector<std::string> items;
    for (const Column& column : b.random.some(parent.columns, parent.columns.size()))
      items.push_back(plain_definition(column));
    b.add({"CREATE ", unlogged, "TABLE ", name.full, " (", joined(items), ")", by});
    if (b.random.chance(30)) {
      const std::string gone = b.fresh_quoted();
      b.add({"ALTER TABLE ", name.full, " ADD ", gone, " text, ALTER ", parent.columns[1].name,
             " SET STATISTICS 12"});
      b.add({"ALTER TABLE ", name.full, " DROP ", gone});
    }
    b.add({"ALTER TABLE ", parent.name, " ATTACH PARTITION ", name.full, " ", bound});
  }
  b.made("TABLE", name.full);
}

void make_level(Builder& b, Tree& tree, const Relation& parent, const Cut& cut, int depth) {
  for (const std::string& bound : cut.bounds) {
    Relation part = parent;
    part.fixed = part.in_tree = true;
    part.has_children = false;
    part.partition_of = parent.name;
    const bool deeper = depth > 1 && b.random.chance(25);
    const Cut next = deeper ? make_cut(b, tree) : Cut{};
    make_partition(b, parent, part, bound, next.by);
    part.form = deeper ? Form::partitioned : Form::table;
    tree.names.push_back(part.name);
    b.relations.push_back(part);
    if (deeper) make_level(b, tree, part, next, depth - 1);
  }
}

Relation* pick_parent(Builder& b) {
  std::vector<Relation*> fitting;
  for (Relation& relation : b.relations) {
    if (relation.form == Form::table && !relation.fixed && !relation.unlogged)
      fitting.push_back(&relation);
  }
  return fitting.empty() ? nullptr : b.random.pick(fitting);
}

// What a child has of its parent.
void inherit(Relation& child, const Relation& parent) {
  for (Column column : parent.columns) {
    column.identity_always = false;
    child.columns.push_back(column);
  }
}

}  // namespace

void make_partitioned_table(Builder& b) {
  const Name name = b.fresh();
  Tree tree;
  Relation& root = tree.root;
  root.name = name.full;
  root.form = Form::partitioned;
  root.numbered = true;
  const bool keyed = b.random.chance(60);
  root.columns.push_back({b.fresh_quoted(), b.type_named("integer")});
  root.columns.push_back({b.fresh_quoted(), keyed ? b.ordered_type() : b.any_type()});
  root.columns[0].not_null = true;
  root.columns[1].not_null = keyed || b.random.chance(30);
  std::vector<std::string> items = {plain_definition(root.columns[0]),
                                    plain_definition(root.columns[1])};
  for (int left = b.random.between(0, 3); left > 0; --left) {
    Column column{b.fresh_quoted(), b.any_type()};
    column.collation = b.collation(column.type);
    items.push_back(plain_definition(column) + (b.random.chance(40)
                                                    ? text({" DEFAULT ", b.expression(column.type)})
                                                    : std::string()));
    root.columns.push_back(column);
  }
  if (keyed) {
    root.keys.push_back(b.random.chance(50) ? std::vector<std::size_t>{0, 1}
                                            : std::vector<std::size_t>{1, 0});
    const auto& key = root.keys[0];
    items.push_back(
        text({"PRIMARY KEY (", root.columns[key[0]].name, ", ", root.columns[key[1]].name, ")"}));
  }
  const Cut cut = make_cut(b, tree);
  b.add({"CREATE TABLE ", name.full, " (", joined(items), ") PARTITION BY ", cut.by});
  b.made("TABLE", name.full);
  tree.names.push_back(name.full);
  b.relations.push_back(root);
  const std::size_t at = b.relations.size() - 1;
  make_level(b, tree, root, cut, 2);
  fill_with_rows(b, root, b.random.between(0, 12));
  for (std::size_t i = at; i < b.relations.size(); ++i) b.relations[i].rows = root.rows;
  if (!tree.scattered) return;
  // Nothing may build on which rows lie in which leaf.
  b.scattered.push_back(tree.names);
  b.relations.resize(at + 1);
}

void make_child(Builder& b) {
  Relation* const first = pick_parent(b);
  Relation* const second = pick_parent(b);
  if (first == nullptr) return;
  const bool two = second != first && !first->in_tree && !second->in_tree && !first->has_children &&
                   !second->has_children && b.random.chance(40);
  const Name name = b.fresh();
  Relation child;
  child.name = name.full;
  child.in_tree = first->in_tree = first->has_children = true;
  inherit(child, *first);
  std::vector<std::string> items;
  for (const Column& column : child.columns) {
    // The same column once more, merged with the parent's.
    if (!column.generated && b.random.chance(25)) items.push_back(plain_definition(column));
  }
  if (two) {
    second->in_tree = second->has_children = true;
    inherit(child, *second);
  }
  const Column own{b.fresh_quoted(), b.any_type()};
  if (b.random.chance(60)) {
    items.push_back(plain_definition(own));
    child.columns.push_back(own);
  }
  if (b.random.chance(30)) items.push_back(text({"CHECK (", b.condition(child, true), ")"}));
  b.add({"CREATE TABLE ", name.full, " (", joined(items), ") INHERITS (", first->name,
         two ? text({", ", second->name}) : std::string(), ")"});
  b.made("TABLE", name.full);
  fill_with_rows(b, child, b.random.between(0, 4));
  b.relations.push_back(child);
}

}  // namespace pgclone::test::random_schema
