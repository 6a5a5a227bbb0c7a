// The schemas of the target.
#pragma once

#include <set>
#include <string>

#include "pgclone/plugin/session.hpp"

namespace pgclone::common {

std::set<std::string> existing_schemas(Session& target);

}  // namespace pgclone::common
