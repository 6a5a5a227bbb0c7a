#include "common/target_roles.hpp"

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

std::string listed(const std::set<std::string>& roles) {
  std::string list;
  for (const std::string& role : roles) list += (list.empty() ? "" : ", ") + sql::identifier(role);
  return list;
}

}  // namespace

TargetRoles::TargetRoles(PlanContext& context) : context_(context) {
  Session& target = context.target();
  self_ = target.query("SELECT current_user").text(0, 0);
  read_default_privileges(target);
  const Options& options = context.options();
  if (!options.boolean("owners") && !options.boolean("privileges")) return;
  const Result& roles = target.query(
      "SELECT rolname, pg_catalog.pg_has_role(oid, 'MEMBER'), pg_catalog.pg_has_role(oid, 'USAGE')"
      " FROM pg_catalog.pg_roles");
  for (std::size_t row = 0; row < roles.rows(); ++row) {
    roles_[std::string(roles.text(row, 0))] = {roles.boolean(row, 1), roles.boolean(row, 2)};
  }
}

void TargetRoles::read_default_privileges(Session& target) {
  const Result& rows = target.query(
      "SELECT n.nspname, d.defaclobjtype, x.grantee IS NULL, x.grantee = 0, r.rolname"
      " FROM pg_catalog.pg_default_acl d"
      " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace"
      " LEFT JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) x ON x.grantee <> d.defaclrole"
      " LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee WHERE d.defaclrole ="
      " (SELECT s.oid FROM pg_catalog.pg_roles s WHERE s.rolname = current_user)");
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const char kind = rows.text(row, 1).at(0) == 'S' ? 's' : rows.text(row, 1).at(0);
    std::set<std::string>& grantees = defaults_[{std::string(rows.text(row, 0)), kind}];
    if (rows.boolean(row, 2)) continue;
    grantees.insert(rows.boolean(row, 3) ? "PUBLIC" : sql::identifier(rows.text(row, 4)));
  }
}

std::optional<std::set<std::string>> TargetRoles::default_grantees(
    const OwnedObject& object, const std::string& schema) const {
  // The row type of a relation gets none.
  const bool row_type = object.kind() == 'T' && object.made_with.classid == catalog::kClass;
  if (row_type) return std::nullopt;
  std::optional<std::set<std::string>> grantees;
  for (const std::string& place : {std::string(), schema}) {
    const auto found = defaults_.find({place, object.kind()});
    if (found == defaults_.end()) continue;
    if (!grantees) grantees.emplace();
    grantees->insert(found->second.begin(), found->second.end());
  }
  // Those of a schema come on top.
  if (grantees && object.open_by_default() && !defaults_.contains({"", object.kind()})) {
    grantees->insert("PUBLIC");
  }
  return grantees;
}

bool TargetRoles::known(const std::string& role) {
  if (roles_.contains(role)) return true;
  missing_.insert(role);
  return false;
}

bool TargetRoles::inherits(const std::string& role) const {
  const auto found = roles_.find(role);
  return found != roles_.end() && found->second.inherits;
}

void TargetRoles::require_membership(const std::set<std::string>& owners) const {
  std::set<std::string> foreign;
  for (const std::string& owner : owners) {
    const auto found = roles_.find(owner);
    if (found != roles_.end() && !found->second.member) foreign.insert(owner);
  }
  if (foreign.empty()) return;
  throw Error(sqlstate::kInsufficientPrivilege,
              "the role that clones may not give objects to all their owners")
      .with_detail("Role " + sql::identifier(self_) + " is no member of: " + listed(foreign) + ".")
      .with_hint("GRANT it these roles, or clone without \"owners\".");
}

void TargetRoles::report_missing(const std::string& what) {
  if (missing_.empty()) return;
  context_.report(
      Severity::warning,
      "the target lacks " + std::to_string(missing_.size()) +
          (missing_.size() == 1 ? " role that owns or may use " : " roles that own or may use ") +
          what,
      "What would be theirs stays with the cloning role, and without their grants: " +
          listed(missing_) + ".",
      "Create them on the target before the clone.");
}

}  // namespace pgclone::common
