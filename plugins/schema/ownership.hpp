// Owners and privileges, for who asks for them.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// With the option "owners": ALTER … OWNER TO of every object; with "privileges": their grants,
// those of columns, and the schema's default privileges. They come when everything else is done,
// since who gives an object away may not be able to change it any more. What needs a role that the
// target lacks is left out, with one warning for all.
void add_ownership(Scope& scope);

}  // namespace pgclone::schema
