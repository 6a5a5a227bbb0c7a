#include "job/search_paths.hpp"

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

// pg_catalog comes first, or an operator of the schema could capture our own catalog queries and
// run its owner's code as the role that clones.
std::string path_with(std::string_view schema) {
  return "pg_catalog, " + sql::identifier(schema) + ", pg_temp";
}

constexpr const char* kPlainPath = "pg_catalog, pg_temp";

// In renamed mode an object of the schema that pg_catalog hides would be printed with the old
// schema's name, and so mean the old object.
void refuse_hidden_objects(Session& source, std::string_view schema) {
  const Param params[] = {schema};
  const Result& rows = source.query(
      "SELECT x.kind || ' ' || x.name FROM pg_catalog.pg_namespace n, LATERAL ("
      "SELECT 'relation' AS kind, c.relname::text AS name FROM pg_catalog.pg_class c "
      "JOIN pg_catalog.pg_class h ON h.relname = c.relname AND h.relnamespace = 11 "
      "WHERE c.relnamespace = n.oid "
      "UNION SELECT 'type', t.typname::text FROM pg_catalog.pg_type t "
      "JOIN pg_catalog.pg_type h ON h.typname = t.typname AND h.typnamespace = 11 "
      "WHERE t.typnamespace = n.oid "
      "UNION SELECT 'function', p.oid::pg_catalog.regprocedure::text FROM pg_catalog.pg_proc p "
      "JOIN pg_catalog.pg_proc h ON h.proname = p.proname AND h.pronamespace = 11 "
      "AND h.proargtypes = p.proargtypes WHERE p.pronamespace = n.oid "
      "UNION SELECT 'operator', o.oid::pg_catalog.regoperator::text FROM pg_catalog.pg_operator o "
      "JOIN pg_catalog.pg_operator h ON h.oprname = o.oprname AND h.oprnamespace = 11 "
      "AND h.oprleft = o.oprleft AND h.oprright = o.oprright WHERE o.oprnamespace = n.oid"
      ") x WHERE n.nspname = $1::text ORDER BY 1",
      params);
  if (rows.rows() == 0) return;
  std::string list;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    list += (list.empty() ? "" : "\n") + std::string(rows.text(row, 0));
  throw Error(sqlstate::kFeatureNotSupported,
              "schema " + sql::identifier(schema) +
                  " has objects that bear the names of built-in ones, and so can only be cloned "
                  "under its own name, with nothing to replace")
      .with_detail(list)
      .with_hint("Rename them on the source, or clone into a database without the schema.");
}

// Whether a call of a built-in routine or operator, printed without a schema, could mean one of the
// schema: one of the same name whose argument types fit better.
bool may_capture(Session& session, std::string_view schema) {
  const Param params[] = {schema};
  return session
             .query(
                 "SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = $1::text AND ("
                 "EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_proc b "
                 "ON b.proname = p.proname AND b.pronamespace = 11 WHERE p.pronamespace = n.oid) "
                 "OR EXISTS (SELECT FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_operator b "
                 "ON b.oprname = o.oprname AND b.oprnamespace = 11 "
                 "WHERE o.oprnamespace = n.oid))",
                 params)
             .rows() > 0;
}

}  // namespace

SearchPaths search_paths(const JobSpec& spec, const Place& place, Session& source,
                         Session& target) {
  // What a single table needs of its schema is in the goal already.
  const std::string& home = spec.table.empty() ? place.schema : place.goal;
  if (spec.schema != home) {
    refuse_hidden_objects(source, spec.schema);
    return {path_with(spec.schema), path_with(home), path_with(home)};
  }
  const bool captures = may_capture(source, spec.schema) || may_capture(target, home);
  return {kPlainPath, kPlainPath, captures ? kPlainPath : path_with(home)};
}

void prepare_target(Session& target, const std::string& path) {
  const Param params[] = {std::string_view(path)};
  target.query(
      "SELECT pg_catalog.set_config('search_path', $1::text, true), "
      "pg_catalog.set_config('check_function_bodies', 'off', true), "
      "pg_catalog.set_config('xmloption', 'content', true), "
      "pg_catalog.set_config('default_tablespace', '', true)",
      params);
}

}  // namespace pgclone::job
