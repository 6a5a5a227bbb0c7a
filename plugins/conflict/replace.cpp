#include "replace.hpp"

#include "object_sql.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::conflict {
namespace {

std::string list(std::span<const std::string_view> items) {
  std::string text;
  for (const std::string_view item : items) {
    if (!text.empty()) text += ", ";
    text += item;
  }
  return text;
}

}  // namespace

void Replace::decide(const Conflict& conflict, const Options& options, Resolution& out) const {
  const std::string object = described(conflict.existing);
  if (!conflict.outside_dependants.empty()) {
    const std::string dependants = list(conflict.outside_dependants);
    if (!options.boolean("cascade")) {
      out.refuse(object + " cannot be replaced, because objects outside the clone depend on it: " +
                     dependants,
                 R"(Drop them first, or use {"conflict": "replace", "cascade": true} to have them )"
                 "dropped.",
                 sqlstate::kDependentObjectsStillExist);
      return;
    }
    out.notice("replacing " + object + " drops what depends on it: " + dependants);
  }
  out.build_beside();
  // CASCADE reaches nothing that was not looked at: the host checks once more, under lock, that no
  // other dependant came up. IF EXISTS, since an object may go with one that it depends on.
  out.after("DROP " + std::string(conflict.existing.kind) + " IF EXISTS " +
            reference(conflict.existing) + " CASCADE");
}

}  // namespace pgclone::conflict
