// The objects of the schema that have an owner, by the words that ALTER, GRANT and SECURITY LABEL
// call them by on the target.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// The CTE objects(classid, oid, owner_words, grant_words, name, owner, acl, of_table), the schema
// itself among them. No owner_words: the object follows its table; no grant_words: it has no
// privileges. The name is qualified, and has a routine's arguments.
std::string named_objects_cte(const Scope& scope);

}  // namespace pgclone::schema
