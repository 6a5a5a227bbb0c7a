// The torture schema: one with everything that can live in a schema. Statements to run with
// search_path set to it.
#pragma once

#include <string>
#include <string_view>

namespace pgclone::test::torture {

std::string schema_sql(std::string_view schema);

// Owners, grants and default privileges, for roles that roles_sql() makes on either server.
std::string rights_sql(std::string_view schema);
std::string roles_sql();

}  // namespace pgclone::test::torture
