#include "common/target_schemas.hpp"

namespace pgclone::common {

std::set<std::string> existing_schemas(Session& target) {
  std::set<std::string> schemas;
  const Result& rows = target.query("SELECT nspname FROM pg_catalog.pg_namespace");
  for (std::size_t i = 0; i < rows.rows(); ++i) schemas.emplace(rows.text(i, 0));
  return schemas;
}

}  // namespace pgclone::common
