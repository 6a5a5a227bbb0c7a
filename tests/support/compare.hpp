// Whole-state comparison of two servers.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "support/cluster.hpp"
#include "support/sql.hpp"

namespace pgclone::test {

// pg_dump --schema-only --no-owner --no-privileges of one schema, without what differs between two
// runs or servers (versions, dump keys).
std::string dump_schema(const Cluster& cluster, std::string_view dbname, std::string_view schema);

// Relation -> "rows:checksum" of every table, partition and materialized view that holds rows
// itself; the checksum doesn't depend on the order of rows. "unpopulated" for such a view.
std::map<std::string, std::string> table_checksums(Sql& sql, std::string_view schema);

// Sequence -> "last_value:is_called".
std::map<std::string, std::string> sequence_states(Sql& sql, std::string_view schema);

}  // namespace pgclone::test
