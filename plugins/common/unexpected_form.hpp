// Definitions that a source prints as no PostgreSQL server does.
#pragma once

#include <string>
#include <string_view>

namespace pgclone::common {

// what: e.g. `index "s"."i"`. printed: what the source sent; empty: less than a definition.
// Throws Error (08P01).
[[noreturn]] void refuse_form(const std::string& what, std::string_view printed = {});

}  // namespace pgclone::common
