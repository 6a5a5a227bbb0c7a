// Which tables a job with several workers copies in parts, and where it cuts them.
#pragma once

#include <functional>

#include "model.hpp"
#include "pgclone/plugin/host.hpp"

namespace pgclone::table {

// Sets Table::cuts by the option and setting split_bytes. Cut are tables of a background job with
// "parallel" above 1 and a snapshot, of the access method heap, on a source that scans ranges of
// TIDs (PostgreSQL 14). One query, whatever the number of tables. A job that resumes another one
// goes on with each table as that one began it, whatever the options and sizes are by now.
void cut_large_tables(PlanContext& context, TableSet& set);

// How the job that is resumed began a table.
enum class Begun : std::uint8_t { no, as_one, in_parts };
// The same for tables that are there already.
void cut_large_tables(PlanContext& context, TableSet& set,
                      const std::function<Begun(const Table&)>& begun);

// The condition for part `part` of a cut table: ctid >= '(100,0)' AND ctid < '(200,0)'. The last
// part has no end: rows may have come since the table's size was looked up.
std::string part_condition(const Table& table, std::size_t part);

}  // namespace pgclone::table
