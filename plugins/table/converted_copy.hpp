// A copy between databases of different encodings.
#pragma once

#include "payload.hpp"
#include "pgclone/plugin/strategy.hpp"

namespace pgclone::table {

// Copies the rows of payload.converted_from. A value that the target's encoding can't hold is an
// error that names its table, column and row.
void copy_converted(const CopyPayload& payload, const CopyTarget& target, RunContext& context);

}  // namespace pgclone::table
