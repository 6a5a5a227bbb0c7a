// The settings of the target's session.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

// A number in the setting's own unit, as this session sees it. `unknown` where the server has no
// such setting: it has pgclone's only where pgclone is loaded.
std::int64_t setting(Session& target, std::string_view name, std::int64_t unknown);

// Pins the path and what else the source's text depends on (settings/pinned.hpp) until the target's
// transaction ends. Again for each, since functions that a clone calls may have changed them.
void prepare_target(Session& target, const std::string& path);

// Has the target print as the source does, and returns how it did before.
std::vector<std::string> print_as_source(Session& target);
// A caller's transaction goes on after planning, and what it computes is its own.
void print_as_before(Session& target, const std::vector<std::string>& before);

}  // namespace pgclone::job
