// Owners and privileges: with the options "owners" and "privileges" those of the source, without
// them nothing that is more open than on the source.
#pragma once

#include <vector>

#include "common/ownership.hpp"
#include "scope.hpp"

namespace pgclone::schema {

class Ownership {
 public:
  // Fills Scope::rights, which the objects' own steps take along. For tables it is done by the
  // strategy that makes them.
  explicit Ownership(Scope& scope);
  // What comes when everything else is done: the schema's default privileges, and what could not
  // be done at once. What needs a role that the target lacks is left out, with one warning for all.
  void finish();

 private:
  void settle_schema();
  void lend_closed_functions();
  void add_default_privileges();

  Scope& scope_;
  common::OwnershipWriter writer_;
  std::vector<common::OwnedObject> objects_;
};

}  // namespace pgclone::schema
