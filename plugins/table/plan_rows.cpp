// Which rows are cloned: the options "where", for a single table, and "data", for those of a
// schema.
#include <algorithm>
#include <boost/json.hpp>
#include <optional>

#include "common/listed.hpp"
#include "common/nearest.hpp"
#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

namespace json = boost::json;

constexpr const char* kExample =
    "Write an object such as {\"data\": {\"orders\": \"id > 10\", \"log\": false}}.";

void add_condition(Table& table, const std::string& condition) {
  table.condition += (table.condition.empty() ? "(\n" : " AND (\n") + condition + "\n)";
  table.condition_may_read_views |= common::may_read_views(condition);
}

// The table, and every partition below it.
template <typename Change>
void change_tree(TableSet& set, Table& table, const Change& change) {
  change(table);
  for (Table& other : set.tables()) {
    const bool below =
        other.is_partition &&
        std::ranges::any_of(other.parents, [&](const Parent& p) { return p.oid == table.oid; });
    if (below) change_tree(set, other, change);
  }
}

void leave_rows(Table& table) {
  table.no_rows = true;
  table.size = 0;
}

// On which a condition can be tried: the server refuses it on a table of whose rows, or partitions,
// it has none. Null: there is nothing to read.
const Table* readable_part(TableSet& set, const Table& table) {
  bool whole = true;
  const Table* part = nullptr;
  change_tree(set, *set.find(table.oid), [&](const Table& one) {
    whole = whole && one.readable;
    if (part == nullptr && one.readable && !one.partitioned) part = &one;
  });
  return whole ? &table : part;
}

// A condition; empty for no rows.
std::string condition_of(std::string_view name, const json::value& value) {
  if (value.is_bool() && !value.as_bool()) return "";
  if (value.is_string() && !value.as_string().empty()) {
    return {value.as_string().data(), value.as_string().size()};
  }
  throw Error(
      sqlstate::kInvalidParameterValue,
      "option \"data\" must have an SQL condition or false for table " + sql::identifier(name))
      .with_detail("It has: " + json::serialize(value) + ".")
      .with_hint(kExample);
}

}  // namespace

// Of what isn't logged, a standby has the definition alone.
void Planner::find_unreadable_rows() {
  std::vector<Table*> tables;
  std::vector<Sequence*> sequences;
  for (Table& table : set_.tables()) {
    if (table.unlogged && !table.partitioned) tables.push_back(&table);
    for (Sequence& sequence : table.sequences)
      if (sequence.unlogged) sequences.push_back(&sequence);
  }
  if (!request_.include_data || (tables.empty() && sequences.empty())) return;
  if (!context_.source().query("SELECT pg_catalog.pg_is_in_recovery()").boolean(0, 0)) return;
  std::vector<std::string> names;
  for (Table* table : tables) {
    table->readable = false;
    leave_rows(*table);
    names.push_back("table " + source_label(*table));
  }
  for (Sequence* sequence : sequences) {
    sequence->readable = false;
    names.push_back("sequence " + sql::qualified(sequence->schema, sequence->name));
  }
  context_.report(
      Severity::warning,
      "the source is a standby, which has no rows of what is unlogged: they stay behind",
      join(names, "\n"), "Clone from the primary to have them.");
}

// A condition that parses both between parentheses and between brackets is one whole expression: it
// cannot close the one that it stands in. The line break ends a trailing comment.
void Planner::parse_condition(const Table& table, const std::string& condition,
                              const char* option) {
  const Table* const part = readable_part(set_, table);
  if (part == nullptr) return;
  const std::string label = source_label(*part);
  const std::string head = common::if_table(label) + "SELECT 1 FROM ONLY " + label + " WHERE ";
  Session& source = context_.source();
  std::optional<common::ViewsReadable> readable;
  if (common::may_read_views(condition)) readable.emplace(source);
  try {
    source.query(head + "(\n" + condition + "\n) LIMIT 0");
    source.query(head + "ARRAY[\n" + condition + "\n] IS NOT NULL LIMIT 0");
  } catch (const Error& error) {
    if (error.is_cancel() || error.is_connection_loss()) throw;
    if (common::is_no_table(error)) throw common::replaced(label);
    Error refined(error.sqlstate(), "option \"" + std::string(option) +
                                        "\" is not a valid condition for table " +
                                        source_label(table));
    refined.with_detail("The source says: " + error.message() +
                        (error.detail().empty() ? "" : "\n" + error.detail()));
    refined.with_hint(
        error.hint().empty()
            ? "It must be one SQL expression of type boolean over the table's columns."
            : error.hint());
    throw refined;
  }
  if (readable) readable->end();
}

void Planner::choose_rows() {
  find_unreadable_rows();
  if (!where_.empty()) {
    parse_condition(*set_.find(root_), where_, "where");
    for (Table& table : set_.tables()) add_condition(table, where_);
  }
  if (!context_.options().given("data")) return;
  if (!request_.include_data) {
    throw Error(sqlstate::kInvalidParameterValue, "option \"data\" is for a clone with rows")
        .with_detail("Rows are left out by \"schema_only\", or by include_data.")
        .with_hint("Leave one of the two out.");
  }
  json::parse_options lenient;
  lenient.allow_invalid_utf8 = true;  // names are in the database's encoding
  const json::value filters = json::parse(context_.options().json("data"), {}, lenient);
  if (!filters.is_object()) {
    throw Error(sqlstate::kInvalidParameterValue, "option \"data\" must be an object")
        .with_detail("It is: " + json::serialize(filters) + ".")
        .with_hint(kExample);
  }
  for (const auto& [name, value] : filters.as_object()) {
    Table& table = filtered_table({name.data(), name.size()});
    const std::string condition = condition_of(table.name, value);
    if (condition.empty()) {
      change_tree(set_, table, leave_rows);
    } else {
      parse_condition(table, condition, "data");
      change_tree(set_, table, [&](Table& one) { add_condition(one, condition); });
    }
  }
}

Table& Planner::filtered_table(const std::string& name) {
  std::vector<std::string> names;
  for (Table& table : set_.tables()) {
    if (table.schema == source_schema_ && table.name == name) return table;
    names.push_back(table.name);
  }
  Error error(sqlstate::kUndefinedTable, "option \"data\" names table " +
                                             sql::qualified(source_schema_, name) +
                                             ", which is not cloned");
  error.with_detail("The source has no such table, or other options leave it out.");
  const std::string near = common::nearest_name(name, names);
  error.with_hint(near.empty() ? "Names are exact and case-sensitive; write them without quotes."
                               : "Perhaps you meant " + sql::qualified(source_schema_, near) + ".");
  throw error;
}

}  // namespace pgclone::table
