#include "common/implicit_operators.hpp"

#include <algorithm>
#include <array>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

// A view's operators are those of its rule, which may come as a step of its own.
constexpr std::string_view kUsers = R"sql(
SELECT DISTINCT u.classid, u.objid, n.nspname
FROM pg_catalog.pg_operator o
JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_depend d ON d.refclassid = 2617 AND d.refobjid = o.oid
CROSS JOIN LATERAL (
  SELECT d.classid, d.objid
  UNION ALL
  SELECT 1259, r.ev_class FROM pg_catalog.pg_rewrite r
  WHERE d.classid = 2618 AND r.oid = d.objid AND r.rulename = '_RETURN') u
WHERE o.oid >= 16384 AND n.nspname <> 'pg_catalog' AND n.nspname <> $1::pg_catalog.text
  AND d.classid IN (1255, 1259, 2604, 2606, 2618, 2620, 3256, 3381))sql";

bool uses_implicitly(std::string_view statement) {
  constexpr std::array<std::string_view, 4> kWords = {"DISTINCT FROM", "NULLIF(", "CASE ",
                                                      " USING ("};
  return std::ranges::any_of(kWords, [&](std::string_view word) {
    return statement.find(word) != std::string_view::npos;
  });
}

}  // namespace

ImplicitOperators ImplicitOperators::read(Session& source, std::string_view schema) {
  ImplicitOperators operators;
  const Param params[] = {schema};
  const Result& rows = source.query(kUsers, params);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    operators.schemas_[{rows.oid(i, 0), rows.oid(i, 1)}].emplace(rows.text(i, 2));
  }
  return operators;
}

std::vector<std::string> ImplicitOperators::in_sight(const std::vector<ObjectId>& objects,
                                                     std::vector<std::string> statements) const {
  if (schemas_.empty() || std::ranges::none_of(statements, uses_implicitly)) return statements;
  std::string added;
  std::set<std::string> seen;
  for (const ObjectId& object : objects) {
    const auto found = schemas_.find({object.classid, object.objid});
    if (found == schemas_.end()) continue;
    for (const std::string& schema : found->second)
      if (seen.insert(schema).second) added += ", " + sql::identifier(schema);
  }
  if (added.empty()) return statements;
  const std::string path = "pg_catalog.current_setting('search_path')";
  const std::string text = sql::literal(added);
  statements.insert(statements.begin(), "SELECT pg_catalog.set_config('search_path', " + path +
                                            " OPERATOR(pg_catalog.||) " + text + ", true)");
  statements.push_back("SELECT pg_catalog.set_config('search_path', pg_catalog.left(" + path +
                       ", OPERATOR(pg_catalog.-) pg_catalog.length(" + text + ")), true)");
  return statements;
}

}  // namespace pgclone::common
