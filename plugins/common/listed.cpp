#include "common/listed.hpp"

#include <algorithm>
#include <vector>

#include "pgclone/plugin/numbers.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

std::string to_text(const Listed& listed) {
  return std::to_string(listed.oid) + " " + listed.label;
}

Listed listed_from(std::string_view text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  return {parse_oid(text.substr(0, end)), std::string(text.substr(std::min(end + 1, text.size())))};
}

Error replaced(const std::string& label) {
  return Error(sqlstate::kObjectNotInPrerequisiteState, label + " was replaced on the source")
      .with_origin(Origin::source)
      .with_detail("Since it was listed, it was dropped, renamed or made a view.")
      .with_hint("Begin again; if another relation has its name now, ask its owner why.");
}

// Under the snapshot of a transaction a query of pg_class shows what was; these functions look at
// what is. Before PostgreSQL 16, an empty table can become a view and keep its OID: it loses its
// file.
void demand_same(Session& source, std::span<const Listed> relations) {
  if (relations.empty()) return;
  std::string oids = "{";
  std::string stored = "{";
  std::vector<std::string_view> labels;
  for (const Listed& relation : relations) {
    const char* const comma = labels.empty() ? "" : ",";
    oids += comma + std::to_string(relation.oid);
    stored += std::string(comma) + (relation.stored ? "t" : "f");
    labels.emplace_back(relation.label);
  }
  oids += "}";
  stored += "}";
  const std::string names = sql::text_array(labels);
  const Param params[] = {oids, names, stored};
  const Result& changed = source.query(R"sql(
SELECT x.label
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[]),
                pg_catalog.unnest($3::pg_catalog.bool[])) x (oid, label, stored)
WHERE pg_catalog.to_regclass(x.label)::pg_catalog.oid IS DISTINCT FROM x.oid
   OR (x.stored AND pg_catalog.pg_relation_filenode(x.oid) IS NULL)
LIMIT 1)sql",
                                       params);
  if (changed.rows() > 0) throw replaced(std::string(changed.text(0, 0)));
}

// TABLESAMPLE is for what has rows of its own. It is looked at when the query is parsed, before any
// function of a view could run, even to plan it.
std::string if_table(const std::string& label) {
  return "WITH pgclone_table AS (SELECT FROM ONLY " + label +
         " TABLESAMPLE pg_catalog.system (0)) ";
}

bool is_no_table(const Error& error) {
  return error.origin() == Origin::source && error.sqlstate() == sqlstate::kFeatureNotSupported &&
         error.message().find("TABLESAMPLE") != std::string::npos;
}

// Whatever a query names is locked when it is parsed, and stays so.
void hold(Session& source, const Listed& table) {
  const Param params[] = {table.label};
  try {
    const Result& found = source.query(
        if_table(table.label) + "SELECT pg_catalog.to_regclass($1)::pg_catalog.oid", params);
    if (!found.is_null(0, 0) && parse_oid(found.text(0, 0)) == table.oid) return;
  } catch (const Error& error) {
    if (!is_no_table(error)) throw;
  }
  throw replaced(table.label);
}

bool may_read_views(std::string_view condition) {
  return condition.find('(') != std::string_view::npos;
}

ViewsReadable::ViewsReadable(Session& source) : source_(source) {
  const Result& setting = source.query(
      "SELECT s.setting, pg_catalog.set_config(s.name, s.reset_val, true)"
      " FROM pg_catalog.pg_settings s WHERE s.name = 'restrict_nonsystem_relation_kind'");
  if (setting.rows() > 0) forbidden_ = setting.text(0, 0);
}

void ViewsReadable::end() {
  if (!forbidden_.empty())
    source_.execute("SET LOCAL restrict_nonsystem_relation_kind = " + sql::literal(forbidden_));
}

}  // namespace pgclone::common
