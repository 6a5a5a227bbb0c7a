// Security labels of tables that are cloned without their schema, of their columns and sequences.
#include <algorithm>

#include "common/label_providers.hpp"
#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

struct Label {
  Oid relation = 0;
  std::optional<std::string> column;
  std::string provider;
  std::string text;
};

std::vector<Label> read_labels(Session& source, const std::string& oids) {
  const Param params[] = {oids};
  const Result& result = source.query(R"sql(
SELECT l.objoid, a.attname, l.provider, l.label
FROM pg_catalog.pg_seclabel l
LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = l.objoid AND a.attnum = l.objsubid
                                   AND l.objsubid <> 0
WHERE l.classoid = 1259 AND l.objoid = ANY($1::pg_catalog.oid[])
  AND (l.objsubid = 0 OR NOT a.attisdropped)
ORDER BY l.objoid, l.objsubid, l.provider)sql",
                                      params);
  std::vector<Label> labels;
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Label& label = labels.emplace_back();
    label.relation = row.oid();
    label.column = row.nullable();
    label.provider = row.text();
    label.text = row.text();
  }
  return labels;
}

bool has_column(const Table& table, const std::string& name) {
  return std::ranges::any_of(table.columns,
                             [&](const Column& column) { return column.name == name; });
}

}  // namespace

void Planner::add_labels() {
  std::vector<Oid> relations;
  std::map<Oid, std::pair<Table*, const Sequence*>> places;
  for (Table& table : set_.tables()) {
    places[table.oid] = {&table, nullptr};
    for (const Sequence& sequence : table.sequences) places[sequence.oid] = {&table, &sequence};
  }
  for (const auto& [oid, place] : places) relations.push_back(oid);
  LabelProviders providers(context_);
  for (const Label& label : read_labels(context_.source(), oid_array(relations))) {
    const auto place = places.find(label.relation);
    if (place == places.end()) continue;
    const auto& [table, sequence] = place->second;
    std::string object = "TABLE " + target_label(*table);
    if (sequence != nullptr) {
      object = "SEQUENCE " + sql::qualified(table->target_schema, sequence->target_name);
    } else if (label.column) {
      if (!has_column(*table, *label.column)) continue;
      object = "COLUMN " + target_label(*table) + "." + sql::identifier(*label.column);
    }
    if (!providers.accept(label.provider, object)) continue;
    table->labels.push_back(LabelProviders::statement(label.provider, object, label.text));
  }
  providers.report();
}

}  // namespace pgclone::table
