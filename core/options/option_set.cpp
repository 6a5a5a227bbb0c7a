#include "options/option_set.hpp"

#include <map>
#include <utility>
#include <vector>

#include "options/json_text.hpp"
#include "options/schema.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::options {
namespace {

namespace json = boost::json;

// A declared option with its effective value. Lives in a map, whose nodes never move, so that
// views of its strings stay valid as long as the set does.
struct Option {
  Declaration declaration;
  json::value value;
  bool present = false;
  bool given = false;
  std::string json_text;
  std::vector<std::string_view> names;
};

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

void assign(Option& option, const json::value& value) {
  option.value = value;
  option.present = true;
  option.json_text = json::serialize(option.value);
  option.names.clear();
  if (option.declaration.type != Type::names) return;
  for (const json::value& item : option.value.get_array()) {
    option.names.push_back(view(item.get_string()));
  }
}

}  // namespace

std::string_view engine_schema() {
  return R"([
    {"name": "conflict", "type": "string", "default": "error",
     "doc": "What happens where the target has an object already: id of a conflict strategy"},
    {"name": "target_schema", "type": "string",
     "doc": "The schema of the target that the clone goes to; as on the source when not given"},
    {"name": "schema_only", "type": "boolean", "default": false,
     "doc": "Clone no rows, and leave sequences at their start; as include_data => false"},
    {"name": "data_only", "type": "boolean", "default": false,
     "doc": "Clone rows and the state of sequences into tables that exist; create nothing"},
    {"name": "parallel", "type": "integer", "default": 1, "min": 1, "max": 1024,
     "doc": "Workers that clone side by side"},
    {"name": "consistent", "type": "boolean", "default": true,
     "doc": "Read all rows from one snapshot of the source"},
    {"name": "on_error", "type": "string", "default": "continue", "values": ["continue", "stop"],
     "doc": "Whether a failed task stops those that do not depend on it"},
    {"name": "retries", "type": "integer", "default": 3, "min": 0, "max": 100,
     "doc": "How often a task is tried again after the connection to the source was lost"}
  ])";
}

struct OptionSet::Impl {
  std::map<std::string, Option, std::less<>> options;

  void declare(Declaration declaration) {
    const auto found = options.find(declaration.name);
    if (found == options.end()) {
      Option& option = options[declaration.name];
      option.declaration = std::move(declaration);
      if (option.declaration.fallback) assign(option, *option.declaration.fallback);
      return;
    }
    const Type first = found->second.declaration.type;
    if (first == declaration.type) return;
    throw Error(sqlstate::kInternalError,
                "strategies disagree about the option " + shown(declaration.name))
        .with_detail("One declares it as " + std::string(type_name(first)) + ", another as " +
                     std::string(type_name(declaration.type)) + ".")
        .with_hint("Disable one of them with the configuration parameter pgclone.strategies.");
  }

  [[noreturn]] void unknown(std::string_view name) const {
    std::vector<std::string_view> candidates;
    std::string valid;
    for (const auto& [candidate, option] : options) {
      candidates.push_back(candidate);
      valid += (valid.empty() ? "" : ", ") + shown(candidate);
    }
    valid = options.empty() ? "There are no options here." : "Valid options are " + valid + ".";
    Error error(sqlstate::kInvalidParameterValue, "unknown option " + shown(name));
    const std::string_view near = nearest(name, candidates);
    if (near.empty()) throw Error(std::move(error.with_hint(std::move(valid))));
    error.with_detail(std::move(valid)).with_hint("Did you mean " + shown(near) + "?");
    throw Error(std::move(error));
  }

  void set(std::string_view name, const json::value& value) {
    const auto found = options.find(name);
    if (found == options.end()) unknown(name);
    check(found->second.declaration, value);
    assign(found->second, value);
    found->second.given = true;
  }

  // The option, which must be declared with this type.
  [[nodiscard]] const Option& at(std::string_view name) const {
    const auto found = options.find(name);
    if (found == options.end()) {
      throw Error(sqlstate::kInternalError, "no schema declares the option " + shown(name))
          .with_hint("Declare it in the option schema of the strategy that asks for it.");
    }
    return found->second;
  }
  [[nodiscard]] const Option& at(std::string_view name, Type type) const {
    const Option& option = at(name);
    if (option.declaration.type == type) return option;
    throw Error(sqlstate::kInternalError, "option " + shown(name) + " is asked for as " +
                                              std::string(type_name(type)) + " but declared as " +
                                              std::string(type_name(option.declaration.type)));
  }
};

OptionSet::OptionSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OptionSet::OptionSet(OptionSet&&) noexcept = default;
OptionSet& OptionSet::operator=(OptionSet&&) noexcept = default;
OptionSet::~OptionSet() = default;

OptionSet OptionSet::parse(std::string_view json, std::span<const std::string> schemas) {
  auto impl = std::make_unique<Impl>();
  for (const std::string& schema : schemas) {
    for (Declaration& declaration : parse_schema(schema)) impl->declare(std::move(declaration));
  }
  if (!json.empty()) {
    const json::value document = parse_json(json);
    if (!document.is_object()) {
      throw Error(sqlstate::kInvalidParameterValue, "options must be a JSON object")
          .with_detail("They are " + std::string(kind_of(document)) + ".")
          .with_hint("Write an object such as {\"parallel\": 4, \"conflict\": \"skip\"}.");
    }
    for (const auto& member : document.get_object()) {
      impl->set({member.key().data(), member.key().size()}, member.value());
    }
  }
  return OptionSet(std::move(impl));
}

bool OptionSet::declared(std::string_view name) const {
  return impl_->options.contains(name);
}

bool OptionSet::given(std::string_view name) const {
  return impl_->at(name).given;
}

bool OptionSet::boolean(std::string_view name) const {
  const Option& option = impl_->at(name, Type::boolean);
  return option.present && option.value.get_bool();
}

std::int64_t OptionSet::integer(std::string_view name) const {
  const Option& option = impl_->at(name, Type::integer);
  return option.present ? option.value.get_int64() : 0;
}

std::string_view OptionSet::text(std::string_view name) const {
  const Option& option = impl_->at(name, Type::string);
  return option.present ? view(option.value.get_string()) : std::string_view();
}

std::span<const std::string_view> OptionSet::names(std::string_view name) const {
  return impl_->at(name, Type::names).names;
}

std::string_view OptionSet::json(std::string_view name) const {
  return impl_->at(name).json_text;
}

std::string OptionSet::effective() const {
  json::object all;
  for (const auto& [name, option] : impl_->options) {
    if (option.present) all[name] = option.value;
  }
  return json::serialize(all);
}

}  // namespace pgclone::options
