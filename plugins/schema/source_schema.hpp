// The schema itself: found on the source, made on the target.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// The schema's OID as SQL writes it. Throws Error: 22023 for a schema of the system, 3F000 for a
// missing one (HINT with the nearest name), 42501 without the USAGE right.
std::string find_source_schema(PlanContext& context);

// CREATE SCHEMA with its comment, unless the target has it; provides the namespace. A comment on an
// existing schema is only written by who may: its owner.
void add_schema(Scope& scope);
// Its owner and privileges, once it is there: an extension may have made it.
void add_schema_rights(Scope& scope);
// Throws Error when the target has no schema that rows could go into.
void require_target_schema(const Scope& scope);

}  // namespace pgclone::schema
