#include "support/random_schema/builder.hpp"

#include <stdexcept>

#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

std::string text(std::initializer_list<std::string_view> pieces) {
  std::string out;
  for (const std::string_view piece : pieces) out += piece;
  return out;
}

std::string joined(const std::vector<std::string>& items, std::string_view between) {
  std::string out;
  for (const std::string& item : items) {
    if (!out.empty()) out += between;
    out += item;
  }
  return out;
}

Builder::Builder(std::uint64_t seed, bool builtin_names)
    : random(seed),
      names(random, builtin_names),
      schema("S " + names.fresh().substr(0, 20)),
      builtin_types(random_schema::builtin_types()) {
  while (!schema.empty() && (static_cast<unsigned char>(schema.back()) & 0x80) != 0)
    schema.pop_back();
  quoted_schema = sql::identifier(schema);
}

Name Builder::fresh() {
  const std::string raw = names.fresh();
  return {sql::identifier(raw), sql::qualified(schema, raw)};
}

void Builder::made(std::string_view kind, std::string_view reference, bool ownable,
                   bool grantable) {
  objects.push_back({std::string(kind), std::string(reference), ownable, grantable});
}

const Type& Builder::any_type() {
  if (!own_types.empty() && random.chance(35)) return random.pick(own_types);
  return builtin_type();
}

const Type& Builder::builtin_type() {
  return random.pick(builtin_types);
}

const Type& Builder::ordered_type() {
  for (;;) {
    const Type& type = any_type();
    if (type.ordered) return type;
  }
}

const Type& Builder::type_named(std::string_view sql) const {
  for (const Type& type : builtin_types) {
    if (type.sql == sql) return type;
  }
  throw std::logic_error("there is no built-in type " + std::string(sql));
}

void Builder::keep_type(Type type) {
  type.builtin = false;
  own_types.push_back(type);
  if (random.chance(40)) own_types.push_back(array_of(type));
}

std::string Builder::collation(const Type& type) {
  if ((type.sql != "text" && type.sql != "text[]") || !random.chance(40)) return "";
  if (collations.empty() || random.chance(40)) return " COLLATE \"C\"";
  return " COLLATE " + random.pick(collations);
}

std::string Builder::value(const Type& type, int null_percent) {
  if (type.nullable && random.chance(null_percent)) return "NULL";
  return type.value(random);
}

std::string Builder::expression(const Type& type, bool immutable) {
  std::vector<const Routine*> fitting;
  for (const Routine& routine : routines) {
    if (routine.result.sql == type.sql && (routine.immutable || !immutable))
      fitting.push_back(&routine);
  }
  if (!fitting.empty() && random.chance(60)) {
    const Routine& routine = *random.pick(fitting);
    std::vector<std::string> arguments;
    for (const Type& argument : routine.arguments) arguments.push_back(value(argument, 5));
    return text({routine.name, "(", joined(arguments), ")"});
  }
  if (random.chance(10)) {
    return text({"CASE WHEN ", random.chance(50) ? "1 > 2" : "true", " THEN ", type.value(random),
                 " ELSE ", type.value(random), " END"});
  }
  if (random.chance(10)) {
    return text({"coalesce(", value(type, 50), ", ", type.value(random), ")"});
  }
  return type.value(random);
}

std::string Builder::measured(const Type& type, std::string_view expression) {
  std::vector<const Routine*> fitting;
  for (const Routine& routine : routines) {
    if (routine.immutable && routine.result.sql == "integer" && routine.arguments.size() == 1 &&
        routine.arguments[0].sql == type.sql)
      fitting.push_back(&routine);
  }
  const Routine& routine =
      fitting.empty() || random.chance(10) ? make_measure(*this, type) : *random.pick(fitting);
  return text({routine.name, "(", expression, ")"});
}

std::string Builder::condition(const Relation& relation, bool holds, std::string_view alias) {
  if (relation.columns.empty()) return random.chance(50) ? "true" : "1 < 2";
  const Column& column = random.pick(relation.columns);
  const std::string name = alias.empty() ? column.name : text({alias, ".", column.name});
  if (holds || random.chance(40)) {
    switch (random.below(4)) {
      case 0:
        return text({"num_nulls(", name, ") >= 0"});
      case 1:
        return text({measured(column.type, name), " >= 0"});
      case 2:
        return text({"coalesce(", measured(column.type, name), ", 1) > ",
                     std::to_string(-random.between(1, 9))});
      default:
        return text({measured(column.type, name), " IS DISTINCT FROM ",
                     std::to_string(-random.between(1, 9))});
    }
  }
  for (const TypeAbility& comparison : comparisons) {
    if (comparison.type == column.type.sql && random.chance(70)) {
      return text({name, " OPERATOR(", comparison.name, ") ", expression(column.type, true)});
    }
  }
  if (column.type.operators && random.chance(60)) {
    return text({name, random.chance(50) ? " <= " : " <> ", expression(column.type, true)});
  }
  return text({measured(column.type, name), " % 2 = ", std::to_string(random.between(0, 1))});
}

}  // namespace pgclone::test::random_schema
