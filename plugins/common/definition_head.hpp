// Definitions that name their object in the middle.
#pragma once

#include <string>
#include <string_view>

namespace pgclone::common {

// What stands before the name comes from the source, too: it has to begin with CREATE and these
// words. Throws Error.
void require_head(const std::string& head, std::string_view words, const std::string& name);

}  // namespace pgclone::common
