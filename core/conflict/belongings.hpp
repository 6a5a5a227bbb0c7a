// What objects of the target have of their own: owner, privileges, row security, publications, and
// whatever hangs on them. A clone that takes an object's place keeps it, tells it, or is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/model.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::conflict {

// What becomes of something when another object takes the place of the one that has it.
enum class Care : std::uint8_t {
  owner = 'o',            // kept, unless the source's owner comes
  privilege = 'p',        // kept, unless the source's privileges come
  owner_privilege = 'q',  // likewise, of the owner himself
  implied = 'd',          // PUBLIC may, since nobody has said otherwise: never granted anew
  open = 'e',             // PUBLIC may by a GRANT what it may without one: never granted anew, told
  protection = 'k',       // kept; if the new one has its own of that name, this one is told
  publication = 'b',      // kept; the subscribers' rows are told
  told = 't',             // of the object's definition, which is the source's from now on
  bound = 'r',            // refused: it would break something outside the clone
  subscribed = 's',       // refused, also for an object that merely moves away
  foreign_owner = 'w',    // refused, unless the source's owner comes
};

struct Belonging {
  std::string key;     // the object: the same for what takes its place
  std::string object;  // for people: table s.t
  Care care = Care::told;
  std::string column;  // that it is about; empty: the whole object
  std::string name;    // for people, and to compare
  std::string make;    // the statement that gives it to an object of this name …
  std::string unmake;  // … and that takes it away
};

// In the objects' order. Owned sequences of relations count as well.
std::vector<Belonging> belongings(Session& target, const std::vector<ObjectId>& objects);

// Sets it until the transaction ends; returns what it was.
std::string exchange_setting(Session& target, std::string_view name, std::string_view value);

// Everything that lies in a schema.
std::vector<ObjectId> objects_in(Session& target, std::string_view schema);

}  // namespace pgclone::conflict
