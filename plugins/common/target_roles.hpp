// The roles of the target, as seen by the one that clones, and the default privileges that its new
// objects get there.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/owned_objects.hpp"

namespace pgclone::common {

class TargetRoles {
 public:
  explicit TargetRoles(PlanContext& context);

  // The role that clones.
  [[nodiscard]] const std::string& self() const { return self_; }
  // Whether the target has the role. Those that it hasn't are remembered.
  bool known(const std::string& role);
  // Has the role's rights without becoming it.
  [[nodiscard]] bool inherits(const std::string& role) const;
  // Throws Error (42501) if objects can't be given to some of these roles.
  void require_membership(const std::set<std::string>& owners) const;
  // One WARNING for all roles that the target lacks. `what`: that they own or may use.
  void report_missing(const std::string& what);

  // Whom the target's default privileges would give rights on a new object of the kind in the
  // schema, beside its owner, in SQL. None: no default privileges are in force.
  [[nodiscard]] std::optional<std::set<std::string>> default_grantees(
      const OwnedObject& object, const std::string& schema) const;
  [[nodiscard]] bool has_default_privileges() const { return !defaults_.empty(); }

 private:
  struct Role {
    bool member = false;
    bool inherits = false;
  };

  void read_default_privileges(Session& target);

  PlanContext& context_;
  std::string self_;
  std::map<std::string, Role> roles_;
  std::set<std::string> missing_;
  // By schema (empty: every one) and kind: grantees in SQL.
  std::map<std::pair<std::string, char>, std::set<std::string>> defaults_;
};

}  // namespace pgclone::common
