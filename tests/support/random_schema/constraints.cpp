// Constraints of tables that stand.
#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

std::string key_columns(const Relation& table, const std::vector<std::size_t>& key) {
  std::vector<std::string> names;
  for (const std::size_t column : key) names.push_back(table.columns[column].name);
  return joined(names);
}

Relation* pick_table(Builder& b, bool with_key) {
  std::vector<Relation*> fitting;
  for (Relation& relation : b.relations) {
    const bool table = relation.form == Form::table || relation.form == Form::partitioned;
    if (table && (!with_key || !relation.keys.empty())) fitting.push_back(&relation);
  }
  return fitting.empty() ? nullptr : b.random.pick(fitting);
}

std::string deferral(Builder& b) {
  if (!b.random.chance(25)) return "";
  return b.random.chance(50) ? " DEFERRABLE" : " DEFERRABLE INITIALLY DEFERRED";
}

// A second key over the same columns as a first one; over those it holds.
std::string second_key(Builder& b, const Relation& table) {
  const std::string columns = key_columns(table, b.random.pick(table.keys));
  if (table.form == Form::table && b.random.chance(20)) {
    std::vector<std::string> parts;
    const auto& key = b.random.pick(table.keys);
    for (const std::size_t column : key) {
      if (!table.columns[column].type.operators) return text({"UNIQUE (", columns, ")"});
    }
    for (const std::size_t column : key) parts.push_back(table.columns[column].name + " WITH =");
    return text(
        {"EXCLUDE USING btree (", joined(parts), ")",
         b.random.chance(40) ? text({" WHERE (", b.condition(table, false), ")"}) : std::string()});
  }
  return text({"UNIQUE ", b.random.chance(30) ? "NULLS NOT DISTINCT " : "", "(", columns, ")",
               b.random.chance(20) ? " WITH (fillfactor = 77)" : ""});
}

std::string action(Builder& b) {
  static constexpr const char* kActions[] = {"",
                                             "",
                                             " ON DELETE CASCADE",
                                             " ON UPDATE SET NULL",
                                             " ON DELETE SET DEFAULT ON UPDATE RESTRICT",
                                             " ON UPDATE CASCADE"};
  return b.random.pick(kActions);
}

}  // namespace

void make_constraint(Builder& b) {
  Relation* const table = pick_table(b, false);
  if (table == nullptr) return;
  const std::string name = b.fresh_quoted();
  if (!table->keys.empty() && b.random.chance(40)) {
    b.add({"ALTER TABLE ", table->name, " ADD CONSTRAINT ", name, " ", second_key(b, *table),
           deferral(b)});
  } else {
    const bool valid = table->in_tree || table->has_children || table->form == Form::partitioned ||
                       b.random.chance(70);
    b.add({"ALTER TABLE ", table->name, " ADD CONSTRAINT ", name, " CHECK (",
           b.condition(*table, valid), ")", valid ? "" : " NOT VALID"});
    // Its rows may break the check, so they stay as they are.
    if (!valid) table->fixed = true;
  }
  b.made("CONSTRAINT", text({name, " ON ", table->name}), false);
}

// New columns, so that they can hold what they refer to; both ends may be the same table.
void make_foreign_key(Builder& b) {
  Relation* const from = pick_table(b, false);
  Relation* const to = pick_table(b, true);
  if (from == nullptr || to == nullptr || from->fixed) return;
  if (to->unlogged && !from->unlogged) return;
  // The columns of an inheritance tree come in another order on the target, as from pg_dump; and no
  // tree refers to its own leaves.
  if (from->in_tree || (from->form == Form::partitioned && to->in_tree)) return;
  const std::vector<std::size_t> key = b.random.pick(to->keys);
  for (const std::size_t column : key) {
    // A key over arrays is one that the server's own check of the rows fails on.
    const Type& type = to->columns[column].type;
    if (!type.nullable || !type.operators || type.sql.ends_with("[]")) return;
  }
  std::vector<std::string> names;
  std::vector<std::string> additions;
  for (const std::size_t column : key) {
    names.push_back(b.fresh_quoted());
    additions.push_back(text({"ADD ", names.back(), " ", to->columns[column].type.sql}));
  }
  b.add({"ALTER TABLE ", from->name, " ", joined(additions)});
  b.add({"UPDATE ", from->name, " SET (", joined(names), ") = (SELECT ", key_columns(*to, key),
         " FROM ", to->form == Form::table ? "ONLY " : "", to->name, " ORDER BY 1 LIMIT 1)"});
  const std::string name = b.fresh_quoted();
  b.add({"ALTER TABLE ", from->name, " ADD CONSTRAINT ", name, " FOREIGN KEY (", joined(names),
         ") REFERENCES ", to->name, " (", key_columns(*to, key), ")",
         b.random.chance(20) ? " MATCH FULL" : "", action(b), deferral(b),
         from->form == Form::table && b.random.chance(15) ? " NOT VALID" : ""});
  b.made("CONSTRAINT", text({name, " ON ", from->name}), false);
  for (std::size_t i = 0; i < key.size(); ++i) {
    const Type type = to->columns[key[i]].type;
    from->columns.push_back({names[i], type});
  }
}

}  // namespace pgclone::test::random_schema
