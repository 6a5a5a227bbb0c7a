// An order in which what is needed comes before what needs it.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

namespace pgclone::common {

// Visits what `start` needs, then it, each once; where they need one another, in any order. Without
// recursion: how deep it goes is what a source says. `needs_of(oid)` is a pointer to a vector, null
// for what is unknown.
template <typename NeedsOf, typename Visit>
void needs_first(std::uint32_t start, std::set<std::uint32_t>& seen, NeedsOf needs_of,
                 Visit visit) {
  struct Frame {
    std::uint32_t oid;
    const std::vector<std::uint32_t>* needs;
    std::size_t next;
  };
  std::vector<Frame> frames;
  const auto enter = [&](std::uint32_t oid) {
    const std::vector<std::uint32_t>* const needs = needs_of(oid);
    if (needs != nullptr && seen.insert(oid).second) frames.push_back({oid, needs, 0});
  };
  enter(start);
  while (!frames.empty()) {
    Frame& top = frames.back();
    if (top.next < top.needs->size()) {
      enter((*top.needs)[top.next++]);
    } else {
      visit(top.oid);
      frames.pop_back();
    }
  }
}

}  // namespace pgclone::common
