// What one call asks for: the same value for synchronous and background jobs.
#pragma once

#include <string>
#include <string_view>

#include "host/plugin_host.hpp"
#include "options/option_set.hpp"

namespace pgclone::job {

struct JobSpec {
  std::string strategy;      // clone strategy id
  std::string schema;        // on the source
  std::string table;         // empty for a schema clone
  std::string target_table;  // empty: the source's name
  bool include_data = true;
  std::string options = "{}";  // the user's JSON object

  // The spec as one JSON object, for a job's segment and its journal; holds no secret.
  [[nodiscard]] PGCLONE_API std::string to_json() const;
  // Reads to_json(), and what users give to pgclone.submit():
  //   {"schema": …, "table": …, "target_table": …, "include_data": …, "options": {…}}
  // Unknown keys and wrong types are errors (22023) with a HINT, as for options.
  PGCLONE_API static JobSpec from_json(std::string_view strategy, std::string_view json);
};

// The snapshot strategy that the options ask for.
std::string_view snapshot_strategy(const Options& options);

// Parses the options against the schemas of the engine and of the strategies that this clone uses,
// and checks that the strategies which the spec names exist and are enabled. Throws Error; no I/O
// but loading plugins. Call it in the user's session, before a job is submitted.
PGCLONE_API options::OptionSet validate(const JobSpec& spec, host::PluginHost& plugins);

}  // namespace pgclone::job
