#include "rename.hpp"

#include "object_sql.hpp"

namespace pgclone::conflict {
namespace {

constexpr std::string_view kSuffix = "_old";

}  // namespace

void Rename::decide(const Conflict& conflict, const Options& /*options*/, Resolution& out) const {
  const ObjectName& existing = conflict.existing;
  if (existing.kind == "OPERATOR") {
    out.refuse(described(existing) + " cannot be renamed: PostgreSQL renames no operators",
               R"(Drop it, or clone with {"conflict": "skip"} or {"conflict": "replace"}.)");
    return;
  }
  ObjectName moved = existing;
  moved.name = out.free_name(existing, kSuffix);
  out.before(rename(existing, moved.name));
  // Names of indexes and sequences share a schema with the relations: the clone's own would
  // collide.
  for (const ObjectName& part : conflict.parts) {
    out.before(rename(part, out.free_name(part, kSuffix)));
  }
  out.notice("existing " + described(existing) + " is now " + reference(moved));
}

}  // namespace pgclone::conflict
