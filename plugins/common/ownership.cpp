#include "common/ownership.hpp"

#include <algorithm>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

// No catalog has an OID with this bit.
constexpr std::uint32_t kOwnership = 0x80000000;

std::string object_sql(const OwnedObject& object) {
  return (object.grant_words.empty() ? object.owner_words : object.grant_words) + " " + object.name;
}

std::string listed(const std::set<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

std::string revoke_all(const OwnedObject& object, const std::set<std::string>& grantees) {
  return "REVOKE ALL ON " + object.grant_words + " " + object.name + " FROM " + listed(grantees);
}

// A grant's grantor is who runs it. The block puts the role back that was there before. One that
// fails, since its grantor lacks a right of his own by now, takes nothing else along.
std::string as_role(const std::string& role, const std::string& statement,
                    const OwnedObject& object) {
  const std::string message = "a privilege on " + object_sql(object) +
                              " is not granted, since role " + sql::identifier(role) +
                              " could not grant it";
  return "DO " + sql::literal(
                     "DECLARE before_ pg_catalog.text := pg_catalog.current_setting('role'); BEGIN"
                     " PERFORM pg_catalog.set_config('role', " +
                     sql::literal(role) + ", true); " + statement +
                     "; PERFORM pg_catalog.set_config('role', before_, true);"
                     " EXCEPTION WHEN OTHERS THEN RAISE WARNING USING MESSAGE = " +
                     sql::literal(message) + ", DETAIL = SQLERRM || '.', HINT = " +
                     sql::literal("Left out: " + statement + ";") + "; END");
}

const char* plural(char kind) {
  switch (kind) {
    case 'r':
      return "tables";
    case 's':
      return "sequences";
    case 'f':
      return "functions";
    case 'T':
      return "types";
    default:
      return "schemas";
  }
}

}  // namespace

ObjectId ownership_of(ObjectId object) {
  return {kOwnership | object.classid, object.objid};
}

OwnershipWriter::OwnershipWriter(PlanContext& context, bool computes)
    : context_(context),
      roles_(context),
      computes_(computes),
      owners_(context.options().boolean("owners")),
      privileges_(context.options().boolean("privileges")) {}

bool OwnershipWriter::needs_all() const {
  return owners_ || privileges_ || roles_.has_default_privileges();
}

std::vector<OwnedObject> OwnershipWriter::read(const std::string& ctes) const {
  return read_owned_objects(
      context_.source(), ctes,
      needs_all() ? "true" : "o.acl IS NOT NULL AND o.classid IN (1247, 1255)");
}

void OwnershipWriter::check_owners(const std::vector<OwnedObject>& objects) {
  if (!owners_) return;
  std::set<std::string> owners;
  for (const OwnedObject& object : objects) {
    if (!object.owner_words.empty()) owners.insert(object.owner);
  }
  roles_.require_membership(owners);
}

std::set<std::string> OwnershipWriter::other_grantors(const std::vector<OwnedObject>& objects) {
  std::set<std::string> grantors;
  for (const OwnedObject& object : objects) {
    if (!privileges_ && !lends(object)) continue;
    for (const Grant& grant : object.grants) {
      if (grant.grantor != object.owner && roles_.known(grant.grantor)) {
        grantors.insert(grant.grantor);
      }
    }
  }
  return grantors;
}

void OwnershipWriter::find_shut_out(const std::vector<OwnedObject>& objects,
                                    const std::string& source_schema,
                                    const std::string& target_schema) {
  const std::string grantors = sql::text_array(other_grantors(objects));
  if (grantors == "{}") return;
  const auto add = [&](Session& session, const std::string& schema, bool as_source) {
    const Param params[] = {grantors, schema};
    const Result& rows = session.query(
        "SELECT r.rolname, pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE'),"
        " r.oid = n.nspowner, pg_catalog.pg_has_role(n.nspowner, 'USAGE')"
        " FROM pg_catalog.pg_roles r, pg_catalog.pg_namespace n"
        " WHERE r.rolname = ANY ($1::pg_catalog.text[]) AND n.nspname = $2::pg_catalog.text",
        params);
    for (std::size_t row = 0; row < rows.rows(); ++row) {
      const std::string role(rows.text(row, 0));
      const bool may_let_in = as_source || rows.boolean(row, 3);
      const bool owner_stays_away =
          as_source && rows.boolean(row, 2) && !(owners_ && roles_.inherits(role));
      if (may_let_in && (!rows.boolean(row, 1) || owner_stays_away)) shut_out_.insert(role);
    }
  };
  if (!source_schema.empty()) add(context_.source(), source_schema, true);
  add(context_.target(), target_schema, false);
}

// Whoever does not inherit the new owner's rights could do nothing more with the object.
bool OwnershipWriter::hands_over(const OwnedObject& object) {
  // The functions that make a range's values stay with who made them.
  const bool stays = object.kind() == 'f' && object.made_with != object.id;
  return !stays && owners_ && roles_.known(object.owner) && roles_.inherits(object.owner);
}

