// Owners and privileges: objects get on the target those that they have on the source, right after
// they are made, so that what is computed (a materialized view, an index, statistics) is computed
// with the rights of its owner. With or without the options, nothing is more open than on the
// source.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/owned_objects.hpp"
#include "common/target_roles.hpp"

namespace pgclone::common {

// Stands for what is done last with an object.
ObjectId ownership_of(ObjectId object);

class OwnershipWriter {
 public:
  // `computes`: the clone has other objects that are computed from these as their owners.
  OwnershipWriter(PlanContext& context, bool computes);

  // Whether all objects have to be known; else those that are closed on the source are enough.
  [[nodiscard]] bool needs_all() const;
  // As read_owned_objects(), of those that have to be known.
  std::vector<OwnedObject> read(const std::string& ctes) const;

  // Finds the grantors that can't reach their objects: their grants are made at the end, in a
  // transaction that lets them into the schema. `source_schema`: what the target's schema gets its
  // privileges from; empty: it was there before.
  void find_shut_out(const std::vector<OwnedObject>& objects, const std::string& source_schema,
                     const std::string& target_schema);

  // Whom a closed function is open to until the clone is whole, beside those whom it is open to:
  // an index that calls it is built as the owner of its table, who may have lost that right since.
  void lend(ObjectId function, const std::string& owner);

  // What follows the statement that makes the object in this schema of the target.
  std::vector<std::string> after_create(const OwnedObject& object, const std::string& schema);

  // The schema is made to hold the objects until the clone is whole, and is then dropped: it lets
  // in whoever owns them or grants something.
  void open_schema(const std::string& schema, const std::vector<OwnedObject>& objects);

  // Adds the steps that come when everything else is done.
  void add_last_steps(const std::vector<OwnedObject>& objects, const std::string& schema);

  TargetRoles& roles() { return roles_; }
  // Throws Error (42501) if the cloning role can't give the objects away.
  void check_owners(const std::vector<OwnedObject>& objects);
  // What the target lacks, and what its default privileges don't do to the clone. `what`: the
  // objects, for the user.
  void report(const std::string& what);

 private:
  [[nodiscard]] bool hands_over(const OwnedObject& object);
  [[nodiscard]] bool hands_over_last(const OwnedObject& object);
  [[nodiscard]] bool lends(const OwnedObject& object) const;
  // In SQL.
  [[nodiscard]] std::set<std::string> borrowers(const OwnedObject& object);
  [[nodiscard]] bool is_granted(const OwnedObject& object, const GrantRun& run);
  [[nodiscard]] std::set<std::string> other_grantors(const std::vector<OwnedObject>& objects);
  void add_owner(const OwnedObject& object, std::vector<std::string>& statements);
  void add_privileges(const OwnedObject& object, const std::set<std::string>* defaults,
                      std::vector<std::string>& statements);
  void add_grants(const OwnedObject& object, std::vector<std::string>& statements);
  void add_return(const OwnedObject& object, ObjectId after);
  void add_late_grants(const std::vector<OwnedObject>& objects, const std::string& schema);

  PlanContext& context_;
  TargetRoles roles_;
  bool computes_;
  bool owners_;
  bool privileges_;
  std::set<std::string> shut_out_;
  std::map<std::uint32_t, std::set<std::string>> lent_;  // by function
  std::set<std::uint32_t> narrowed_;  // functions that the target's default privileges close
  std::set<std::string> unwanted_;    // what default privileges would have done
};

}  // namespace pgclone::common
