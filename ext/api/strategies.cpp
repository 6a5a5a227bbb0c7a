// pgclone.strategy_detail(), behind the view pgclone.strategies; and pgclone.version().
#include <string>
#include <vector>

#include "guard/entry.hpp"
#include "guc/settings.hpp"
#include "host/plugin_host.hpp"

#include "server.hpp"

#include "api/rows.hpp"
#include "guard/datum.hpp"

namespace pgclone::api {

namespace {

std::optional<std::string> text_or_null(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

PGCLONE_FUNCTION(pgclone_strategy_detail) {
  host::PluginHost plugins(guc::plugin_config());
  std::vector<TextRow> rows;
  for (const host::StrategyInfo& info : plugins.strategies()) {
    rows.push_back({text_or_null(info.id), text_or_null(info.kind), text_or_null(info.summary),
                    info.plugin, text_or_null(info.version), info.file, info.enabled ? "t" : "f",
                    text_or_null(info.error)});
  }
  return return_rows(fcinfo, rows);
}

PGCLONE_FUNCTION(pgclone_version) {
  return guard::text_datum(PGCLONE_VERSION);
}

}  // namespace pgclone::api
