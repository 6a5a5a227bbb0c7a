#include "common/owned_objects.hpp"

#include <map>
#include <tuple>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

ObjectId object_id(const Result& result, std::size_t row, std::size_t first = 0) {
  return {result.oid(row, first), result.oid(row, first + 1)};
}

// An object of `owned` with what such an object has by default (d.acl), and whether its own ACL
// begins with that.
constexpr const char* kWithDefault = R"sql(
 FROM owned o CROSS JOIN LATERAL (SELECT pg_catalog.acldefault(
   CASE o.classid WHEN 1255 THEN 'f' WHEN 1247 THEN 'T' WHEN 2615 THEN 'n' WHEN 1259 THEN
     CASE o.grant_words WHEN 'SEQUENCE' THEN 's' ELSE 'r' END END::pg_catalog."char", o.owner)) d(acl)
 CROSS JOIN LATERAL (SELECT pg_catalog.array_length(d.acl, 1)) n(n)
 CROSS JOIN LATERAL (SELECT o.classid <> 2615 AND o.acl[1:n.n] = d.acl) b(begins))sql";

}  // namespace

char OwnedObject::kind() const {
  if (grant_words.empty()) return '\0';
  switch (id.classid) {
    case catalog::kProc:
      return 'f';
    case catalog::kType:
      return 'T';
    case catalog::kNamespace:
      return 'n';
    default:
      return grant_words == "SEQUENCE" ? 's' : 'r';
  }
}

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

std::vector<GrantRun> grant_runs(const std::vector<Grant>& grants) {
  const auto key = [](const Grant& grant) {
    return std::tie(grant.grantee, grant.grantor, grant.grantable);
  };
  std::vector<GrantRun> runs;
  for (const Grant& grant : grants) {
    if (runs.empty() || key(*runs.back().front()) != key(grant)) runs.emplace_back();
    runs.back().push_back(&grant);
  }
  return runs;
}

std::string grant_statement(const OwnedObject& object, const GrantRun& run) {
  std::string privileges;
  for (const Grant* grant : run) {
    privileges += (privileges.empty() ? "" : ", ") + grant->privilege +
                  (grant->column.empty() ? "" : " (" + sql::identifier(grant->column) + ")");
  }
  return "GRANT " + privileges + " ON " + object.grant_words + " " + object.name +
         to_grantee(*run.front());
}

std::vector<OwnedObject> read_owned_objects(Session& source, const std::string& ctes,
                                            const std::string& condition) {
  const std::string with = "WITH " + ctes;
  const std::string where = " WHERE " + condition;
  std::vector<OwnedObject> found;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::size_t> places;
  const Result& owners = source.query(
      with +
      " SELECT o.classid, o.oid, o.made_class, o.made_oid, o.owner_words, o.grant_words, o.name,"
      " pg_catalog.pg_get_userbyid(o.owner), o.acl IS NOT NULL, o.classid IN (1247, 1255)"
      " AND o.acl IS NOT NULL AND NOT EXISTS (SELECT FROM pg_catalog.aclexplode(o.acl) x"
      " WHERE x.grantee = 0), o.acl IS NULL OR b.begins, o.of_table" +
      std::string(kWithDefault) + where +
      " ORDER BY o.classid <> 2615, o.classid DESC, o.owner_words = '', o.name");
  for (std::size_t row = 0; row < owners.rows(); ++row) {
    const ObjectId id = object_id(owners, row);
    places.emplace(std::pair(id.classid, id.objid), found.size());
    const auto text = [&](std::size_t column) { return std::string(owners.text(row, column)); };
    found.push_back({.id = id,
                     .made_with = object_id(owners, row, 2),
                     .owner_words = text(4),
                     .grant_words = text(5),
                     .name = text(6),
                     .owner = text(7),
                     .has_acl = owners.boolean(row, 8),
                     .closed = owners.boolean(row, 9),
                     .from_default = owners.boolean(row, 10),
                     .table = owners.oid(row, 11)});
  }
  const Result& grants =
      source.query(with + " SELECT a.classid, a.oid, a.name," + std::string(kGrantColumns) +
                   " FROM (SELECT o.classid, o.oid, NULL AS name, 0 AS number,"
                   " CASE WHEN NOT b.begins THEN o.acl WHEN pg_catalog.array_length(o.acl, 1) > n.n"
                   " THEN o.acl[n.n + 1:] END AS acl" +
                   kWithDefault + where +
                   " UNION ALL SELECT o.classid, o.oid, a.attname, a.attnum, a.attacl FROM owned"
                   " o JOIN pg_catalog.pg_attribute a ON o.classid = 1259 AND a.attrelid = o.oid"
                   " AND NOT a.attisdropped" +
                   where + ") a CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl)" +
                   std::string(kExplode) + " ORDER BY a.classid, a.oid, a.number, x.place");
  for (std::size_t row = 0; row < grants.rows(); ++row) {
    const auto place = places.find({grants.oid(row, 0), grants.oid(row, 1)});
    if (place != places.end()) found[place->second].grants.push_back(parse_grant(grants, row, 2));
  }
  return found;
}

}  // namespace pgclone::common
