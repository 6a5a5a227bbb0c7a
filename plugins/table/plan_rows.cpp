// Which rows are cloned: the options "where", for a single table, and "data", for those of a
// schema.
#include <algorithm>
#include <boost/json.hpp>

#include "common/nearest.hpp"
#include "planner.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

namespace json = boost::json;

constexpr const char* kExample =
    "Write an object such as {\"data\": {\"orders\": \"id > 10\", \"log\": false}}.";

// A condition that parses both between parentheses and between brackets is one whole expression: it
// cannot close the one that it stands in. The line break ends a trailing comment.
void parse_condition(PlanContext& context, const Table& table, const std::string& where,
                     const std::string& option) {
  const std::string relation = source_label(table);
  const std::string head =
      "SELECT 1 FROM " + std::string(table.partitioned ? "" : "ONLY ") + relation + " WHERE ";
  try {
    context.source().query(head + "(\n" + where + "\n) LIMIT 0");
    context.source().query(head + "ARRAY[\n" + where + "\n] IS NOT NULL LIMIT 0");
  } catch (const Error& error) {
    if (error.is_cancel() || error.is_connection_loss()) throw;
    Error refined(error.sqlstate(),
                  "option \"" + option + "\" is not a valid condition for table " + relation);
    refined.with_detail("The source says: " + error.message() +
                        (error.detail().empty() ? "" : "\n" + error.detail()));
    refined.with_hint(
        error.hint().empty()
            ? "It must be one SQL expression of type boolean over the table's columns."
            : error.hint());
    throw refined;
  }
}

void add_condition(Table& table, const std::string& condition) {
  table.condition += (table.condition.empty() ? "(\n" : " AND (\n") + condition + "\n)";
}

// The table, and every partition below it.
void add_to_tree(TableSet& set, Table& table, const std::string& condition) {
  add_condition(table, condition);
  for (Table& other : set.tables()) {
    const bool below =
        other.is_partition &&
        std::ranges::any_of(other.parents, [&](const Parent& p) { return p.oid == table.oid; });
    if (below) add_to_tree(set, other, condition);
  }
}

// A condition, or false for no rows.
std::string condition_of(std::string_view name, const json::value& value) {
  if (value.is_bool() && !value.as_bool()) return "false";
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

void Planner::choose_rows() {
  if (!where_.empty()) {
    parse_condition(context_, *set_.find(root_), where_, "where");
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
    parse_condition(context_, table, condition, "data");
    add_to_tree(set_, table, condition);
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
