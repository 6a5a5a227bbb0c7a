// Operators with their classes, casts, aggregates, and base types.
#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

// No comment begins in it, and + and - are not in it, which may not stand at the end of all.
std::string operator_symbol(Builder& b) {
  static constexpr char kSymbols[] = {'<', '>', '=', '~', '!', '@', '#', '%', '^', '&', '|', '?'};
  for (;;) {
    std::string out = b.random.chance(50) ? "#" : "~";
    for (int left = b.random.between(3, 8); left > 0; --left) out += b.random.pick(kSymbols);
    if (b.operator_symbols.insert(out).second) return out;
  }
}

std::string comparing_function(Builder& b, const Type& type, std::string_view result,
                               std::string_view expression) {
  const Name name = b.fresh();
  b.add({"CREATE FUNCTION ", name.full, "(", type.sql, ", ", type.sql, ") RETURNS ", result,
         " IMMUTABLE STRICT LANGUAGE sql AS ", sql::literal(text({"SELECT ", expression}))});
  b.made("FUNCTION", text({name.full, "(", type.sql, ", ", type.sql, ")"}));
  return name.full;
}

// With the schema. Without a commutator it is its own.
std::string comparing_operator(Builder& b, const Type& type, std::string_view expression,
                               const std::string& commutator, std::string_view more) {
  const std::string function = comparing_function(b, type, "boolean", expression);
  const std::string name = text({b.quoted_schema, ".", operator_symbol(b)});
  b.add({"CREATE OPERATOR ", name, " (FUNCTION = ", function, ", LEFTARG = ", type.sql,
         ", RIGHTARG = ", type.sql, ", COMMUTATOR = OPERATOR(",
         commutator.empty() ? name : commutator, ")", more, ")"});
  b.made("OPERATOR", text({name, " (", type.sql, ", ", type.sql, ")"}));
  return name;
}

}  // namespace

void make_operators(Builder& b) {
  const Type type = b.ordered_type();
  if (!type.operators) return;
  const std::string greater_name = text({b.quoted_schema, ".", operator_symbol(b)});
  const std::string less = comparing_operator(b, type, "$1 < $2", greater_name,
                                              ", RESTRICT = scalarltsel, JOIN = scalarltjoinsel");
  const std::string equal = comparing_operator(b, type, "$1 = $2", "", ", MERGES");
  // Until now a shell.
  const std::string function = comparing_function(b, type, "boolean", "$1 > $2");
  b.add({"CREATE OPERATOR ", greater_name, " (FUNCTION = ", function, ", LEFTARG = ", type.sql,
         ", RIGHTARG = ", type.sql, ", COMMUTATOR = OPERATOR(", less, "))"});
  b.made("OPERATOR", text({greater_name, " (", type.sql, ", ", type.sql, ")"}));
  b.comparisons.push_back({type.sql, b.random.chance(50) ? less : greater_name});
  if (!b.random.chance(60)) return;
  const std::string compare = comparing_function(
      b, type, "integer", "CASE WHEN $1 < $2 THEN -1 WHEN $1 > $2 THEN 1 ELSE 0 END");
  const Name name = b.fresh();
  const Name family = b.fresh();
  const bool own_family = b.random.chance(50);
  if (own_family) b.add({"CREATE OPERATOR FAMILY ", family.full, " USING btree"});
  b.add({"CREATE OPERATOR CLASS ", name.full, " FOR TYPE ", type.sql, " USING btree",
         own_family ? " FAMILY " + family.full : std::string(), " AS OPERATOR 1 ", less,
         ", OPERATOR 3 ", equal, ", OPERATOR 5 ", greater_name, ", FUNCTION 1 ", compare, "(",
         type.sql, ", ", type.sql, ")"});
  b.made("OPERATOR CLASS", text({name.full, " USING btree"}));
  if (own_family) b.made("OPERATOR FAMILY", text({family.full, " USING btree"}));
  b.btree_classes.push_back({type.sql, name.full});
}

// Explicit only: one that the server looks for by itself would change what other texts mean.
void make_cast(Builder& b) {
  if (b.composites.empty()) return;
  const Composite& composite = b.random.pick(b.composites);
  for (const Type& type : b.own_types) {
    if (type.sql != composite.name || !b.cast_types.insert(type.sql).second) continue;
    const Routine routine = make_measure(b, Type(type));
    b.add({"CREATE CAST (", type.sql, " AS integer) WITH FUNCTION ", routine.name, "(", type.sql,
           ")"});
    b.made("CAST", text({"(", type.sql, " AS integer)"}), false);
    const Name view = b.fresh();
    b.add({"CREATE VIEW ", view.full, " AS SELECT (", type.value(b.random), ")::integer AS ",
           b.fresh_quoted()});
    return b.made("VIEW", view.full);
  }
}

