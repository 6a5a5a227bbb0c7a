#include "job/settings.hpp"

namespace pgclone::job {

std::int64_t setting(Session& target, std::string_view name, std::int64_t unknown) {
  const Param params[] = {name};
  const Result& found = target.query(
      "SELECT s.setting::pg_catalog.int8 FROM pg_catalog.pg_settings s"
      " WHERE s.name = $1::pg_catalog.text",
      params);
  return found.rows() == 0 ? unknown : found.integer(0, 0);
}

}  // namespace pgclone::job
