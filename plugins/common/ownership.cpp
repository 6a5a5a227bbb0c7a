#include "common/ownership.hpp"

#include <map>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

// No catalog has an OID with this bit: stands for the owner and the privileges of an object.
constexpr std::uint32_t kOwnership = 0x80000000;

ObjectId ownership_of(ObjectId object) {
  return {kOwnership | object.classid, object.objid};
}

ObjectId object_id(const Result& result, std::size_t row) {
  return {static_cast<std::uint32_t>(result.integer(row, 0)),
          static_cast<std::uint32_t>(result.integer(row, 1))};
}

// A grant's grantor is who runs it. The block puts the role back that was there before; an error
// ends the transaction, and the change of role with it.
std::string as_role(const std::string& role, const std::string& statement) {
  return "DO " + sql::literal(
                     "DECLARE before_ pg_catalog.text := "
                     "pg_catalog.current_setting('role'); BEGIN"
                     " PERFORM pg_catalog.set_config('role', " +
                     sql::literal(role) + ", true); " + statement +
                     "; PERFORM pg_catalog.set_config('role', before_, true); END");
}

}  // namespace

Grant parse_grant(const Result& result, std::size_t row, std::size_t first) {
  Grant grant;
  grant.column = result.text(row, first);
  if (!result.is_null(row, first + 1)) grant.grantee = result.text(row, first + 1);
  grant.grantor = result.text(row, first + 2);
  grant.privilege = result.text(row, first + 3);
  grant.grantable = result.boolean(row, first + 4);
  return grant;
}

std::string to_grantee(const Grant& grant) {
  return " TO " + (grant.grantee ? sql::identifier(*grant.grantee) : std::string("PUBLIC")) +
         (grant.grantable ? " WITH GRANT OPTION" : "");
}

std::vector<OwnedObject> read_owned_objects(Session& source, const std::string& objects) {
  const std::string with = "WITH " + objects;
  std::vector<OwnedObject> found;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> places;
  const Result& owners =
      source.query(with +
                   " SELECT classid, oid, owner_words, grant_words, name,"
                   " pg_catalog.pg_get_userbyid(owner), acl IS NOT NULL, of_table FROM objects"
                   " ORDER BY classid <> 2615, classid, name");
  for (std::size_t row = 0; row < owners.rows(); ++row) {
    const ObjectId id = object_id(owners, row);
    places.emplace(std::pair(id.classid, id.objid), found.size());
    const auto text = [&](std::size_t column) { return std::string(owners.text(row, column)); };
    found.push_back({id, text(2), text(3), text(4), text(5), owners.boolean(row, 6),
                     static_cast<std::uint32_t>(owners.integer(row, 7))});
  }
  const Result& grants =
      source.query(with + " SELECT a.classid, a.oid, a.name," + std::string(kGrantColumns) +
                   " FROM (SELECT classid, oid, NULL AS name, 0 AS number, acl FROM objects"
                   " UNION ALL SELECT o.classid, o.oid, a.attname, a.attnum, a.attacl FROM objects"
                   " o JOIN pg_catalog.pg_attribute a ON o.classid = 1259 AND a.attrelid = o.oid"
                   " AND NOT a.attisdropped) a CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl)" +
                   std::string(kExplode) + " ORDER BY a.classid, a.oid, a.number, x.place");
  for (std::size_t row = 0; row < grants.rows(); ++row) {
    const ObjectId id = object_id(grants, row);
    const auto place = places.find({id.classid, id.objid});
    if (place == places.end()) continue;
    found[place->second].grants.push_back(parse_grant(grants, row, 2));
  }
  return found;
}

OwnershipWriter::OwnershipWriter(PlanContext& context, std::uint32_t schema)
    : context_(context),
      schema_(schema),
      owners_(context.options().boolean("owners")),
      privileges_(context.options().boolean("privileges")) {
  const Result& roles = context.target().query("SELECT rolname FROM pg_catalog.pg_roles");
  for (std::size_t row = 0; row < roles.rows(); ++row) roles_.emplace(roles.text(row, 0));
}

