#include "job/settings.hpp"

#include <span>

#include "pgclone/plugin/sql.hpp"
#include "settings/pinned.hpp"

namespace pgclone::job {
namespace {

std::string set_local(std::string_view name, std::string_view value) {
  return "pg_catalog.set_config(" + sql::literal(name) + ", " + sql::literal(value) + ", true)";
}

}  // namespace

std::int64_t setting(Session& target, std::string_view name, std::int64_t unknown) {
  const Param params[] = {name};
  const Result& found = target.query(
      "SELECT s.setting::pg_catalog.int8 FROM pg_catalog.pg_settings s"
      " WHERE s.name = $1::pg_catalog.text",
      params);
  return found.rows() == 0 ? unknown : found.integer(0, 0);
}

void prepare_target(Session& target, const std::string& path) {
  std::string query = "SELECT " + set_local("search_path", path);
  for (const auto& setting : settings::kOnTarget)
    query += ", " + set_local(setting.name, setting.value);
  target.query(query);
}

std::vector<std::string> print_as_source(Session& target) {
  std::string query;
  for (const auto& setting : settings::kPrinting)
    query += (query.empty() ? "SELECT " : ", ") +
             ("pg_catalog.current_setting(" + sql::literal(setting.name)) + "), " +
             set_local(setting.name, setting.value);
  const Result& row = target.query(query);
  std::vector<std::string> before;
  for (std::size_t i = 0; i < row.columns(); i += 2) before.emplace_back(row.text(0, i));
  return before;
}

void print_as_before(Session& target, const std::vector<std::string>& before) {
  std::string query;
  for (std::size_t i = 0; i < before.size(); ++i)
    query += (query.empty() ? "SELECT " : ", ") + set_local(settings::kPrinting[i].name, before[i]);
  target.query(query);
}

}  // namespace pgclone::job