bool OwnershipWriter::hands_over_last(const OwnedObject& object) {
  return owners_ && !object.owner_words.empty() && object.table == 0 &&
         roles_.known(object.owner) && !roles_.inherits(object.owner);
}

// Without privileges, but with owners, what is computed as its owner finds meanwhile the rights
// that it has on the source.
bool OwnershipWriter::lends(const OwnedObject& object) const {
  const char kind = object.kind();
  return owners_ && !privileges_ && computes_ && !object.existing && kind != '\0' && kind != 'T';
}

void OwnershipWriter::add_owner(const OwnedObject& object, std::vector<std::string>& statements) {
  statements.push_back("ALTER " + object.owner_words + " " + object.name + " OWNER TO " +
                       sql::identifier(object.owner));
}

std::vector<std::string> OwnershipWriter::after_create(const OwnedObject& object,
                                                       const std::string& schema) {
  std::vector<std::string> statements;
  const bool changes = object.existing || object.owner != roles_.self();
  if (!object.owner_words.empty() && changes && hands_over(object)) add_owner(object, statements);
  if (object.grant_words.empty()) return statements;
  if (object.existing) {
    if (privileges_ && object.has_acl) add_privileges(object, nullptr, statements);
    return statements;
  }
  const auto defaults = roles_.default_grantees(object, schema);
  add_privileges(object, defaults ? &*defaults : nullptr, statements);
  return statements;
}

void OwnershipWriter::add_privileges(const OwnedObject& object,
                                     const std::set<std::string>* defaults,
                                     std::vector<std::string>& statements) {
  const bool owned = hands_over(object);
  const std::string owner = sql::identifier(owned ? object.owner : roles_.self());
  std::set<std::string> revoked = defaults != nullptr ? *defaults : std::set<std::string>();
  if (object.open_by_default()) {
    const bool narrowed = defaults != nullptr && revoked.erase("PUBLIC") == 0;
    if (narrowed && !object.closed && object.kind() == 'f') narrowed_.insert(object.id.objid);
  }
  for (const std::string& grantee : revoked) {
    unwanted_.insert(std::string("on ") + plural(object.kind()) + " to " + grantee);
  }
  const bool anew = privileges_ && (defaults != nullptr || !object.from_default);
  if (object.closed || (anew && object.open_by_default()) ||
      (anew && object.kind() == 'n' && object.has_acl)) {
    revoked.insert("PUBLIC");
  }
  // The owner's own go only where they come back, one by one.
  if (anew && owned) {
    revoked.insert(owner);
  } else {
    revoked.erase(owner);
  }
  if (!revoked.empty()) statements.push_back(revoke_all(object, revoked));
  if (anew && object.from_default) {
    const std::string grant = "GRANT ALL ON " + object.grant_words + " " + object.name + " TO ";
    if (object.open_by_default()) statements.push_back(grant + "PUBLIC");
    if (owned) statements.push_back(grant + owner);
  }
  if (privileges_ || lends(object)) add_grants(object, statements);
  if (const auto roles = borrowers(object); !roles.empty()) {
    statements.push_back("GRANT EXECUTE ON " + object_sql(object) + " TO " + listed(roles));
  }
}

void OwnershipWriter::lend(ObjectId function, const std::string& owner) {
  if (owners_) lent_[function.objid].insert(owner);
}

std::set<std::string> OwnershipWriter::borrowers(const OwnedObject& object) {
  std::set<std::string> roles;
  if (owners_ && !privileges_ && object.kind() == 'f' && narrowed_.contains(object.id.objid)) {
    roles.insert("PUBLIC");
  }
  const auto lent = lent_.find(object.id.objid);
  if (object.kind() != 'f' || lent == lent_.end()) return roles;
  for (const std::string& role : lent->second) {
    const bool has_it =
        role == object.owner || std::ranges::any_of(object.grants, [&](auto& grant) {
          return (privileges_ || lends(object)) && grant.grantee == role;
        });
    if (!has_it && role != roles_.self() && roles_.inherits(role))
      roles.insert(sql::identifier(role));
  }
  return roles;
}

// Whether the target's owner doesn't have it anyway, and the target has the roles.
bool OwnershipWriter::is_granted(const OwnedObject& object, const GrantRun& run) {
  const Grant& grant = *run.front();
  const bool owned = hands_over(object);
  if (grant.grantee == object.owner && (!owned || !privileges_)) return false;
  if (!owned && grant.grantee == roles_.self()) return false;
  if (!grant.grantee && !privileges_ && object.open_by_default()) return false;
  if (grant.grantee && !roles_.known(*grant.grantee)) return false;
  return grant.grantor == object.owner || roles_.known(grant.grantor);
}

void OwnershipWriter::add_grants(const OwnedObject& object, std::vector<std::string>& statements) {
  for (const GrantRun& run : grant_runs(object.grants)) {
    if (!is_granted(object, run)) continue;
    const std::string& grantor = run.front()->grantor;
    const std::string statement = grant_statement(object, run);
    if (grantor == object.owner) {
      statements.push_back(statement);
    } else if (!shut_out_.contains(grantor)) {
      statements.push_back(as_role(grantor, statement, object));
    }
  }
}

