// What a schema clone does for its tables, where a table is cloned without its schema: rules and
// policies.
#include "common/kept_texts.hpp"
#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

void Planner::read_attachments(const std::string& oids) {
  const std::string relations =
      "SELECT pg_catalog.unnest(" + sql::literal(oids) + "::pg_catalog.oid[])";
  for (const auto& read : {common::read_rules, common::read_policies}) {
    for (common::Attachment& item : read(context_.source(), relations)) {
      if (Table* table = set_.find(item.relation)) table->attachments.push_back(std::move(item));
    }
  }
}

// Their text may name the table itself, and would mean the old one under another name.
void Planner::leave_out_self_references() {
  for (Table& table : set_.tables()) {
    if (table.target_name == table.name) continue;
    const std::string quoted = sql::identifier(table.name);
    const std::string name = quoted.substr(1, quoted.size() - 2);
    std::erase_if(table.attachments, [&](const common::Attachment& item) {
      if (item.tail.find(name) == std::string::npos) return false;
      context_.report(Severity::warning,
                      "left out " + std::string(item.kind.name) + " " + sql::identifier(item.name) +
                          " of table " + source_label(table),
                      "Its text names the table, which gets another name.",
                      "Create it on the target by hand.");
      return true;
    });
  }
}

void Planner::report_kept_texts() {
  const auto [classes, objects] = arrays_of(parts_with_needs());
  common::report_kept_texts(
      context_,
      "owned (classid, objid) AS (SELECT * FROM ROWS FROM (pg_catalog.unnest(" +
          sql::literal(classes) + "::pg_catalog.oid[]), pg_catalog.unnest(" +
          sql::literal(objects) + "::pg_catalog.oid[])) o)",
      source_schema_, final_schema_);
}

}  // namespace pgclone::table
