// Questions to the target's catalogs, each one query for everything.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::table {

using RelationName = std::pair<std::string, std::string>;  // schema, name

// Of the given types, printed as SQL, those that the target has not.
std::set<std::string> missing_types(Session& target, const std::set<std::string>& types);
// Of the given functions, printed with their arguments, those that the target has not.
std::set<std::string> missing_functions(Session& target, const std::set<std::string>& functions);
// Of the given needs, the numbers of those that the target has not; what has no signature is looked
// for in `schema` by its name.
std::vector<std::size_t> missing_needs(Session& target, std::string_view schema,
                                       const std::vector<Need>& needs);
std::set<RelationName> existing_relations(Session& target, const std::set<RelationName>& relations);
std::string server_encoding(Session& server);
// Names in use in a schema, except those of the indexes and owned sequences of `except_table`,
// which go where that table goes.
std::set<std::string> relation_names(Session& target, std::string_view schema,
                                     std::string_view except_table);
std::set<std::string> statistics_names(Session& target, std::string_view schema,
                                       std::string_view except_table);

}  // namespace pgclone::table