void make_aggregate(Builder& b) {
  const Type type = b.any_type();
  const Name step = b.fresh();
  b.add({"CREATE FUNCTION ", step.full, "(bigint, ", type.sql,
         ") RETURNS bigint IMMUTABLE LANGUAGE sql RETURN $1 + 1"});
  b.made("FUNCTION", text({step.full, "(bigint, ", type.sql, ")"}));
  const Name name = b.fresh();
  b.add({"CREATE AGGREGATE ", name.full, "(", type.sql, ") (SFUNC = ", step.full,
         ", STYPE = bigint, INITCOND = '", std::to_string(b.random.between(-3, 3)), "'",
         b.random.chance(50) ? ", COMBINEFUNC = int8pl, PARALLEL = SAFE" : "", ")"});
  b.made("AGGREGATE", text({name.full, "(", type.sql, ")"}));
  const Name view = b.fresh();
  b.add({"CREATE MATERIALIZED VIEW ", view.full, " AS SELECT ", name.full, "(x) AS ",
         b.fresh_quoted(), " FROM (VALUES (", type.value(b.random), "), (", b.value(type),
         ")) v(x)"});
  b.made("MATERIALIZED VIEW", view.full);
  b.matviews.push_back(view.full);
}

// No language that is always there makes use of it, but some let it be.
void make_transform(Builder& b, const std::string& type, std::string_view receive) {
  const Name from = b.fresh();
  const Name to = b.fresh();
  const char* const language = b.random.chance(50) ? "sql" : "plpgsql";
  b.add({"CREATE FUNCTION ", from.full,
         "(internal) RETURNS internal IMMUTABLE LANGUAGE internal AS 'prsd_lextype'"});
  b.add({"CREATE FUNCTION ", to.full, "(internal) RETURNS ", type,
         " IMMUTABLE LANGUAGE internal AS '", receive, "'"});
  b.add({"CREATE TRANSFORM FOR ", type, " LANGUAGE ", language, " (FROM SQL WITH FUNCTION ",
         from.full, "(internal), TO SQL WITH FUNCTION ", to.full, "(internal))"});
  b.made("TRANSFORM", text({"FOR ", type, " LANGUAGE ", language}), false, false);
  const Name user = b.fresh();
  b.add({"CREATE FUNCTION ", user.full, "(", b.random.chance(50) ? type : std::string(),
         ") RETURNS integer LANGUAGE ", language, " TRANSFORM FOR TYPE ", type, " AS ",
         language[0] == 's' ? "'SELECT 1'" : "'BEGIN RETURN 1; END'"});
}

void make_base_type(Builder& b) {
  const Name name = b.fresh();
  const Name in = b.fresh();
  const Name out = b.fresh();
  const bool is_text = b.random.chance(50);
  const std::string_view functions = is_text ? "text" : "int8";
  b.add({"CREATE TYPE ", name.full});
  b.add({"CREATE FUNCTION ", in.full, "(cstring) RETURNS ", name.full,
         " IMMUTABLE STRICT LANGUAGE internal AS '", functions, "in'"});
  b.add({"CREATE FUNCTION ", out.full, "(", name.full,
         ") RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS '", functions, "out'"});
  b.add({"CREATE TYPE ", name.full, " (INPUT = ", in.full, ", OUTPUT = ", out.full,
         is_text ? ", INTERNALLENGTH = VARIABLE, STORAGE = extended"
                 : ", INTERNALLENGTH = 8, PASSEDBYVALUE, ALIGNMENT = double",
         b.random.chance(40) ? ", DEFAULT = '42', DELIMITER = ';')" : ")"});
  b.made("TYPE", name.full);
  if (b.random.chance(50)) make_transform(b, name.full, text({functions, "recv"}));
  Type type;
  type.sql = name.full;
  type.value = [sql = name.full](Random& random) {
    return text({"'", std::to_string(random.between(-9, 9)), "'::", sql});
  };
  b.keep_type(type);
}

}  // namespace pgclone::test::random_schema
