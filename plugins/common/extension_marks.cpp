#include "common/extension_marks.hpp"

#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

ExtensionMarks::ExtensionMarks(PlanContext& context) : context_(context) {
  // In the order in which pg_dump finds them.
  const Result& marks = context.source().query(
      "SELECT d.classid, d.objid, e.oid, e.extname, n.nspname FROM pg_catalog.pg_extension e"
      " JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace JOIN pg_catalog.pg_depend d"
      " ON d.refclassid = 3079 AND d.refobjid = e.oid WHERE d.deptype = 'x' ORDER BY d.ctid");
  for (std::size_t row = 0; row < marks.rows(); ++row) {
    const std::uint32_t extension = marks.oid(row, 2);
    marks_[{marks.oid(row, 0), marks.oid(row, 1)}].push_back(extension);
    extensions_[extension] = {std::string(marks.text(row, 3)), std::string(marks.text(row, 4))};
  }
  if (marks_.empty()) return;
  std::vector<std::string> names;
  for (const auto& [unused, extension] : extensions_) names.push_back(extension.name);
  const std::string array = sql::text_array(names);
  const Param params[] = {array};
  const Result& available = context.target().query(
      "SELECT name, installed_version IS NOT NULL FROM pg_catalog.pg_available_extensions"
      " WHERE name = ANY ($1::pg_catalog.text[])"
      " UNION SELECT extname, true FROM pg_catalog.pg_extension"
      " WHERE extname = ANY ($1::pg_catalog.text[])",
      params);
  const bool creates = context.options().boolean("extensions");
  for (std::size_t row = 0; row < available.rows(); ++row) {
    for (auto& [unused, extension] : extensions_) {
      if (extension.name != available.text(row, 0)) continue;
      extension.there = available.boolean(row, 1);
      extension.can_be_made = !extension.there && creates;
    }
  }
}

std::vector<std::string> ExtensionMarks::statements(ObjectId object, const std::string& target) {
  std::vector<std::string> statements;
  const auto found = marks_.find({object.classid, object.objid});
  if (found == marks_.end()) return statements;
  for (const std::uint32_t number : found->second) {
    const Extension& extension = extensions_.at(number);
    if (!extension.there && !extension.can_be_made) {
      lost_[extension.name].push_back(target);
      continue;
    }
    named_.insert(number);
    statements.push_back("ALTER " + target + " DEPENDS ON EXTENSION " +
                         sql::identifier(extension.name));
  }
  return statements;
}

void ExtensionMarks::report() {
  if (lost_.empty()) return;
  std::string detail;
  for (const auto& [extension, objects] : lost_) {
    detail +=
        (detail.empty() ? "" : "\n") + ("The target lacks extension " + sql::identifier(extension));
    for (const std::string& object : objects)
      detail += (&object == objects.data() ? ": " : ", ") + object;
    detail += ".";
  }
  context_.report(Severity::warning, "objects come without their mark DEPENDS ON EXTENSION", detail,
                  "Create the extension on the target, then ALTER … DEPENDS ON EXTENSION.");
}

}  // namespace pgclone::common
