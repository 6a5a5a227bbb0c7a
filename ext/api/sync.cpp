// pgclone.table() and pgclone.schema(): in the caller's transaction, without shared memory.
#include <string>

#include "guard/entry.hpp"
#include "guard/server_call.hpp"
#include "guc/settings.hpp"
#include "host/plugin_host.hpp"
#include "job/engine.hpp"
#include "session/backend_session.hpp"
#include "session/latch_waiter.hpp"
#include "session/pinned_settings.hpp"
#include "session/statement_reader.hpp"
#include "session/valid_text.hpp"
#include "shmem/slot_monitor.hpp"
#include "worker/log_reporter.hpp"
#include "worker/source.hpp"

#include "server.hpp"

#include "api/arguments.hpp"

namespace pgclone::api {

namespace {

Datum run(FunctionCallInfo fcinfo, const job::JobSpec& spec) {
  const std::string source_text = required_text(fcinfo, 0, "source_conninfo");
  host::PluginHost plugins(guc::plugin_config());
  job::validate(spec, plugins);
  const worker::ResolvedSource source = worker::resolve_source(source_text);
  std::string summary;
  {
    session::PinnedSettings settings;
    settings.pin_target();
    session::LatchWaiter waiter;
    session::BackendSession target(session::BackendSession::Mode::caller_transaction);
    session::ServerStatementReader statements;
    shmem::NoMonitor monitor;
    worker::NoticeReporter reporter(source.conninfo);
    job::Ports ports{
        .source = source.conninfo,
        .require_password = source.require_password,
        .target_encoding = guard::server_call([] { return GetDatabaseEncodingName(); }),
        .valid_text = &session::is_valid_text,
        .waiter = waiter,
        .target = target,
        .statements = &statements,
        .plugins = plugins,
        .monitor = monitor,
        .reporter = reporter,
        .let_write = &session::let_write};
    summary = job::run_now(spec, ports);
  }
  return guard::text_datum(summary);
}

}  // namespace

PGCLONE_FUNCTION(pgclone_table) {
  return run(fcinfo, table_spec(fcinfo));
}

PGCLONE_FUNCTION(pgclone_schema) {
  return run(fcinfo, schema_spec(fcinfo));
}

}  // namespace pgclone::api