bool OwnershipWriter::known(const std::string& role) {
  if (roles_.contains(role)) return true;
  missing_.insert(role);
  return false;
}

void OwnershipWriter::report_missing(const std::string& what) {
  if (missing_.empty()) return;
  std::string list;
  for (const std::string& role : missing_) {
    list += (list.empty() ? "" : ", ") + sql::identifier(role);
  }
  context_.report(
      Severity::warning,
      "the target lacks " + std::to_string(missing_.size()) +
          (missing_.size() == 1 ? " role that owns or may use " : " roles that own or may use ") +
          what,
      "What would be theirs stays with the cloning role, and without their grants: " + list + ".",
      "Create them on the target before the clone.");
}

void OwnershipWriter::open_schema(const std::string& schema,
                                  const std::vector<OwnedObject>& objects) {
  std::set<std::string> users;
  for (const OwnedObject& object : objects) {
    if (owners_) users.insert(object.owner);
    for (const Grant& grant : object.grants) users.insert(grant.grantor);
  }
  std::string list;
  for (const std::string& user : users) {
    if (roles_.contains(user)) list += (list.empty() ? "" : ", ") + sql::identifier(user);
  }
  if (list.empty()) return;
  const std::string name = sql::identifier(schema);
  const std::string key = "rights on schema " + name;
  const std::string statement = "GRANT USAGE, CREATE ON SCHEMA " + name + " TO " + list;
  const std::string_view statements[] = {statement};
  const ObjectId self = ownership_of({catalog::kNamespace, schema_});
  StepSpec step;
  step.group = key;
  step.key = key;
  step.kind = "ownership";
  step.label = name;
  step.phase = Phase::finish;
  step.after = Milestone::linked;
  step.statements = statements;
  step.provides = {&self, 1};
  context_.plan().add(step);
}

void OwnershipWriter::write(const OwnedObject& object, ObjectId before) {
  std::vector<std::string> statements;
  const bool owned = owners_ && known(object.owner);
  if (owned && !object.owner_words.empty()) {
    statements.push_back("ALTER " + object.owner_words + " " + object.name + " OWNER TO " +
                         sql::identifier(object.owner));
  }
  if (privileges_ && !object.grant_words.empty()) write_grants(object, owned, statements);
  if (statements.empty()) return;
  const std::string key = "ownership of " +
                          (object.owner_words.empty() ? object.grant_words : object.owner_words) +
                          " " + object.name;
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
  PlanBuilder& plan = context_.plan();
  plan.add(step);
  // What failed has no owner: a milestone counts what ended, well or badly.
  plan.depend(self, object.id);
  plan.depend(self, before);
  // A new owner must be allowed to create in the schema; a sequence goes where its table goes.
  if (object.id.classid == catalog::kClass || object.id.classid == catalog::kStatisticExt) {
    plan.depend(self, ownership_of(object.table != 0 ? ObjectId{catalog::kClass, object.table}
                                                     : ObjectId{catalog::kNamespace, schema_}));
  }
}

void OwnershipWriter::write_grants(const OwnedObject& object, bool owned,
                                   std::vector<std::string>& statements) {
  const std::string on = " ON " + object.grant_words + " " + object.name;
  if (object.has_acl) {
    statements.push_back("REVOKE ALL" + on + " FROM PUBLIC");
    if (owned) {
      statements.push_back("REVOKE ALL" + on + " FROM " + sql::identifier(object.owner));
    }
  }
  for (const Grant& grant : object.grants) {
    // Whoever owns it on the target has all rights of an owner.
    if (!owned && grant.grantee == object.owner) continue;
    if (grant.grantee && !known(*grant.grantee)) continue;
    const std::string column =
        grant.column.empty() ? "" : " (" + sql::identifier(grant.column) + ")";
    const std::string statement = "GRANT " + grant.privilege + column + on + to_grantee(grant);
    if (grant.grantor == object.owner) {
      statements.push_back(statement);
    } else if (known(grant.grantor)) {
      statements.push_back(as_role(grant.grantor, statement));
    }
  }
}

}  // namespace pgclone::common
