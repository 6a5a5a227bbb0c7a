#include "error.hpp"

#include "object_sql.hpp"

namespace pgclone::conflict {

void Refuse::decide(const Conflict& conflict, const Options& /*options*/, Resolution& out) const {
  out.refuse(described(conflict.existing) + " already exists",
             R"(Choose what happens to it: {"conflict": "skip"}, {"conflict": "replace"} or )"
             R"({"conflict": "rename"}.)");
}

}  // namespace pgclone::conflict
