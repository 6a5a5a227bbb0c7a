// What takes the place of an object gets what the target had given to the old one.
#pragma once

#include <string_view>
#include <vector>

#include "conflict/belongings.hpp"
#include "pgclone/plugin/host.hpp"

namespace pgclone::conflict {

// What the clone brings along from the source instead.
struct Brought {
  bool owners = false;
  bool privileges = false;
};
// Clone strategies that don't have these options bring nothing of it.
Brought brought_along(const Options& options);

// Throws one Error that lists the objects whose place nothing else can take: "cannot be <what>".
void refuse_bound(const std::vector<Belonging>& old, Brought brought, std::string_view what);

// Objects that move away with all that is theirs: refused where a subscription fills them, and one
// WARNING for what the new ones will lack.
void check_moved(Session& target, const std::vector<ObjectId>& objects,
                 std::vector<std::string>& warnings);

// The objects of `old` are gone, and those that came have their names. Gives these what is kept,
// and reports what is not.
void hand_over(Session& target, Host& host, const std::vector<Belonging>& old,
               const std::vector<ObjectId>& fresh, Brought brought);

}  // namespace pgclone::conflict
