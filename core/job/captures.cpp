#include "job/captures.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

// Routines by name and types of arguments, with the least and the largest number of arguments that
// a call may have.
struct Routines {
  std::vector<std::string> names;
  std::vector<std::string> arguments;
  std::vector<std::string> least;
  std::vector<std::string> most;
};

// Built-in names are. Others may not even be text: the server cuts the name of a multirange in the
// middle of a character.
bool is_ascii(std::string_view name) {
  return std::ranges::all_of(name,
                             [](const char c) { return static_cast<unsigned char>(c) < 128; });
}

// A VARIADIC argument may be any number of them. Arguments that have defaults need not be there.
void read_routines(Session& session, std::string_view schema, Routines& routines) {
  const Param params[] = {schema};
  const Result& rows = session.query(
      "SELECT p.proname, p.proargtypes::text, p.pronargs - p.pronargdefaults, "
      "CASE WHEN p.provariadic <> 0 THEN 32767 ELSE p.pronargs END "
      "FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace "
      "WHERE n.nspname = $1::text",
      params);
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    if (!is_ascii(rows.text(row, 0))) continue;
    routines.names.emplace_back(rows.text(row, 0));
    routines.arguments.emplace_back(rows.text(row, 1));
    routines.least.emplace_back(rows.text(row, 2));
    routines.most.emplace_back(rows.text(row, 3));
  }
}

// The built-in routines that text may mean where it names one of `routines`.
struct BuiltIns {
  bool may_be_taken = false;  // what means one of them may mean the schema's instead
  std::vector<std::string> names;
  std::vector<std::string> arguments;
};

// A call is printed with every implicit cast of its arguments. So each is of just the type that the
// routine asks for, and no other routine can fit better; unless the routine takes more than one
// type. Values of type regproc have no arguments: the only routine of a name is printed as that.
BuiltIns named_alike(Session& source, const Routines& routines) {
  const std::string names = sql::text_array(routines.names);
  const std::string arguments = sql::text_array(routines.arguments);
  const std::string least = sql::text_array(routines.least);
  const std::string most = sql::text_array(routines.most);
  const Param params[] = {names, arguments, least, most};
  const Result& rows = source.query(
      "WITH built_in AS ("
      "SELECT b.proname::text AS name, b.proargtypes::text AS arguments, b.provariadic <> 0 AS "
      "more, "
      "b.pronargs AS most, b.pronargs - b.pronargdefaults AS least, "
      "pg_catalog.count(*) OVER (PARTITION BY b.proname) = 1 AS alone, "
      "EXISTS (SELECT FROM pg_catalog.pg_type t "
      "WHERE t.oid = ANY (b.proargtypes) AND t.typtype = 'p') AS of_any_type "
      "FROM pg_catalog.pg_proc b WHERE b.pronamespace = 11) "
      "SELECT b.name, b.arguments, pg_catalog.bool_or(x.called AND b.of_any_type OR x.named) "
      "FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]), "
      "pg_catalog.unnest($3::int[]), pg_catalog.unnest($4::int[])) "
      "AS c (name, arguments, least, most) "
      "JOIN built_in b ON b.name = c.name "
      "CROSS JOIN LATERAL (SELECT b.least <= c.most AND (b.most >= c.least OR b.more) AS called, "
      "b.alone AND b.arguments <> c.arguments AS named) x "
      "WHERE x.called OR x.named GROUP BY 1, 2",
      params);
  BuiltIns found;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    found.names.emplace_back(rows.text(row, 0));
    found.arguments.emplace_back(rows.text(row, 1));
    found.may_be_taken = found.may_be_taken || rows.boolean(row, 2);
  }
  return found;
}

// Types of pg_catalog have the same OIDs everywhere.
bool has_all(Session& target, const BuiltIns& routines) {
  if (routines.names.empty()) return true;
  const std::string names = sql::text_array(routines.names);
  const std::string arguments = sql::text_array(routines.arguments);
  const Param params[] = {names, arguments};
  return target
             .query(
                 "SELECT FROM ROWS FROM (pg_catalog.unnest($1::text[]), "
                 "pg_catalog.unnest($2::text[])) AS c (name, arguments) "
                 "WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_proc b WHERE b.pronamespace = 11 "
                 "AND b.proname::text = c.name AND b.proargtypes::text = c.arguments)",
                 params)
             .rows() == 0;
}

bool a_routine_may_capture(Session& source, std::string_view schema, Session& target,
                           std::string_view home) {
  Routines routines;
  read_routines(source, schema, routines);
  read_routines(target, home, routines);
  if (routines.names.empty()) return false;
  const BuiltIns built_ins = named_alike(source, routines);
  return built_ins.may_be_taken || !has_all(target, built_ins);
}

// By name, the kinds: prefix, infix, postfix; one for each operator.
using Operators = std::map<std::string, std::vector<std::string>>;

void read_operators(Session& session, std::string_view schema, Operators& operators) {
  const Param params[] = {schema};
  const Result& rows = session.query(
      "SELECT o.oprname, o.oprkind FROM pg_catalog.pg_operator o "
      "JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace WHERE n.nspname = $1::text",
      params);
  for (std::size_t row = 0; row < rows.rows(); ++row)
    operators[std::string(rows.text(row, 0))].emplace_back(rows.text(row, 1));
}

bool may_take(const std::vector<std::string>& own, const std::vector<std::string>& built_in) {
  // As a value of type regoper the only operator of a name is printed as that.
  if (built_in.size() == 1) return true;
  return std::ranges::any_of(own, [&](const std::string& kind) {
    return std::ranges::find(built_in, kind) != built_in.end();
  });
}

// Arguments of operators need not be of the types that these ask for: CASE x WHEN y, x IN (SELECT
// y) and USING (x) are printed without casts.
bool an_operator_may_capture(Session& source, std::string_view schema, Session& target,
                             std::string_view home) {
  Operators operators;
  read_operators(source, schema, operators);
  read_operators(target, home, operators);
  if (operators.empty()) return false;
  for (Session* session : {&source, &target}) {
    Operators built_in;
    read_operators(*session, "pg_catalog", built_in);
    for (const auto& [name, kinds] : operators) {
      const auto found = built_in.find(name);
      if (found != built_in.end() && may_take(kinds, found->second)) return true;
    }
  }
  return false;
}

}  // namespace

bool may_capture(Session& source, std::string_view schema, Session& target, std::string_view home) {
  return a_routine_may_capture(source, schema, target, home) ||
         an_operator_may_capture(source, schema, target, home);
}

}  // namespace pgclone::job
