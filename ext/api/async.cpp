// pgclone.table_async(), schema_async() and submit(): what they ask for is checked in the caller's
// session, so that a mistake is an error of the call and not of a job.
#include <string>

#include "guard/entry.hpp"
#include "guc/settings.hpp"
#include "host/plugin_host.hpp"
#include "worker/launch.hpp"
#include "worker/source.hpp"

#include "server.hpp"

#include "api/arguments.hpp"

namespace pgclone::api {

namespace {

Datum start(FunctionCallInfo fcinfo, int source_index, const job::JobSpec& spec) {
  const std::string source_text = required_text(fcinfo, source_index, "source_conninfo");
  host::PluginHost plugins(guc::plugin_config());
  job::validate(spec, plugins);
  return Int32GetDatum(worker::launch(spec, worker::resolve_source(source_text)));
}

}  // namespace

PGCLONE_FUNCTION(pgclone_table_async) {
  worker::require_preload();
  return start(fcinfo, 0, table_spec(fcinfo));
}

PGCLONE_FUNCTION(pgclone_schema_async) {
  worker::require_preload();
  return start(fcinfo, 0, schema_spec(fcinfo));
}

PGCLONE_FUNCTION(pgclone_submit) {
  worker::require_preload();
  const std::string strategy = required_text(fcinfo, 0, "strategy");
  const std::optional<std::string> spec = guard::printed_argument(fcinfo, 2);
  if (!spec) throw missing_argument("spec");
  return start(fcinfo, 1, job::JobSpec::from_json(strategy, *spec));
}

}  // namespace pgclone::api
