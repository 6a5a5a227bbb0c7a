// Owners and privileges: objects get on the target those that they have on the source.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/host.hpp"

namespace pgclone::common {

struct Grant {
  std::string column;                  // empty: the whole object
  std::optional<std::string> grantee;  // none: PUBLIC
  std::string grantor;
  std::string privilege;
  bool grantable = false;
};

struct OwnedObject {
  ObjectId id;
  std::string owner_words;  // ALTER <these> …; empty: follows another object
  std::string grant_words;  // GRANT … ON <these>; empty: has no privileges
  std::string name;         // on the target, in SQL
  std::string owner;
  bool has_acl = false;
  std::uint32_t table = 0;  // of an owned sequence
  std::vector<Grant> grants = {};
};

// `objects`: the CTE objects(classid, oid, owner_words, grant_words, name, owner, acl, of_table).
std::vector<OwnedObject> read_owned_objects(Session& source, const std::string& objects);

// What reads a grant: the columns, and the table function's alias x behind aclexplode(…).
inline constexpr std::string_view kGrantColumns =
    " CASE x.grantee WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(x.grantee) END,"
    " pg_catalog.pg_get_userbyid(x.grantor), x.privilege_type, x.is_grantable";
inline constexpr std::string_view kExplode =
    " WITH ORDINALITY x(grantor, grantee, privilege_type, is_grantable, place)";
// The column's name in `first`, and kGrantColumns behind it.
Grant parse_grant(const Result& result, std::size_t row, std::size_t first);
// TO <role> WITH GRANT OPTION
std::string to_grantee(const Grant& grant);

// Adds a step per object, by the options "owners" and "privileges".
class OwnershipWriter {
 public:
  // `schema`: the OID of the schema that the objects lie in, where it is cloned itself; or 0.
  OwnershipWriter(PlanContext& context, std::uint32_t schema);
  // `before`: what must be done while the object has its old owner, if the plan has it.
  void write(const OwnedObject& object, ObjectId before = {});
  // Objects that are made in a schema where they don't stay: their owners and grantors need rights
  // on it meanwhile. Before the objects.
  void open_schema(const std::string& schema, const std::vector<OwnedObject>& objects);
  // Whether the target has the role. Those that it hasn't are remembered.
  bool known(const std::string& role);
  // One WARNING for all roles that the target lacks. `what`: that they own or may use.
  void report_missing(const std::string& what);

 private:
  void write_grants(const OwnedObject& object, bool owned, std::vector<std::string>& statements);

  PlanContext& context_;
  std::uint32_t schema_;
  bool owners_;
  bool privileges_;
  std::set<std::string> roles_;
  std::set<std::string> missing_;
};

}  // namespace pgclone::common