void OwnershipWriter::open_schema(const std::string& schema,
                                  const std::vector<OwnedObject>& objects) {
  std::set<std::string> users;
  for (const std::string& role : other_grantors(objects)) users.insert(sql::identifier(role));
  for (const OwnedObject& object : objects) {
    if (owners_ && roles_.known(object.owner)) users.insert(sql::identifier(object.owner));
  }
  if (users.empty()) return;
  const std::string name = sql::identifier(schema);
  const std::string statement = "GRANT USAGE, CREATE ON SCHEMA " + name + " TO " + listed(users);
  const std::string_view statements[] = {statement};
  const std::string group = schema_group(schema);  // with what makes it
  const std::string key = "rights on " + group;
  StepSpec step;
  step.group = group;
  step.key = key;
  step.kind = "schema";
  step.label = name;
  step.statements = statements;
  context_.plan().add(step);
}

// What was lent, and owners whose rights the cloning role would not have.
void OwnershipWriter::add_return(const OwnedObject& object, ObjectId after) {
  std::vector<std::string> statements;
  std::set<std::string> grantees = borrowers(object);
  if (lends(object)) {
    for (const GrantRun& run : grant_runs(object.grants)) {
      const auto& grantee = run.front()->grantee;
      if (is_granted(object, run)) {
        grantees.insert(grantee ? sql::identifier(*grantee) : std::string("PUBLIC"));
      }
    }
  }
  if (!grantees.empty()) statements.push_back(revoke_all(object, grantees) + " CASCADE");
  if (hands_over_last(object)) add_owner(object, statements);
  if (statements.empty()) return;
  const std::string key = "ownership of " + object_sql(object);
  const std::vector<std::string_view> views(statements.begin(), statements.end());
  const ObjectId self = ownership_of(object.id);
  StepSpec step;
  step.group = key;
  step.key = key;
  step.kind = "ownership";
  step.label = object.name;
  step.phase = Phase::finish;
  step.after = Milestone::linked;
  step.statements = views;
  step.provides = {&self, 1};
  if (object.id.classid != catalog::kNamespace) step.belongs_to = object.id;
  context_.plan().add(step);
  // What failed has no owner: a milestone counts what ended, well or badly.
  context_.plan().depend(self, object.id);
  if (after != object.id) context_.plan().depend(self, ownership_of(after));
}

void OwnershipWriter::add_last_steps(const std::vector<OwnedObject>& objects,
                                     const std::string& schema) {
  // A new owner must be allowed to create in the schema.
  const auto place = std::ranges::find_if(
      objects, [](const OwnedObject& object) { return object.id.classid == catalog::kNamespace; });
  const ObjectId first = place == objects.end() ? ObjectId{} : place->id;
  for (const OwnedObject& object : objects) add_return(object, first);
  if (privileges_ && !shut_out_.empty()) add_late_grants(objects, schema);
}

// All of them in one transaction, which nobody sees from within.
void OwnershipWriter::add_late_grants(const std::vector<OwnedObject>& objects,
                                      const std::string& schema) {
  const std::string name = sql::identifier(schema);
  const std::string group = "grants by roles that may not use schema " + name;
  std::string roles;
  for (const std::string& role : shut_out_)
    roles += (roles.empty() ? "" : ", ") + sql::identifier(role);
  const auto add = [&](const std::string& key, const std::string& statement, ObjectId belongs_to) {
    const std::string_view statements[] = {statement};
    StepSpec step;
    step.group = group;
    step.key = key;
    step.kind = "privileges";
    step.label = name;
    step.phase = Phase::finish;
    step.after = Milestone::linked;
    step.statements = statements;
    step.belongs_to = belongs_to;
    context_.plan().add(step);
  };
  add(group + ", begin", "GRANT USAGE ON SCHEMA " + name + " TO " + roles, {});
  for (const OwnedObject& object : objects) {
    std::size_t number = 0;
    for (const GrantRun& run : grant_runs(object.grants)) {
      const std::string& grantor = run.front()->grantor;
      if (!shut_out_.contains(grantor) || grantor == object.owner || !is_granted(object, run))
        continue;
      add("grant " + std::to_string(++number) + " by others on " + object_sql(object),
          as_role(grantor, grant_statement(object, run), object), object.id);
    }
  }
  add(group + ", end", "REVOKE USAGE ON SCHEMA " + name + " FROM " + roles, {});
}

void OwnershipWriter::report(const std::string& what) {
  roles_.report_missing(what);
  if (unwanted_.empty()) return;
  std::string list;
  for (const std::string& item : unwanted_) list += (list.empty() ? "" : "\n") + item;
  context_.report(Severity::notice, "the target's default privileges give no rights on " + what,
                  list, "GRANT them after the clone where they are wanted.");
}

}  // namespace pgclone::common
