// Security labels of everything in the schema that can have them.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// Each object's labels are a step of their own, after everything else but owners and privileges.
// Labels of providers that the target hasn't loaded are left out, with one warning for all.
void add_labels(Scope& scope);

// What stands for the labels of an object: whose owner may not label it any more.
ObjectId labels_of(ObjectId object);

}  // namespace pgclone::schema
