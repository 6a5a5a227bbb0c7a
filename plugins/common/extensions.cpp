#include "common/extensions.hpp"

#include <algorithm>

#include "common/extension_rows.hpp"
#include "common/needs_first.hpp"
#include "common/target_schemas.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

constexpr std::string_view kClosure = R"sql(
WITH RECURSIVE needed (oid) AS (
  SELECT e.oid FROM pg_catalog.pg_extension e WHERE e.extname = ANY ($1::pg_catalog.text[])
  UNION
  SELECT d.refobjid FROM needed n JOIN pg_catalog.pg_depend d
    ON d.classid = 3079 AND d.objid = n.oid AND d.refclassid = 3079)
SELECT e.oid, e.extname, n.nspname, made.nspname
FROM needed JOIN pg_catalog.pg_extension e ON e.oid = needed.oid
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
LEFT JOIN pg_catalog.pg_depend m ON m.classid = 2615 AND m.refclassid = 3079
  AND m.refobjid = e.oid AND m.deptype = 'e'
LEFT JOIN pg_catalog.pg_namespace made ON made.oid = m.objid)sql";

constexpr std::string_view kConfigured = R"sql(
SELECT e.extname, c.oid, coalesce(pg_catalog.pg_relation_size(c.oid), 0)
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_class c ON c.oid = ANY (e.extconfig)
WHERE e.extname = ANY ($1::pg_catalog.text[]) AND c.relkind IN ('r', 'S'))sql";

constexpr std::string_view kRequired = R"sql(
SELECT d.objid, d.refobjid FROM pg_catalog.pg_depend d
WHERE d.classid = 3079 AND d.refclassid = 3079)sql";

void add_line(std::string& list, const std::string& line) {
  list += (list.empty() ? "" : "\n") + line;
}

std::map<std::string, std::string> schemas_of_target_extensions(Session& target) {
  std::map<std::string, std::string> schemas;
  const Result& rows = target.query(
      "SELECT e.extname, n.nspname FROM pg_catalog.pg_extension e"
      " JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace");
  for (std::size_t i = 0; i < rows.rows(); ++i) schemas.emplace(rows.text(i, 0), rows.text(i, 1));
  return schemas;
}

bool is_system_schema(std::string_view schema) {
  return schema.starts_with("pg_") || schema == "information_schema";
}

}  // namespace

Extensions::Extensions(PlanContext& context, ExtensionHome home, const std::set<std::string>& names,
                       const std::string& user)
    : context_(context), home_(std::move(home)) {
  if (names.empty()) return;
  read_closure(names);
  compare(names, user);
  if (!create_.empty()) check_available();
}

void Extensions::read_closure(const std::set<std::string>& names) {
  const std::string array = sql::text_array(names);
  const Param params[] = {array};
  const Result& rows = context_.source().query(kClosure, params);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    Extension& extension = all_[rows.oid(i, 0)];
    extension.name = rows.text(i, 1);
    extension.schema = rows.text(i, 2);
    // What lies in the cloned schema itself is looked for where the clone will be, unless the
    // extension makes that schema.
    if (extension.schema == home_.source) extension.schema = home_.target;
    if (!rows.is_null(i, 3)) extension.made_schema = rows.text(i, 3);
  }
  const Result& required = context_.source().query(kRequired);
  for (std::size_t i = 0; i < required.rows(); ++i) {
    const auto extension = all_.find(required.oid(i, 0));
    if (extension != all_.end()) extension->second.requires_oids.push_back(required.oid(i, 1));
  }
}

// What is required comes first.
void Extensions::visit(std::uint32_t oid, std::set<std::uint32_t>& seen) {
  const auto required_by = [&](std::uint32_t extension) {
    const auto found = all_.find(extension);
    return found == all_.end() ? nullptr : &found->second.requires_oids;
  };
  needs_first(oid, seen, required_by,
              [&](std::uint32_t extension) { create_.push_back(all_.at(extension)); });
}

void Extensions::compare(const std::set<std::string>& names, const std::string& user) {
  const auto present = schemas_of_target_extensions(context_.target());
  const bool may_create = context_.options().boolean("extensions");
  std::string detail;
  std::string hint;
  for (const auto& [oid, extension] : all_) {
    const auto there = present.find(extension.name);
    const bool lacks = there == present.end();
    // Nobody names the members of what is only required.
    if (!names.contains(extension.name) || (lacks && may_create)) continue;
    if (!lacks && there->second == extension.schema) continue;
    const std::string name = sql::identifier(extension.name);
    const std::string schema = sql::identifier(extension.schema);
    add_line(detail,
             "extension " + name + " in schema " + schema +
                 (lacks ? "" : ", which the target has in " + sql::identifier(there->second)));
    hint += (hint.empty() ? "" : " ") + ((lacks ? "CREATE EXTENSION " + name + " SCHEMA "
                                                : "ALTER EXTENSION " + name + " SET SCHEMA ") +
                                         schema + ";");
  }
  if (!detail.empty())
    throw Error(sqlstate::kUndefinedObject, "the target lacks extensions that " + user + " needs")
        .with_origin(Origin::target)
        .with_detail(detail)
        .with_hint("Run on the target: " + hint);
  std::set<std::uint32_t> seen;
  for (const auto& [oid, extension] : all_) visit(oid, seen);
  std::erase_if(create_, [&](const Extension& item) { return present.contains(item.name); });
}

