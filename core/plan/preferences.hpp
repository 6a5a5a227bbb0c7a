// Edges that an order should respect, and that give way where no order could respect them all.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "plan/graph.hpp"

namespace pgclone::plan {

// From the step that should come first to the other one.
using Preference = std::pair<std::uint32_t, std::uint32_t>;

// Adds all preferences that lie in no cycle of edges and preferences; of the others as many as an
// order respects that was found by letting those steps go first that break the fewest. The same
// input has the same outcome.
void add_preferences(const std::vector<Preference>& preferences, Graph& graph);

}  // namespace pgclone::plan
