// The configuration of an extension: rows of its own tables that belong to the user, as
// pg_extension_config_dump() marks them.
#pragma once

#include <string_view>

#include "pgclone/plugin/host.hpp"

namespace pgclone::common {

inline constexpr std::string_view kExtensionRowsAction = "extension_rows";

// The step's payload is the extension's name. Copies what the source's conditions select, table by
// table, what is referenced first; a table of the target that has such rows already is left as it
// is, with a NOTICE. Throws Error.
void run_extension_rows(const StepView& step, RunContext& context);

}  // namespace pgclone::common
