// Whole-state comparison of two servers.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "support/cluster.hpp"
#include "support/sql.hpp"

namespace pgclone::test {

// Owners and privileges.
enum class Rights { without, with };

// pg_dump --schema-only of one schema, without what differs between two runs or servers (versions,
// dump keys).
std::string dump_schema(const Cluster& cluster, std::string_view dbname, std::string_view schema,
                        Rights rights = Rights::without);

// What differs between two dumps, for reading: the lines that only one of them has, or that only
// their order differs. Empty when they are equal.
std::string line_difference(const std::string& source, const std::string& target);

// Relation -> "rows:checksum" of every table, partition and materialized view that holds rows
// itself; the checksum doesn't depend on the order of rows. "unpopulated" for such a view.
std::map<std::string, std::string> table_checksums(Sql& sql, std::string_view schema);

// Sequence -> "last_value:is_called".
std::map<std::string, std::string> sequence_states(Sql& sql, std::string_view schema);

// Who may do what with the schema and everything in it, beside the owners: "object: grantee
// privilege", by what is granted and what is so by default. A star: with grant option.
std::set<std::string> effective_rights(Sql& sql, std::string_view schema);

}  // namespace pgclone::test
