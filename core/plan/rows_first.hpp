// What computes from rows comes after them, also where a table's rows are tasks of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "plan/graph.hpp"
#include "plan/step.hpp"

namespace pgclone::plan {

// Adds to the graph: a step that waits for a milestone requires the load steps of every object that
// it needs, directly or through others. A milestone alone counts tasks that ended, well or badly: a
// materialized view would be filled from a table that lacks the rows of a failed part.
void require_rows(const std::vector<Step>& steps, const std::vector<std::uint32_t>& group_of_step,
                  Graph& graph);

}  // namespace pgclone::plan
