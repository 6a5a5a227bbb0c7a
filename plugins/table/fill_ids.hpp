// What the steps of a fill provide: no catalogs have these OIDs. Numbers are those of loads.
#pragma once

#include "model.hpp"

namespace pgclone::table::fill {

inline constexpr Oid kBegin = 9;    // the first of its rows
inline constexpr Oid kCopied = 10;  // a part of its rows; numbers are those of parts
inline constexpr Oid kRows = 11;    // all of its rows
inline constexpr Oid kEnd = 12;
inline constexpr Oid kAnalyzed = 13;  // with the OID of a relation of the target
inline constexpr Oid kWhole = 16;     // all rows of a table and of those below it, with its OID

inline ObjectId id(Oid what, std::size_t number) {
  return {what, static_cast<Oid>(number + 1)};
}

}  // namespace pgclone::table::fill
