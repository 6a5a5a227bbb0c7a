// Errors of the source, completed for the user of the target.
#pragma once

#include <string_view>

#include "pgclone/plugin/error.hpp"

namespace pgclone::job {

// Gives an error that came from the source a DETAIL (where it came up: `moment`) and a HINT, unless
// the source gave them. Errors of other origin stay as they are.
void explain_source_error(Error& error, std::string_view moment);

// The same for errors of the target whose cause lies in the source's rows.
void explain_target_error(Error& error);

}  // namespace pgclone::job
