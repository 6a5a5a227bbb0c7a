// Functions in several languages and forms; procedures; trigger functions.
#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

// What CREATE FUNCTION says beside the body.
std::string attributes(Builder& b) {
  std::string out;
  if (b.random.chance(20)) out += " PARALLEL SAFE";
  if (b.random.chance(10)) out += " LEAKPROOF";
  if (b.random.chance(20)) out += text({" COST ", std::to_string(b.random.between(1, 99))});
  if (b.random.chance(10)) out += " SECURITY DEFINER";
  if (b.random.chance(10)) out += " SET work_mem = '1MB'";
  if (b.random.chance(10)) out += " SET search_path = pg_catalog, pg_temp";
  if (b.random.chance(5)) out += " SET DateStyle FROM CURRENT";
  return out;
}

std::string list(const std::vector<Type>& types) {
  std::vector<std::string> names;
  for (const Type& type : types) names.push_back(type.sql);
  return joined(names);
}

// A body that returns `value`, or text that becomes it, whatever the schema is called later.
std::string body(Builder& b, const Type& result) {
  switch (b.random.below(result.builtin ? 3 : 1)) {
    case 0:
      return b.random.chance(50) ? text({" LANGUAGE sql RETURN ", b.expression(result, true)})
                                 : text({" LANGUAGE sql BEGIN ATOMIC SELECT ",
                                         b.expression(result, true), "; END"});
    case 1:
      return text({" LANGUAGE sql AS ", sql::literal(text({"SELECT ", result.value(b.random)}))});
    default:
      return text({" LANGUAGE plpgsql AS ", sql::literal(text({"BEGIN /* $$ \\ % '' */ RETURN ",
                                                               result.value(b.random), "; END"}))});
  }
}

void make_constant(Builder& b) {
  const Name name = b.fresh();
  const Type result = b.any_type();
  std::vector<Type> arguments;
  std::vector<std::string> parameters;
  for (int left = b.random.between(0, 3); left > 0; --left) {
    arguments.push_back(b.any_type());
    parameters.push_back(
        text({b.random.chance(60) ? b.fresh_quoted() + " " : std::string(), arguments.back().sql}));
  }
  if (!parameters.empty() && b.random.chance(50)) {
    parameters.back() += text({" DEFAULT ", b.expression(arguments.back())});
  }
  static constexpr const char* kVolatility[] = {" IMMUTABLE", " STABLE", " VOLATILE"};
  const std::size_t volatility = b.random.below(3);
  const bool strict = b.random.chance(20);
  b.add({"CREATE FUNCTION ", name.full, "(", joined(parameters), ") RETURNS ", result.sql,
         kVolatility[volatility], strict ? " STRICT" : "", attributes(b), body(b, result)});
  b.made("FUNCTION", text({name.full, "(", list(arguments), ")"}));
  if (strict && !result.nullable) return;
  b.routines.push_back({name.full, arguments, result, volatility == 0, true});
}

void make_procedure(Builder& b) {
  const Name name = b.fresh();
  const Type& type = b.builtin_type();
  b.add({"CREATE PROCEDURE ", name.full, "(INOUT ", b.fresh_quoted(), " ", type.sql, ", VARIADIC ",
         b.fresh_quoted(), " text[] DEFAULT '{q}') LANGUAGE plpgsql AS 'BEGIN COMMIT; END'"});
  b.made("PROCEDURE", name.full);
}

// Sets of rows, and what polymorphic types there are.
void make_set_function(Builder& b) {
  const Name name = b.fresh();
  const Type& type = b.any_type();
  switch (b.random.below(3)) {
    case 0:
      b.add({"CREATE FUNCTION ", name.full, "() RETURNS SETOF ", type.sql, " STABLE ROWS 7",
             " LANGUAGE sql BEGIN ATOMIC VALUES (", type.value(b.random), "), (", b.value(type),
             "); END"});
      return b.made("FUNCTION", text({name.full, "()"}));
    case 1:
      b.add({"CREATE FUNCTION ", name.full, "(", b.fresh_quoted(), " anyelement, OUT ",
             b.fresh_quoted(), " anyarray, OUT ", b.fresh_quoted(), " ", type.sql,
             ") LANGUAGE sql AS 'SELECT ARRAY[$1], NULL'"});
      return b.made("FUNCTION", text({name.full, "(anyelement)"}));
    default:
      b.add({"CREATE FUNCTION ", name.full, "() RETURNS TABLE (", b.fresh_quoted(), " ", type.sql,
             ", ", b.fresh_quoted(), " integer) LANGUAGE plpgsql AS $_$ BEGIN RETURN; END $_$"});
      return b.made("FUNCTION", text({name.full, "()"}));
  }
}

// Reads a table: what calls it needs rows of another one.
void make_reader(Builder& b) {
  std::vector<const Relation*> tables;
  for (const Relation& relation : b.relations) {
    if (relation.form == Form::table || relation.form == Form::partitioned)
      tables.push_back(&relation);
  }
  if (tables.empty()) return;
  const Relation& table = *b.random.pick(tables);
  const Name name = b.fresh();
  b.add({"CREATE FUNCTION ", name.full, "() RETURNS integer STABLE LANGUAGE sql BEGIN ATOMIC",
         " SELECT least(count(*), 5)::integer FROM ", table.name, " WHERE ",
         b.condition(table, true), "; END"});
  b.made("FUNCTION", text({name.full, "()"}));
  b.routines.push_back({name.full, {}, b.type_named("integer"), false, true});
}

}  // namespace

const Routine& make_measure(Builder& b, const Type& argument) {
  const Name name = b.fresh();
  static constexpr const char* kBodies[] = {
      "sql AS 'SELECT length($1::text)'", "plpgsql AS 'BEGIN RETURN length($1::text); END'",
      "sql RETURN length($1::text)", "sql BEGIN ATOMIC SELECT length($1::text); END"};
  b.add({"CREATE FUNCTION ", name.full, "(", argument.sql, ") RETURNS integer IMMUTABLE",
         b.random.chance(30) ? " PARALLEL SAFE" : "", " LANGUAGE ", b.random.pick(kBodies)});
  b.made("FUNCTION", text({name.full, "(", argument.sql, ")"}));
  b.routines.push_back({name.full, {argument}, b.type_named("integer"), true, true});
  return b.routines.back();
}

void make_routine(Builder& b) {
  switch (b.random.below(10)) {
    case 0:
      return make_procedure(b);
    case 3:
    case 4:
      return make_reader(b);
    case 1:
      return make_set_function(b);
    case 2:
      make_measure(b, Type(b.any_type()));
      return;
    default:
      return make_constant(b);
  }
}

void make_trigger_function(Builder& b) {
  const Name name = b.fresh();
  b.add({"CREATE FUNCTION ", name.full, "() RETURNS trigger LANGUAGE plpgsql AS ",
         sql::literal("BEGIN IF current_setting('random_schema.building', true) IS NULL THEN RAISE"
                      " 'a clone fires no triggers'; END IF; RETURN NEW; END")});
  b.made("FUNCTION", text({name.full, "()"}));
  b.trigger_functions.push_back(name.full);
}

}  // namespace pgclone::test::random_schema