// That the server can't is told before anything is made.
void Extensions::check_available() const {
  std::vector<std::string> names;
  for (const Extension& extension : create_) names.push_back(extension.name);
  const std::string array = sql::text_array(names);
  const Param params[] = {array};
  std::map<std::string, std::string> fixed;  // the only schema that the extension can be in
  const Result& rows = context_.target().query(
      "SELECT v.name, coalesce(v.schema, '') FROM pg_catalog.pg_available_extension_versions v"
      " JOIN pg_catalog.pg_available_extensions a ON a.name = v.name"
      " AND a.default_version = v.version WHERE v.name = ANY ($1::pg_catalog.text[])",
      params);
  for (std::size_t i = 0; i < rows.rows(); ++i) fixed.emplace(rows.text(i, 0), rows.text(i, 1));
  std::string missing;
  std::string elsewhere;
  for (const Extension& extension : create_) {
    const std::string name = "extension " + sql::identifier(extension.name);
    const auto found = fixed.find(extension.name);
    if (found == fixed.end()) {
      add_line(missing, name);
    } else if (!found->second.empty() && found->second != extension.schema) {
      add_line(elsewhere, name + " can only be in schema " + sql::identifier(found->second) +
                              ", not in " + sql::identifier(extension.schema));
    }
  }
  if (!missing.empty())
    throw Error(sqlstate::kUndefinedObject, "the target's server has not the files of extensions")
        .with_origin(Origin::target)
        .with_detail(missing)
        .with_hint("Install their packages on the target's server.");
  if (!elsewhere.empty())
    throw Error(sqlstate::kFeatureNotSupported, "extensions can't be created where they have to be")
        .with_origin(Origin::target)
        .with_detail(elsewhere)
        .with_hint("Clone the schema under its own name.");
}

bool Extensions::creates(std::string_view name) const {
  return std::ranges::any_of(create_, [&](const Extension& item) { return item.name == name; });
}

bool Extensions::make_schema(std::string_view schema) const {
  return std::ranges::any_of(all_,
                             [&](const auto& item) { return item.second.made_schema == schema; });
}

// CASCADE for what the target's version requires and the source's did not. The lock, since two
// sessions that create one extension at a time both find it missing, and the second fails.
std::vector<std::string> Extensions::statements(const Extension& extension,
                                                std::set<std::string>& schemas) const {
  std::vector<std::string> out = {"SELECT pg_catalog.pg_advisory_xact_lock(3079, 0)"};
  const std::string schema = sql::identifier(extension.schema);
  if (extension.schema != home_.target && !is_system_schema(extension.schema) &&
      !make_schema(extension.schema) && schemas.insert(extension.schema).second) {
    out.push_back("CREATE SCHEMA IF NOT EXISTS " + schema);
  }
  out.push_back("CREATE EXTENSION IF NOT EXISTS " + sql::identifier(extension.name) + " SCHEMA " +
                schema + " CASCADE");
  return out;
}

void Extensions::write(std::string_view target_schema,
                       const std::set<std::string>& configured) const {
  std::set<std::string> schemas = existing_schemas(context_.target());
  for (const Extension& extension : create_) {
    const std::vector<std::string> texts = statements(extension, schemas);
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    const std::string label = sql::identifier(extension.name);
    const std::string group = schema_group(target_schema);
    const std::string key = group + " extension " + label;
    StepSpec step;
    step.group = group;
    step.key = key;
    step.kind = "extension";
    step.label = label;
    step.statements = views;
    context_.plan().add(step);
  }
  if (!context_.request().include_data) return;
  std::set<std::string> names = configured;
  for (const Extension& extension : create_) names.insert(extension.name);
  write_rows(names);
}

// What needs the relations waits for their rows: a foreign key is validated against them.
void Extensions::write_rows(const std::set<std::string>& names) const {
  const std::string array = sql::text_array(names);
  const Param params[] = {array};
  const Result& rows = context_.source().query(kConfigured, params);
  std::map<std::string, std::vector<ObjectId>> provided;
  std::map<std::string, std::uint64_t> sizes;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const std::string name(rows.text(i, 0));
    provided[name].push_back({catalog::kClass, rows.oid(i, 1)});
    sizes[name] += rows.count(i, 2);
  }
  for (const auto& [name, relations] : provided) {
    const std::string label = sql::identifier(name);
    const std::string key = "configuration of extension " + label;
    StepSpec step;
    step.group = key;
    step.key = key;
    step.kind = "extension configuration";
    step.label = label;
    step.phase = Phase::load;
    step.action = kExtensionRowsAction;
    step.payload = name;
    step.provides = relations;
    step.cost = sizes[name];
    context_.plan().add(step);
  }
}

std::set<std::string> extensions_configured_in(Session& source, std::string_view schema_oid) {
  const Param params[] = {schema_oid};
  const Result& rows = source.query(
      "SELECT e.extname FROM pg_catalog.pg_extension e WHERE EXISTS (SELECT FROM "
      "pg_catalog.pg_class"
      " c WHERE c.oid = ANY (e.extconfig) AND c.relnamespace = $1::pg_catalog.oid)",
      params);
  std::set<std::string> names;
  for (std::size_t i = 0; i < rows.rows(); ++i) names.emplace(rows.text(i, 0));
  return names;
}

}  // namespace pgclone::common
