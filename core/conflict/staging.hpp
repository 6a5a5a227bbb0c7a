// Replacing: the clone is built in a staging schema and put in place of the old objects in one
// transaction at the end, so that until then, and after any failure, the old ones stand.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "conflict/resolver.hpp"

namespace pgclone::conflict {

inline constexpr std::string_view kSwapAction = "swap";
inline constexpr std::string_view kSwapGroup = "swap";

// Adds the last step of a staged plan: everything else is required by it.
void add_swap(plan::Builder& plan, std::string_view staging, std::string_view target_schema,
              const std::vector<Replaced>& replaced, const Options& options);

// Adds the last step of a plan whose schema gets its name when all is there. It stands in the place
// of a swap.
void add_rename(plan::Builder& plan, std::string_view schema, std::string_view goal);

// Drops what is replaced, after checking under lock that nothing else depends on it by now; moves
// the new objects into their schema; drops the staging schema; gives to the new objects what the
// target had given to the old ones.
void run_swap(Session& target, Host& host, std::string_view payload);

// Gives up a staging schema, with all that is in it.
void drop_staging(Session& target, std::string_view staging);

}  // namespace pgclone::conflict
