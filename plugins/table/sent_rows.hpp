// How a table's rows leave the source.
#pragma once

#include <string>

#include "model.hpp"
#include "payload.hpp"
#include "pgclone/plugin/host.hpp"
#include "step.hpp"

namespace pgclone::table {

// By the option "format"; `text_only` is the column that keeps the table from binary, or null.
// Throws Error when the option cannot be had.
CopyFormat copy_format(const Options& options, const Table& table, const Column* text_only);

// Copies what is wanted of a part of the table (empty: of all of it) as `payload` says, which lacks
// only how the rows are asked for; `generated_too`: its columns may be generated ones.
Step copy_step(const TableSet& set, const Table& table, const std::string& part,
               CopyPayload payload, bool generated_too = false);

}  // namespace pgclone::table
