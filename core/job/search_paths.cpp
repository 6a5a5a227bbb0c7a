#include "job/search_paths.hpp"

#include "job/captures.hpp"
#include "job/hidden_objects.hpp"
#include "pgclone/plugin/sql.hpp"
#include "settings/pinned.hpp"

namespace pgclone::job {
namespace {

// pg_catalog comes first, or an operator of the schema could capture our own catalog queries and
// run its owner's code as the role that clones.
std::string path_with(std::string_view schema) {
  return "pg_catalog, " + sql::identifier(schema) + ", pg_temp";
}

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
  const std::string plain(settings::kPlainPath);
  return {plain, plain, captures ? plain : path_with(home)};
}

}  // namespace pgclone::job
