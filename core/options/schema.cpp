#include "options/schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "options/json_text.hpp"
#include "options/option_set.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::options {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::string_view, Type>, 5> kTypes = {{
    {"boolean", Type::boolean},
    {"integer", Type::integer},
    {"string", Type::string},
    {"names", Type::names},
    {"json", Type::json},
}};

[[noreturn]] void bad_schema(std::string detail) {
  throw Error(sqlstate::kInternalError, "a strategy declares its options wrongly")
      .with_detail(std::move(detail));
}

constexpr char kHint[] = "docs/options.md describes every option with its type and its range.";

[[noreturn]] void wrong_type(const Declaration& declaration, std::string_view wanted,
                             const json::value& value) {
  std::string detail = "It is " + std::string(kind_of(value));
  if (!value.is_null()) detail += ": " + shown(value);
  throw Error(sqlstate::kInvalidParameterValue,
              "option " + shown(declaration.name) + " must be " + std::string(wanted))
      .with_detail(detail + ".")
      .with_hint(kHint);
}

[[noreturn]] void out_of_range(const Declaration& declaration, const json::value& value) {
  throw Error(sqlstate::kInvalidParameterValue,
              "option " + shown(declaration.name) + " is out of range")
      .with_detail("It is " + shown(value) + "; it must be between " +
                   std::to_string(declaration.min) + " and " + std::to_string(declaration.max) +
                   ".")
      .with_hint(kHint);
}

void check_integer(const Declaration& declaration, const json::value& value) {
  // Digits too many for 64 bits arrive as an unsigned or a floating number.
  constexpr double kTooLarge = 9223372036854775808.0;
  if (value.is_uint64()) out_of_range(declaration, value);
  if (value.is_double() && std::abs(value.get_double()) >= kTooLarge) {
    out_of_range(declaration, value);
  }
  if (!value.is_int64()) wrong_type(declaration, "an integer", value);
  const std::int64_t number = value.get_int64();
  if (number < declaration.min || number > declaration.max) out_of_range(declaration, value);
}

void check_string(const Declaration& declaration, const json::value& value) {
  if (!value.is_string()) wrong_type(declaration, "a string", value);
  if (declaration.values.empty()) return;
  const std::string_view text(value.get_string().data(), value.get_string().size());
  if (std::ranges::find(declaration.values, text) != declaration.values.end()) return;

  std::string valid;
  for (const std::string& item : declaration.values) {
    valid += (valid.empty() ? "" : ", ") + shown(item);
  }
  Error error(sqlstate::kInvalidParameterValue,
              "option " + shown(declaration.name) + " must be one of " + valid);
  error.with_detail("It is " + shown(value) + ".");
  const std::vector<std::string_view> candidates(declaration.values.begin(),
                                                 declaration.values.end());
  const std::string_view near = nearest(text, candidates);
  error.with_hint(near.empty() ? kHint : "Did you mean " + shown(near) + "?");
  throw Error(std::move(error));
}

void check_names(const Declaration& declaration, const json::value& value) {
  constexpr std::string_view kWanted = "an array of strings";
  if (!value.is_array()) wrong_type(declaration, kWanted, value);
  std::size_t position = 0;
  for (const json::value& item : value.get_array()) {
    ++position;
    if (item.is_string()) continue;
    throw Error(sqlstate::kInvalidParameterValue,
                "option " + shown(declaration.name) + " must be " + std::string(kWanted))
        .with_detail("Element " + std::to_string(position) + " is " + std::string(kind_of(item)) +
                     (item.is_null() ? "" : ": " + shown(item)) + ".")
        .with_hint(kHint);
  }
}

std::string string_member(const json::object& object, std::string_view key) {
  const json::value* member = object.if_contains(key);
  if (member == nullptr || !member->is_string() || member->get_string().empty()) {
    bad_schema("A declaration has no string " + shown(key) + ": " + shown(json::value(object)));
  }
  return {member->get_string().data(), member->get_string().size()};
}

void read_bound(const json::object& object, std::string_view key, std::int64_t& bound) {
  const json::value* member = object.if_contains(key);
  if (member == nullptr) return;
  if (!member->is_int64()) bad_schema(shown(key) + " is not an integer: " + shown(*member));
  bound = member->get_int64();
}

Declaration parse_declaration(const json::value& value) {
  if (!value.is_object()) bad_schema("A declaration is not an object: " + shown(value));
  const json::object& object = value.get_object();
  Declaration declaration;
  declaration.name = string_member(object, "name");
  const std::string type = string_member(object, "type");
  const auto* const known =
      std::ranges::find(kTypes, type, &std::pair<std::string_view, Type>::first);
  if (known == kTypes.end()) bad_schema("There is no option type " + shown(type) + ".");
  declaration.type = known->second;
  read_bound(object, "min", declaration.min);
  read_bound(object, "max", declaration.max);
  if (const json::value* values = object.if_contains("values")) {
    check_names({.name = "values", .type = Type::names, .fallback = {}, .values = {}}, *values);
    for (const json::value& item : values->get_array()) {
      declaration.values.emplace_back(item.get_string().data(), item.get_string().size());
    }
  }
  if (const json::value* fallback = object.if_contains("default")) {
    check(declaration, *fallback);
    declaration.fallback = *fallback;
  }
  return declaration;
}

}  // namespace

std::vector<Declaration> parse_schema(std::string_view schema) {
  try {
    const json::value value = parse_json(schema);
    if (!value.is_array()) bad_schema("The schema is not an array: " + shown(value));
    std::vector<Declaration> declarations;
    for (const json::value& item : value.get_array()) {
      declarations.push_back(parse_declaration(item));
    }
    return declarations;
  } catch (const Error& error) {
    if (error.sqlstate() == sqlstate::kInternalError) throw;
    bad_schema(error.message() + ". " + error.detail());
  }
}

void check(const Declaration& declaration, const json::value& value) {
  switch (declaration.type) {
    case Type::boolean:
      if (!value.is_bool()) wrong_type(declaration, "a boolean", value);
      return;
    case Type::integer:
      return check_integer(declaration, value);
    case Type::string:
      return check_string(declaration, value);
    case Type::names:
      return check_names(declaration, value);
    case Type::json:
      return;
  }
}

std::string_view type_name(Type type) {
  return std::ranges::find(kTypes, type, &std::pair<std::string_view, Type>::second)->first;
}

}  // namespace pgclone::options
