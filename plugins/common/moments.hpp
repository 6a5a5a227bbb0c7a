// What strategies tell one another in a plan beside the objects that there are: moments in the life
// of a relation, by its OID. No catalogs have these OIDs.
#pragma once

#include <cstdint>

namespace pgclone::common {

inline constexpr std::uint32_t kRefreshed = 1;  // a materialized view has its rows
inline constexpr std::uint32_t kRows = 2;       // a table has, but for its partitions and children
inline constexpr std::uint32_t kStart = 4;      // just before a table gets its first row
inline constexpr std::uint32_t kValidated = 7;  // the rows were checked; by the constraint's OID
inline constexpr std::uint32_t kAttached = 14;  // a partition is a part of its parent

}  // namespace pgclone::common
