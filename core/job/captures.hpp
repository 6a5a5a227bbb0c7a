// Whether text that the source prints under a path of pg_catalog alone could mean something else
// where the cloned schema follows pg_catalog in the path (docs/decisions/0007).
#pragma once

#include <string_view>

#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

// The schema's objects count on both sides: those that are cloned, and those that are there.
bool may_capture(Session& source, std::string_view schema, Session& target, std::string_view home);

}  // namespace pgclone::job
