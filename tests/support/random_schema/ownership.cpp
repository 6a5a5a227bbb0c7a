// Comments, owners and grants on whatever there is.
#include <set>
#include <string>

#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"
#include "support/random_schema/generate.hpp"

namespace pgclone::test::random_schema {

namespace {

// What GRANT calls the kind and what there is to grant; nothing for what has no privileges.
struct Grantable {
  std::string kind;
  std::vector<std::string> privileges;
};

Grantable grantable(const std::string& kind) {
  if (kind == "TABLE" || kind == "VIEW" || kind == "MATERIALIZED VIEW" || kind == "FOREIGN TABLE")
    return {"TABLE",
            {"SELECT", "INSERT, UPDATE", "ALL", "DELETE, TRUNCATE", "REFERENCES, TRIGGER"}};
  if (kind == "SEQUENCE") return {kind, {"USAGE", "SELECT", "UPDATE", "ALL"}};
  if (kind == "FUNCTION" || kind == "PROCEDURE") return {kind, {"EXECUTE"}};
  if (kind == "AGGREGATE") return {"FUNCTION", {"EXECUTE"}};
  if (kind == "TYPE" || kind == "DOMAIN") return {kind, {"USAGE"}};
  return {};
}

std::string role(Builder& b) {
  const std::vector<std::string>& all = roles();
  return sql::identifier(all[b.random.below(all.size())]);
}

void grant(Builder& b, const Object& object, const Grantable& what) {
  const std::string& privileges = what.privileges[b.random.below(what.privileges.size())];
  if (b.random.chance(20)) {
    b.add({"REVOKE ", privileges, " ON ", what.kind, " ", object.reference, " FROM PUBLIC"});
  }
  const bool to_public = b.random.chance(20);
  b.add({"GRANT ", privileges, " ON ", what.kind, " ", object.reference, " TO ",
         to_public ? "PUBLIC" : role(b),
         !to_public && b.random.chance(30) ? " WITH GRANT OPTION" : ""});
}

}  // namespace

void comment_objects(Builder& b) {
  for (const Object& object : b.objects) {
    if (!b.random.chance(20)) continue;
    b.add({"COMMENT ON ", object.kind, " ", object.reference, " IS ",
           sql::literal(text({"of ", b.names.fresh(), " \\ '$$' %s ; --"}))});
  }
  for (const Relation& relation : b.relations) {
    if (relation.columns.empty() || !b.random.chance(20)) continue;
    b.add({"COMMENT ON COLUMN ", relation.name, ".", b.random.pick(relation.columns).name, " IS ",
           sql::literal(b.names.fresh())});
  }
}

void label_objects(Builder& b) {
  static const std::set<std::string> kinds = {
      "SCHEMA",   "TABLE", "VIEW",   "MATERIALIZED VIEW", "FOREIGN TABLE", "SEQUENCE",
      "FUNCTION", "TYPE",  "DOMAIN", "PROCEDURE",         "AGGREGATE"};
  for (const Object& object : b.objects) {
    if (!kinds.contains(object.kind) || !b.random.chance(10)) continue;
    b.add({"SECURITY LABEL FOR another ON ", object.kind, " ", object.reference, " IS ",
           sql::literal(b.names.fresh())});
  }
  for (const Relation& relation : b.relations) {
    if (relation.columns.empty() || !b.random.chance(10)) continue;
    b.add({"SECURITY LABEL FOR another ON COLUMN ", relation.name, ".",
           b.random.pick(relation.columns).name, " IS ", sql::literal(b.names.fresh())});
  }
}

void give_objects_away(Builder& b) {
  std::vector<std::string> quoted;
  for (const std::string& name : roles()) quoted.push_back(sql::identifier(name));
  b.add({"GRANT USAGE, CREATE ON SCHEMA ", b.quoted_schema, " TO ", joined(quoted)});
  for (const Object& object : b.objects) {
    // A view's owner has to be able to read what it reads, or nobody can fill what reads the view.
    const bool reads = object.kind == "VIEW" || object.kind == "MATERIALIZED VIEW";
    if (object.ownable && b.random.chance(25) && !reads) {
      b.add({"ALTER ", object.kind, " ", object.reference, " OWNER TO ", role(b)});
    }
    const Grantable what = grantable(object.kind);
    if (object.grantable && !what.kind.empty() && b.random.chance(25)) grant(b, object, what);
  }
  for (const Relation& relation : b.relations) {
    if (relation.columns.empty() || !b.random.chance(15)) continue;
    b.add({"GRANT SELECT (", b.random.pick(relation.columns).name, ") ON ", relation.name, " TO ",
           role(b)});
  }
  static constexpr const char* kKinds[] = {"TABLES", "SEQUENCES", "FUNCTIONS", "TYPES"};
  for (const char* const kind : kKinds) {
    if (!b.random.chance(25)) continue;
    b.add({"ALTER DEFAULT PRIVILEGES FOR ROLE ", role(b), " IN SCHEMA ", b.quoted_schema,
           " GRANT ALL ON ", kind, " TO ", role(b)});
  }
}

}  // namespace pgclone::test::random_schema
