// Owners and privileges as the source has them.
#pragma once

#include <cstdint>
#include <optional>
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
  ObjectId made_with;       // itself, or the object that brings it along
  std::string owner_words;  // ALTER <these> …; empty: follows another object
  std::string grant_words;  // GRANT … ON <these>; empty: has no privileges
  std::string name;         // on the target, in SQL
  std::string owner;
  bool has_acl = false;
  // PUBLIC lacks what it has of such an object by default.
  bool closed = false;
  // Has what such an object has by default, and `grants` on top of it; else `grants` are all.
  bool from_default = false;
  std::uint32_t table = 0;  // of an owned sequence
  bool existing = false;    // a schema that the target has already
  std::vector<Grant> grants = {};

  // The letter that acldefault() and pg_default_acl know the kind by; '\0': has no privileges.
  [[nodiscard]] char kind() const;
  // PUBLIC has rights on a new object of the kind.
  [[nodiscard]] bool open_by_default() const { return kind() == 'f' || kind() == 'T'; }
};

// `ctes`: the last is owned(classid, oid, made_class, made_oid, owner_words, grant_words, name,
// owner, acl, of_table). Only those for which the condition holds. A schema's grants are all of
// them, since it may be there already.
std::vector<OwnedObject> read_owned_objects(Session& source, const std::string& ctes,
                                            const std::string& condition);

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

// Grants that differ in nothing but their privileges and columns, as the source lists them.
using GrantRun = std::vector<const Grant*>;
std::vector<GrantRun> grant_runs(const std::vector<Grant>& grants);
// GRANT … ON … TO …
std::string grant_statement(const OwnedObject& object, const GrantRun& run);

}  // namespace pgclone::common
