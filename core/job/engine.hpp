// The job engine: plans, runs, records. Pure C++; the server is behind its ports.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "host/plugin_host.hpp"
#include "job/monitor.hpp"
#include "job/spec.hpp"
#include "job/status.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/session.hpp"
#include "pq/conninfo.hpp"
#include "pq/waiter.hpp"

namespace pgclone::job {

class Pool;
class StatementReader;

// What the engine needs of its surroundings. Everything outlives the call.
struct Ports {
  pq::ConnInfo source;
  // The caller is not a superuser: LibpqSession's require_password.
  bool require_password = false;
  std::string target_encoding = "UTF8";
  // Whether bytes are a text in that encoding; null outside of a server, where nobody looks.
  bool (*valid_text)(std::string_view text) = nullptr;
  pq::Waiter& waiter;
  // This server, with the caller's rights.
  Session& target;
  // Runs statements as the extension's owner inside target's transaction; for the journal only.
  // Null in a synchronous call, which keeps no journal.
  Session* journal = nullptr;
  // Looks into what a plan runs; null outside of a server, where nothing does.
  StatementReader* statements = nullptr;
  host::PluginHost& plugins;
  Monitor& monitor;
  Reporter& reporter;
  // For background jobs with "parallel" above 1; null: the coordinator works alone.
  Pool* pool = nullptr;
  // Called when the verdict is about to be written: requests to stop come too late from then on.
  void (*ignore_stops)() = nullptr;
  // Lets the target's transaction write or not, and returns whether it could. Planning may not.
  // Null outside of a server.
  bool (*let_write)(bool write) = nullptr;
  // How often the keeper is asked whether it is still there, while a pool works; 0: never.
  int keeper_ping_ms = 5000;
};

// A synchronous call: everything in the caller's transaction. Returns the one-line summary. Throws
// on the first failure; the caller's transaction then rolls everything back.
PGCLONE_API std::string run_now(const JobSpec& spec, Ports& ports);

// Identity of a background job.
struct JobIdentity {
  std::int32_t id = 0;
  std::string owner;                         // role name
  std::string source_label;                  // redacted conninfo, or the foreign server's name
  bool source_has_secret = false;            // resume will need a connection string
  std::optional<std::int32_t> resumed_from;  // this job goes on where that one ended
};

struct JobResult {
  Status status = Status::completed;
  // The first error in full; set when failed or cancelled.
  std::optional<Error> error;
  std::uint64_t failed_tasks = 0;
  // The journal has the verdict.
  bool recorded = true;
};

// The coordinator of a background job: writes the job's row into the journal, plans, runs every
// task, records the verdict. Failures of the job are its result; it throws only when even the
// journal cannot be written (then the verdict must be kept in shared memory alone).
PGCLONE_API JobResult run_background(const JobIdentity& identity, const JobSpec& spec,
                                     Ports& ports);

}  // namespace pgclone::job
