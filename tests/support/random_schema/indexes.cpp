// Indexes of every method, and extended statistics.
#include <algorithm>

#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

Relation* pick_stored(Builder& b) {
  std::vector<Relation*> fitting;
  for (Relation& relation : b.relations) {
    const bool stored = relation.form != Form::view && relation.form != Form::foreign;
    if (stored && !relation.columns.empty()) fitting.push_back(&relation);
  }
  return fitting.empty() ? nullptr : b.random.pick(fitting);
}

std::string btree_part(Builder& b, const Column& column) {
  std::string out;
  const auto own =
      std::find_if(b.btree_classes.begin(), b.btree_classes.end(),
                   [&](const TypeAbility& ability) { return ability.type == column.type.sql; });
  if (own != b.btree_classes.end()) {
    out = text({column.name, " ", own->name});
  } else if (column.type.ordered && b.random.chance(75)) {
    out = column.name + b.collation(column.type);
    if (column.type.sql == "text" && b.random.chance(30)) out += " text_pattern_ops";
  } else {
    out = text({b.random.chance(30) ? text({"(", b.measured(column.type, column.name), " + 1)"})
                                    : b.measured(column.type, column.name)});
  }
  static constexpr const char* kOrders[] = {
      "", "", "", " DESC", " NULLS FIRST", " DESC NULLS LAST"};
  return out + b.random.pick(kOrders);
}

std::string btree(Builder& b, const Relation& relation) {
  std::vector<std::string> parts;
  for (const Column& column : b.random.some(relation.columns, 1 + b.random.below(3)))
    parts.push_back(btree_part(b, column));
  const Column& included = b.random.pick(relation.columns);
  return text({" USING btree (", joined(parts), ")",
               b.random.chance(20) ? text({" INCLUDE (", included.name, ")"}) : std::string(),
               b.random.chance(15) ? " WITH (fillfactor = 60, deduplicate_items = off)" : ""});
}

// One column with another method, where its type has one.
std::string other_method(Builder& b, const Column& column) {
  const std::string& type = column.type.sql;
  if (type == "jsonb") return text({" USING gin (", column.name, " jsonb_path_ops)"});
  if (type == "tsvector" || (type.ends_with("[]") && column.type.ordered))
    return text({" USING gin (", column.name, ") WITH (fastupdate = off)"});
  if (type == "box" || type == "circle" || type == "polygon" || type == "tsquery" ||
      type == "int4range" || type == "numrange" || type == "int8multirange")
    return text({" USING gist (", column.name, ") WITH (buffering = off)"});
  if (type == "inet" || type == "tstzrange") return text({" USING spgist (", column.name, ")"});
  if (type == "integer" && b.random.chance(50)) {
    return text({" USING brin (", column.name,
                 " int4_minmax_multi_ops (values_per_range = 16)) WITH (pages_per_range = 4)"});
  }
  if (column.type.hashed && b.random.chance(60)) return text({" USING hash (", column.name, ")"});
  if (type == "text") {
    const std::string configuration = b.text_search_configurations.empty()
                                          ? "simple"
                                          : b.random.pick(b.text_search_configurations);
    return text({" USING gin (to_tsvector(", sql::literal(configuration), "::regconfig, ",
                 column.name, "))"});
  }
  return "";
}

// Of the partitioned table alone, with a part in some of its partitions, or in all.
void make_incomplete_index(Builder& b, const Relation& relation, const std::string& rest) {
  const Name name = b.fresh();
  b.add({"CREATE INDEX ", name.quoted, " ON ONLY ", relation.name, rest});
  b.made("INDEX", name.full, false);
  for (const Relation& part : b.relations) {
    if (part.partition_of != relation.name || b.random.chance(50)) continue;
    const Name of_part = b.fresh();
    b.add({"CREATE INDEX ", of_part.quoted, " ON ", part.name, rest});
    b.add({"ALTER INDEX ", name.full, " ATTACH PARTITION ", of_part.full});
  }
}

}  // namespace

void make_index(Builder& b) {
  const Relation* const relation = pick_stored(b);
  if (relation == nullptr) return;
  std::string rest = b.random.chance(35) ? other_method(b, b.random.pick(relation->columns)) : "";
  if (rest.empty()) rest = btree(b, *relation);
  if (b.random.chance(25)) rest += text({" WHERE ", b.condition(*relation, false)});
  if (relation->form == Form::partitioned && b.random.chance(30)) {
    return make_incomplete_index(b, *relation, rest);
  }
  if (b.random.chance(25)) return b.add({"CREATE INDEX ON ", relation->name, rest});
  const Name name = b.fresh();
  b.add({"CREATE INDEX ", name.quoted, " ON ", relation->name, rest});
  b.made("INDEX", name.full, false);
}

// What CLUSTER and logical replication go by.
void make_mark(Builder& b) {
  std::vector<const Relation*> fitting;
  for (const Relation& relation : b.relations) {
    if (relation.form == Form::table && !relation.keys.empty()) fitting.push_back(&relation);
  }
  if (fitting.empty()) return;
  const Relation& table = *b.random.pick(fitting);
  std::vector<std::string> names;
  for (const std::size_t column : table.keys.front()) names.push_back(table.columns[column].name);
  const Name name = b.fresh();
  b.add({"CREATE UNIQUE INDEX ", name.quoted, " ON ", table.name, " (", joined(names), ")"});
  b.made("INDEX", name.full, false);
  if (b.random.chance(60)) b.add({"ALTER TABLE ", table.name, " CLUSTER ON ", name.quoted});
  if (b.random.chance(60)) {
    b.add({"ALTER TABLE ", table.name, " REPLICA IDENTITY USING INDEX ", name.quoted});
  }
}

void make_statistics(Builder& b) {
  const Relation* const relation = pick_stored(b);
  if (relation == nullptr) return;
  std::vector<std::string> parts;
  for (const Column& column : b.random.some(relation->columns, 3)) {
    parts.push_back(column.type.ordered && !column.generated
                        ? column.name
                        : text({"(", b.measured(column.type, column.name), ")"}));
  }
  const Name name = b.fresh();
  const bool single = parts.size() == 1;
  if (single && !parts[0].starts_with("(")) parts[0] = text({"(", parts[0], " IS NULL)"});
  b.add({"CREATE STATISTICS ", name.full, !single && b.random.chance(50) ? " (mcv, ndistinct)" : "",
         " ON ", joined(parts), " FROM ", relation->name});
  if (b.random.chance(40)) b.add({"ALTER STATISTICS ", name.full, " SET STATISTICS 44"});
  b.made("STATISTICS", name.full);
}

}  // namespace pgclone::test::random_schema
