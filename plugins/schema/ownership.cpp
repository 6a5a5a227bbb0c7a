#include "ownership.hpp"

#include <map>
#include <optional>
#include <set>

#include "labels.hpp"
#include "named_objects.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

// No catalog has an OID with this bit: stands for the owner and the privileges of an object.
constexpr std::uint32_t kOwnership = 0x80000000;

ObjectId ownership_of(ObjectId object) {
  return {kOwnership | object.classid, object.objid};
}

struct Grant {
  std::string column;                  // empty: the whole object
  std::optional<std::string> grantee;  // none: PUBLIC
  std::string grantor;
  std::string privilege;
  bool grantable = false;
};

struct Object {
  ObjectId id;
  std::string owner_words;  // ALTER <these> …; empty: follows another object
  std::string grant_words;  // GRANT … ON <these>; empty: has no privileges
  std::string name;
  std::string owner;
  bool has_acl = false;
  std::uint32_t table = 0;  // of an owned sequence
  std::vector<Grant> grants = {};
};

Grant parse_grant(const Row& row, std::size_t first) {
  Grant grant;
  grant.column = row.text(first);
  if (!row.is_null(first + 1)) grant.grantee = row.text(first + 1);
  grant.grantor = row.text(first + 2);
  grant.privilege = row.text(first + 3);
  grant.grantable = row.boolean(first + 4);
  return grant;
}

constexpr std::string_view kGrantColumns =
    " CASE x.grantee WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(x.grantee) END,"
    " pg_catalog.pg_get_userbyid(x.grantor), x.privilege_type, x.is_grantable";

constexpr std::string_view kExplode =
    " WITH ORDINALITY x(grantor, grantee, privilege_type, is_grantable, place)";

std::vector<Object> read_objects(const Scope& scope) {
  const std::string with = "WITH " + named_objects_cte(scope);
  std::vector<Object> objects;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> places;
  for (const Row& row : scope.read(
           with + " SELECT classid, oid, owner_words, grant_words, name,"
                  " pg_catalog.pg_get_userbyid(owner), acl IS NOT NULL, of_table FROM objects"
                  " ORDER BY classid <> 2615, classid, name")) {
    const ObjectId id{row.oid(0), row.oid(1)};
    if (scope.excluded.contains(id)) continue;
    places.emplace(std::pair(id.classid, id.objid), objects.size());
    objects.push_back(
        {id, row.text(2), row.text(3), row.text(4), row.text(5), row.boolean(6), row.oid(7)});
  }
  for (const Row& row :
       scope.read(with + " SELECT a.classid, a.oid, a.name," + std::string(kGrantColumns) +
                  " FROM (SELECT classid, oid, NULL AS name, 0 AS number, acl FROM objects"
                  " UNION ALL SELECT o.classid, o.oid, a.attname, a.attnum, a.attacl FROM objects o"
                  " JOIN pg_catalog.pg_attribute a ON o.classid = 1259 AND a.attrelid = o.oid"
                  " AND NOT a.attisdropped) a CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl)" +
                  std::string(kExplode) + " ORDER BY a.classid, a.oid, a.number, x.place")) {
    const auto place = places.find({row.oid(0), row.oid(1)});
    if (place != places.end()) objects[place->second].grants.push_back(parse_grant(row, 2));
  }
  return objects;
}

class Writer {
 public:
  explicit Writer(Scope& scope)
      : scope_(scope), owners_(scope.option("owners")), privileges_(scope.option("privileges")) {
    for (const Row& row : read(scope.context.target(), "SELECT rolname FROM pg_catalog.pg_roles")) {
      roles_.insert(row.text(0));
    }
  }

  void write() {
    for (const Object& object : read_objects(scope_)) write(object);
    if (privileges_) write_defaults();
    if (missing_.empty()) return;
    std::string list;
    for (const std::string& role : missing_) {
      list += (list.empty() ? "" : ", ") + sql::identifier(role);
    }
    scope_.context.report(Severity::warning,
                          "the target lacks " + std::to_string(missing_.size()) +
                              " roles that own or may use objects of schema " +
                              sql::identifier(scope_.source_schema),
                          "What would be theirs stays with the cloning role, and without their "
                          "grants: " +
                              list + ".",
                          "Create them on the target before the clone.");
  }

 private:
  bool known(const std::string& role) {
    if (roles_.contains(role)) return true;
    missing_.insert(role);
    return false;
  }

