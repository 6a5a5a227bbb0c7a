// Enums, composites, ranges, shells; domains over all of them.
#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

void keep(Builder& b, Type type) {
  type.builtin = false;
  b.own_types.push_back(type);
  if (b.random.chance(40)) b.own_types.push_back(array_of(type));
}

void make_enum(Builder& b) {
  const Name name = b.fresh();
  std::vector<std::string> labels;
  std::vector<std::string> literals;
  for (int left = b.random.between(1, 5); left > 0; --left) {
    labels.push_back(b.names.fresh());
    literals.push_back(sql::literal(labels.back()));
  }
  b.add({"CREATE TYPE ", name.full, " AS ENUM (", joined(literals), ")"});
  if (b.random.chance(40)) {
    const std::string added = b.names.fresh();
    b.add({"ALTER TYPE ", name.full, " ADD VALUE ", sql::literal(added),
           b.random.chance(50) ? " BEFORE " : " AFTER ", b.random.pick(literals)});
    labels.push_back(added);
  }
  b.made("TYPE", name.full);
  Type type;
  type.sql = name.full;
  type.ordered = type.hashed = true;
  type.stable_hash = false;
  type.value = [labels, sql = name.full](Random& random) {
    return text({sql::literal(random.pick(labels)), "::", sql});
  };
  keep(b, type);
}

void make_composite(Builder& b) {
  const Name name = b.fresh();
  std::vector<std::string> columns;
  std::vector<Type> types;
  for (int left = b.random.between(1, 5); left > 0; --left) {
    types.push_back(b.any_type());
    const bool collated = types.back().sql == "text" && b.random.chance(50);
    columns.push_back(
        text({b.fresh_quoted(), " ", types.back().sql, collated ? " COLLATE \"C\"" : ""}));
  }
  b.add({"CREATE TYPE ", name.full, " AS (", joined(columns), ")"});
  b.made("TYPE", name.full);
  Type type;
  type.sql = name.full;
  type.ordered = type.hashed = true;
  for (const Type& member : types) {
    type.ordered = type.ordered && member.ordered;
    type.hashed = type.hashed && member.hashed;
    type.stable_hash = type.stable_hash && member.stable_hash;
  }
  type.value = [types, sql = name.full](Random& random) {
    std::vector<std::string> values;
    for (const Type& member : types) {
      values.push_back(member.nullable && random.chance(20) ? "NULL" : member.value(random));
    }
    return text({"ROW(", joined(values), ")::", sql});
  };
  keep(b, type);
}

void make_range(Builder& b) {
  const Type subtype = b.ordered_type();
  if (!subtype.nullable || subtype.sql.ends_with("[]")) return;
  const Name name = b.fresh();
  const Name multirange = b.fresh();
  const bool named = b.random.chance(70);
  b.add({"CREATE TYPE ", name.full, " AS RANGE (SUBTYPE = ", subtype.sql,
         named ? text({", MULTIRANGE_TYPE_NAME = ", multirange.full}) : "", ")"});
  b.made("TYPE", name.full);
  Type type = subtype;
  type.sql = name.full;
  type.value = [subtype, name = name.full](Random& random) {
    switch (random.below(3)) {
      case 0:
        return text({"'empty'::", name});
      case 1:
        return text({name, "(NULL, ", subtype.value(random), ")"});
      default: {
        const std::string bound = subtype.value(random);
        return text({name, "(", bound, ", ", bound, ", '[]')"});
      }
    }
  };
  keep(b, type);
  if (!named) return;
  Type many = type;
  many.sql = multirange.full;
  many.value = [type, name = multirange.full](Random& random) {
    return random.chance(20) ? text({"'{}'::", name}) : text({name, "(", type.value(random), ")"});
  };
  keep(b, many);
}

}  // namespace

void make_type(Builder& b) {
  switch (b.random.below(8)) {
    case 0: {
      const Name name = b.fresh();
      b.add({"CREATE TYPE ", name.full});  // a shell
      b.made("TYPE", name.full, true, false);
      return;
    }
    case 1:
    case 2:
    case 3:
      return make_enum(b);
    case 4:
    case 5:
      return make_range(b);
    default:
      return make_composite(b);
  }
}

void make_domain(Builder& b) {
  const Name name = b.fresh();
  Type type = b.any_type();
  std::string sql = text({"CREATE DOMAIN ", name.full, " AS ", type.sql});
  if (b.random.chance(40)) sql += text({" DEFAULT ", b.expression(type)});
  if (type.nullable && b.random.chance(15)) {
    sql += " NOT NULL";
    type.nullable = false;
  }
  for (int left = b.random.between(0, 2); left > 0; --left) {
    if (b.random.chance(60)) sql += text({" CONSTRAINT ", b.fresh_quoted()});
    sql += b.random.chance(50)
               ? text({" CHECK (", b.measured(type, "VALUE"), " >= 0)"})
               : text({" CHECK (VALUE::text <> ", sql::literal(b.names.fresh()), ")"});
  }
  b.add({sql});
  if (b.random.chance(25)) {
    const std::string constraint = b.fresh_quoted();
    b.add({"ALTER DOMAIN ", name.full, " ADD CONSTRAINT ", constraint, " CHECK (",
           b.measured(type, "VALUE"), " < 1000000)", b.random.chance(50) ? " NOT VALID" : ""});
    b.made("CONSTRAINT", text({constraint, " ON DOMAIN ", name.full}), false);
  }
  b.made("DOMAIN", name.full);
  type.value = [base = type.value, sql = name.full](Random& random) {
    return text({"(", base(random), ")::", sql});
  };
  type.sql = name.full;
  keep(b, type);
}

}  // namespace pgclone::test::random_schema
