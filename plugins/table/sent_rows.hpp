// How a table's rows leave the source.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model.hpp"
#include "pgclone/plugin/host.hpp"

namespace pgclone::table {

// By the option "format"; `text_only` is the column that keeps the table from binary, or null.
// Throws Error when the option cannot be had.
CopyFormat copy_format(const Options& options, const Table& table, const Column* text_only);

// The rows that are wanted of a part of the table (empty: of all of it).
std::string joint_condition(const Table& table, const std::string& part);

// COPY … TO STDOUT. A plain COPY where it does: it is the faster one; it sends no generated
// columns.
std::string copy_out(const Table& table, const std::vector<std::string>& columns,
                     const std::string& condition, CopyFormat format, bool generated_too = false);

}  // namespace pgclone::table
