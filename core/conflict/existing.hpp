// What is on the target already: the objects that a plan would collide with.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pgclone/plugin/session.hpp"
#include "plan/step.hpp"

namespace pgclone::conflict {

struct ExistingObject {
  ObjectId id;                // on the target
  plan::OwnedName name;       // with the kind that it really has
  std::uint32_t owner = 0;    // the relation that an index or an owned sequence belongs to
  std::string identity = {};  // as pg_identify_object() writes it: the same under any search_path
};

struct Collision {
  std::size_t wanted;  // index into the list that was asked for
  ExistingObject existing;
};

// Looks up all wanted names at once. One round trip, whatever their number.
std::vector<Collision> find_existing(Session& target, const std::vector<plan::OwnedName>& wanted);

// Indexes and owned sequences of relations, in the relations' order.
std::vector<ExistingObject> parts_of(Session& target, const std::vector<std::uint32_t>& relations);

struct Dependant {
  std::uint32_t on;  // objid of the object of `set` that it depends on
  std::string description;
};

// Objects outside a set that would go with it in a DROP … CASCADE, described for people.
std::vector<Dependant> outside_dependants(Session& target, const std::vector<ObjectId>& set);

}  // namespace pgclone::conflict
