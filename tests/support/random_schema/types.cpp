// Enums, composites, ranges, shells; domains over all of them.
#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

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
  type.ordered = type.hashed = type.operators = true;
  type.stable_hash = false;
  type.value = [labels, sql = name.full](Random& random) {
    return text({sql::literal(random.pick(labels)), "::", sql});
  };
  b.keep_type(type);
}

void make_composite(Builder& b) {
  const Name name = b.fresh();
  Composite composite{name.full, {}};
  std::vector<std::string> items;
  std::vector<Type> types;
  for (int left = b.random.between(1, 5); left > 0; --left) {
    types.push_back(b.any_type());
    composite.columns.push_back({b.fresh_quoted(), types.back()});
    items.push_back(
        text({composite.columns.back().name, " ", types.back().sql, b.collation(types.back())}));
  }
  b.add({"CREATE TYPE ", name.full, " AS (", joined(items), ")"});
  b.made("TYPE", name.full);
  if (b.random.chance(20)) {
    b.add({"COMMENT ON COLUMN ", name.full, ".", b.random.pick(composite.columns).name, " IS ",
           sql::literal(b.names.fresh())});
  }
  b.keep_type(composite_of(name.full, types));
  b.composites.push_back(composite);
}

void make_range(Builder& b) {
  const Type subtype = b.ordered_type();
  if (!subtype.operators || !subtype.nullable || subtype.sql.ends_with("[]")) return;
  const Name name = b.fresh();
  const Name multirange = b.fresh();
  // The server cuts the name that it makes up itself, within a character if it comes so: no text
  // then, which no clone takes.
  constexpr std::size_t kShort = 48;
  const bool named = b.random.chance(70) || name.full.size() > kShort;
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
  b.keep_type(type);
  if (!named) return;
  Type many = type;
  many.sql = multirange.full;
  many.value = [type, name = multirange.full](Random& random) {
    return random.chance(20) ? text({"'{}'::", name}) : text({name, "(", type.value(random), ")"});
  };
  b.keep_type(many);
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
  // Operators on arrays, ranges and enums take no domains over them.
  type.operators = type.operators && type.builtin && !type.sql.ends_with("[]") &&
                   type.sql.find("range") == std::string::npos;
  type.value = [base = type.value, sql = name.full](Random& random) {
    return text({"(", base(random), ")::", sql});
  };
  type.sql = name.full;
  b.keep_type(type);
}

}  // namespace pgclone::test::random_schema
