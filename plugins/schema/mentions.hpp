// What the bodies of routines name. They may be text, and then no catalog knows it.
#pragma once

#include <unordered_map>
#include <vector>

#include "dependencies.hpp"

namespace pgclone::schema {

struct Scope;

// Routines, types and relations of the schema whose names stand in the text of a routine, by the
// routine.
using Mentions = std::unordered_map<ObjectId, std::vector<ObjectId>, ObjectIdHash>;

Mentions read_mentions(const Scope& scope);

// Whatever runs such routines as it is made (a generated column, an index, a check of a domain)
// comes after what they name.
void add_mentions(Scope& scope, const Mentions& mentions);

// What runs routines as it gets rows, or is made of rows, comes after the rows that they read.
void add_reading(Scope& scope, const Mentions& mentions);

}  // namespace pgclone::schema
