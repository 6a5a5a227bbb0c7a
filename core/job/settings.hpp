// The settings of the target's server.
#pragma once

#include <cstdint>
#include <string_view>

#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

// A number in the setting's own unit, as this session sees it. `unknown` where the server has no
// such setting: it has pgclone's only where pgclone is loaded.
std::int64_t setting(Session& target, std::string_view name, std::int64_t unknown);

}  // namespace pgclone::job
