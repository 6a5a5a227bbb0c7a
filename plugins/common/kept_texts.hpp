// Texts that name a schema: bodies of routines, settings, and string constants in definitions. They
// are no references, so they don't follow a clone to another schema.
#pragma once

#include <string>
#include <string_view>

#include "pgclone/plugin/host.hpp"

namespace pgclone::common {

// One WARNING that lists the objects among `owned` whose texts name the source's schema.
// `owned`: the text of a CTE owned(classid, objid, …) for the source.
void report_kept_texts(PlanContext& context, const std::string& owned,
                       std::string_view source_schema, std::string_view final_schema);

}  // namespace pgclone::common
