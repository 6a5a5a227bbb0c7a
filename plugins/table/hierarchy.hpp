// How tables lie below one another. What a source says of that is checked once, so that whoever
// walks along it afterwards comes to an end.
#pragma once

#include <map>
#include <vector>

#include "model.hpp"

namespace pgclone::table {

using Children = std::map<Oid, std::vector<const Table*>>;

// Throws Error (08P01) where a table lies below itself, where partitions have several parents or a
// partitioned table has children that are no partitions; and (54001) where tables lie deeper than
// any recursion should go.
void check_hierarchy(const TableSet& set);

// The table and all below it, each once, parents before their children.
std::vector<const Table*> tree_of(const Table& top, const Children& children);

}  // namespace pgclone::table
