#include "job/search_paths.hpp"

#include "job/captures.hpp"
#include "job/hidden_objects.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

// pg_catalog comes first, or an operator of the schema could capture our own catalog queries and
// run its owner's code as the role that clones.
std::string path_with(std::string_view schema) {
  return "pg_catalog, " + sql::identifier(schema) + ", pg_temp";
}

constexpr const char* kPlainPath = "pg_catalog, pg_temp";

}  // namespace

SearchPaths search_paths(const JobSpec& spec, const Place& place, Session& source,
                         Session& target) {
  // What a single table needs of its schema is in the goal already.
  const std::string& home = spec.table.empty() ? place.schema : place.goal;
  if (spec.schema != home) {
    refuse_hidden_objects(source, spec, place.goal);
    return {path_with(spec.schema), path_with(home), path_with(home)};
  }
  const bool captures = may_capture(source, spec.schema, target, home);
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
