// The server settings (GUCs) pgclone.*, and what the rest of ext/ makes of them.
#pragma once

#include <string>

#include "host/plugin_host.hpp"

namespace pgclone::guc {

// Defines every setting and reserves the prefix. Once, from _PG_init; C frames only: it may raise.
// `preloading`: the library is read by the postmaster, so that pgclone.max_jobs can take effect.
void define_settings(bool preloading);

// pgclone.max_jobs: slots in shared memory. Fixed from the postmaster's start on.
int max_jobs() noexcept;
// pgclone.keeper_ping_interval in milliseconds; 0 switches the ping off.
int keeper_ping_interval() noexcept;
// <pkglibdir>/pgclone, then pgclone.plugin_directory; and the list pgclone.strategies.
host::PluginHostConfig plugin_config();

}  // namespace pgclone::guc
