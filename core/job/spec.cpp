#include "job/spec.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <vector>

#include "job/data_only.hpp"
#include "job/json_text.hpp"
#include "options/json_text.hpp"
#include "options/schema.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::job {
namespace {

namespace json = boost::json;

constexpr std::string_view kKeys[] = {"schema", "table", "target_table", "include_data", "options"};

Error invalid(std::string message, std::string detail) {
  return Error(sqlstate::kInvalidParameterValue, std::move(message))
      .with_detail(std::move(detail))
      .with_hint(
          "A spec is an object such as {\"schema\": \"sales\", \"table\": \"orders\", "
          "\"include_data\": true, \"options\": {\"parallel\": 4}}.");
}

[[noreturn]] void unknown_key(std::string_view key) {
  const std::string_view near = options::nearest(key, kKeys);
  Error error = invalid("unknown key \"" + std::string(key) + "\" in the job's spec",
                        "Valid keys are schema, table, target_table, include_data and options.");
  if (!near.empty()) error.with_hint("Did you mean \"" + std::string(near) + "\"?");
  throw error;
}

const std::string text_of(const json::value& value, std::string_view key) {
  if (value.is_null()) return {};
  if (!value.is_string())
    throw invalid("\"" + std::string(key) + "\" in the job's spec must be a string",
                  "It is: " + json::serialize(value) + ".");
  return std::string(value.as_string());
}

json::object parse_object(std::string_view text) {
  json::error_code problem;
  json::parse_options lenient;
  lenient.allow_invalid_utf8 = true;  // the text is in the database's encoding
  const json::value value = json::parse(text, problem, {}, lenient);
  if (problem)
    throw Error(sqlstate::kInvalidText, "the job's spec is not valid JSON")
        .with_detail(problem.message())
        .with_hint("Write it as a jsonb object.");
  if (!value.is_object())
    throw invalid("the job's spec must be a JSON object", "It is: " + json::serialize(value) + ".");
  return value.as_object();
}

}  // namespace

std::string JobSpec::to_json() const {
  json::object object{{"schema", schema}, {"include_data", include_data}};
  if (!table.empty()) object["table"] = table;
  if (!target_table.empty()) object["target_table"] = target_table;
  object["options"] = parse_own_json(options.empty() ? "{}" : options);
  return json::serialize(object);
}

JobSpec JobSpec::from_json(std::string_view strategy, std::string_view text) {
  JobSpec spec;
  spec.strategy = strategy;
  for (const auto& [key, value] : parse_object(text)) {
    if (key == "schema") {
      spec.schema = text_of(value, key);
    } else if (key == "table") {
      spec.table = text_of(value, key);
    } else if (key == "target_table") {
      spec.target_table = text_of(value, key);
    } else if (key == "include_data") {
      if (!value.is_bool())
        throw invalid("\"include_data\" in the job's spec must be a boolean",
                      "It is: " + json::serialize(value) + ".");
      spec.include_data = value.as_bool();
    } else if (key == "options") {
      spec.options = json::serialize(value);
    } else {
      unknown_key(key);
    }
  }
  if (spec.schema.empty())
    throw invalid("the job's spec names no schema", "The key \"schema\" is missing or empty.");
  return spec;
}

namespace {

// A default when it isn't given, or given wrongly: then the parser says so.
std::string wanted_conflict(const json::value& options) {
  const json::value* given =
      options.is_object() ? options.as_object().if_contains("conflict") : nullptr;
  return given != nullptr && given->is_string() ? std::string(given->as_string()) : "error";
}

// The clone strategy, those that it asks, and so on.
std::vector<std::string> planners(const JobSpec& spec, host::PluginHost& plugins) {
  std::vector<std::string> all{spec.strategy};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::string& asked : plugins.asked_by(all[i]))
      if (std::ranges::find(all, asked) == all.end()) all.push_back(std::move(asked));
  return all;
}

std::string named(const host::StrategyInfo& strategy) {
  return strategy.kind + " strategy \"" + strategy.id + "\" of plugin \"" + strategy.plugin + "\"";
}

std::string way_out(const host::StrategyInfo& owner) {
  if (owner.kind == "conflict")
    return "Leave it out, or choose that strategy: {\"conflict\": \"" + owner.id + "\"}.";
  if (owner.kind == "clone")
    return "Leave it out, or clone with that strategy: pgclone.submit('" + owner.id + "', …).";
  return "Leave it out.";
}

// What belongs to strategies that this clone doesn't use would be without effect.
void refuse_options_of_others(const json::value& options, std::span<const std::string> schemas,
                              host::PluginHost& plugins) {
  if (!options.is_object()) return;
  std::set<std::string> known;
  for (const std::string& schema : schemas)
    for (const options::Declaration& option : options::parse_schema(schema))
      known.insert(option.name);
  for (const auto& option : options.as_object()) {
    const std::string name(option.key());
    if (known.contains(name)) continue;
    const std::vector<host::StrategyInfo> owners = plugins.owners_of(name);
    if (owners.empty()) continue;  // then nobody knows it, and the parser says so
    std::string list;
    for (const auto& owner : owners) list += (list.empty() ? "" : ", ") + named(owner);
    throw Error(sqlstate::kInvalidParameterValue,
                "option \"" + name + "\" has no meaning for this clone")
        .with_detail("It belongs to " + list + ", which it does not use.")
        .with_hint(way_out(owners.front()));
  }
}

// What the engine and the strategies that meet in this clone declare.
options::OptionSet parse_options(const JobSpec& spec, host::PluginHost& plugins) {
  plugins.require("clone", spec.strategy);
  const json::value given = options::parse_json(spec.options.empty() ? "{}" : spec.options);
  const std::string conflict = wanted_conflict(given);
  std::vector<std::string> schemas{std::string(options::engine_schema())};
  for (const std::string& planner : planners(spec, plugins))
    schemas.push_back(plugins.option_schema("clone", planner));
  if (conflict != "error") schemas.push_back(plugins.option_schema("conflict", conflict));
  refuse_options_of_others(given, schemas, plugins);
  return options::OptionSet::parse(spec.options, schemas);
}

}  // namespace

std::string_view snapshot_strategy(const Options& options) {
  return options.boolean("consistent") ? "exported" : "none";
}

options::OptionSet validate(const JobSpec& spec, host::PluginHost& plugins) {
  if (spec.schema.empty())
    throw Error(sqlstate::kInvalidParameterValue, "no schema was given")
        .with_detail("schema_name is NULL or empty.")
        .with_hint("Give the name of a schema of the source, without quotes.");
  auto options = parse_options(spec, plugins);
  if (options.boolean("data_only")) check_data_only(spec);
  // The default is looked up when there is a conflict to settle: a clone without conflicts doesn't
  // need the plugin.
  if (options.given("conflict")) plugins.require("conflict", options.text("conflict"));
  plugins.require("snapshot", snapshot_strategy(options));
  return options;
}

}  // namespace pgclone::job