  void write(const Object& object) {
    Step step;
    const bool owned = owners_ && known(object.owner);
    if (owned && !object.owner_words.empty()) {
      step.statements.push_back("ALTER " + object.owner_words + " " + object.name + " OWNER TO " +
                                sql::identifier(object.owner));
    }
    if (privileges_ && !object.grant_words.empty()) write_grants(object, owned, step);
    if (step.statements.empty()) return;
    step.group = "ownership of " +
                 (object.owner_words.empty() ? object.grant_words : object.owner_words) + " " +
                 object.name;
    step.key = step.group;
    step.kind = "ownership";
    step.label = object.name;
    step.phase = Phase::finish;
    step.after = Milestone::linked;
    const bool schema = object.id.classid == catalog::kNamespace;
    const bool relation = object.id.classid == catalog::kClass;
    step.provides = {ownership_of(object.id)};
    if (!schema) step.belongs_to = object.id;
    PlanBuilder& plan = scope_.context.plan();
    add_step(plan, scope_.target_schema, step);
    // What failed has no owner: a milestone counts what ended, well or badly.
    plan.depend(step.provides.front(), object.id);
    plan.depend(step.provides.front(), labels_of(object.id));
    // A new owner must be allowed to create in the schema; a sequence goes where its table goes.
    if (relation) {
      plan.depend(step.provides.front(),
                  object.table != 0 ? ownership_of({catalog::kClass, object.table})
                                    : ownership_of({catalog::kNamespace, scope_.schema()}));
    }
  }

  void write_grants(const Object& object, bool owned, Step& step) {
    const std::string on = " ON " + object.grant_words + " " + object.name;
    if (object.has_acl) {
      step.statements.push_back("REVOKE ALL" + on + " FROM PUBLIC");
      if (owned) {
        step.statements.push_back("REVOKE ALL" + on + " FROM " + sql::identifier(object.owner));
      }
    }
    for (const Grant& grant : object.grants) {
      // Whoever owns it on the target has all rights of an owner.
      if (!owned && grant.grantee == object.owner) continue;
      if (grant.grantee && !known(*grant.grantee)) continue;
      const std::string column =
          grant.column.empty() ? "" : " (" + sql::identifier(grant.column) + ")";
      const std::string statement = "GRANT " + grant.privilege + column + on + to(grant);
      if (grant.grantor == object.owner) {
        step.statements.push_back(statement);
      } else if (known(grant.grantor)) {
        step.statements.push_back(as_role(grant.grantor, statement));
      }
    }
  }

  static std::string to(const Grant& grant) {
    return " TO " + (grant.grantee ? sql::identifier(*grant.grantee) : std::string("PUBLIC")) +
           (grant.grantable ? " WITH GRANT OPTION" : "");
  }

  // A grant's grantor is who runs it. The block puts the role back that was there before; an error
  // ends the transaction, and the change of role with it.
  static std::string as_role(const std::string& role, const std::string& statement) {
    return "DO " + sql::literal(
                       "DECLARE before_ pg_catalog.text := "
                       "pg_catalog.current_setting('role'); BEGIN"
                       " PERFORM pg_catalog.set_config('role', " +
                       sql::literal(role) + ", true); " + statement +
                       "; PERFORM pg_catalog.set_config('role', before_, true); END");
  }

  void write_defaults() {
    const auto rows = scope_.read(
        "SELECT pg_catalog.pg_get_userbyid(d.defaclrole), CASE d.defaclobjtype WHEN 'r'"
        " THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' ELSE 'TYPES' END,"
        " NULL," +
        std::string(kGrantColumns) +
        " FROM pg_catalog.pg_default_acl d CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl)" +
        std::string(kExplode) + " WHERE d.defaclnamespace = " + scope_.schema_oid +
        " ORDER BY 1, 2, x.place");
    Step step;
    for (const Row& row : rows) {
      const Grant grant = parse_grant(row, 2);
      if (!known(row.text(0)) || (grant.grantee && !known(*grant.grantee))) continue;
      step.statements.push_back("ALTER DEFAULT PRIVILEGES FOR ROLE " +
                                sql::identifier(row.text(0)) + " IN SCHEMA " +
                                sql::identifier(scope_.target_schema) + " GRANT " +
                                grant.privilege + " ON " + row.text(1) + to(grant));
    }
    if (step.statements.empty()) return;
    step.label = sql::identifier(scope_.target_schema);
    step.group = "default privileges of schema " + step.label;
    step.key = step.group;
    step.kind = "privileges";
    step.phase = Phase::finish;
    step.after = Milestone::linked;
    add_step(scope_.context.plan(), scope_.target_schema, step);
  }

  Scope& scope_;
  bool owners_;
  bool privileges_;
  std::set<std::string> roles_;
  std::set<std::string> missing_;
};

}  // namespace

void add_ownership(Scope& scope) {
  if (scope.option("owners") || scope.option("privileges")) Writer(scope).write();
}

}  // namespace pgclone::schema
