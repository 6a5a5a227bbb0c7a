#include "options/json_text.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <optional>
#include <set>
#include <utility>

#include "pgclone/plugin/error.hpp"

namespace pgclone::options {
namespace {

namespace json = boost::json;

// Sees every token before a value tree is built of them: the tree no longer knows a repeated key.
class Checker {
 public:
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) { return ++depth_ > 0; }
  bool on_object_end(std::size_t, json::error_code&) { return depth_-- > 0; }
  bool on_array_begin(json::error_code&) { return ++depth_ > 0; }
  bool on_array_end(std::size_t, json::error_code&) { return depth_-- > 0; }
  bool on_key_part(json::string_view part, std::size_t, json::error_code& code) {
    key_.append(part.data(), part.size());
    return no_nul(part, code);
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& code) {
    key_.append(part.data(), part.size());
    if (!no_nul(part, code)) return false;
    if (depth_ == 1 && !keys_.insert(key_).second) {
      repeated_ = key_;
      code = json::error::exception;
      return false;
    }
    key_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code& code) {
    return no_nul(part, code);
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& code) {
    return no_nul(part, code);
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  [[nodiscard]] bool has_nul() const { return has_nul_; }
  [[nodiscard]] const std::optional<std::string>& repeated_key() const { return repeated_; }

 private:
  // PostgreSQL's text cannot hold it, and C strings would end there.
  bool no_nul(json::string_view part, json::error_code& code) {
    if (part.find('\0') == json::string_view::npos) return true;
    has_nul_ = true;
    code = json::error::exception;
    return false;
  }

  std::size_t depth_ = 0;
  std::string key_;
  std::set<std::string> keys_;
  std::optional<std::string> repeated_;
  bool has_nul_ = false;
};

[[noreturn]] void invalid(std::string cause, std::size_t position) {
  throw Error(sqlstate::kInvalidText, "options are not valid JSON")
      .with_detail(std::move(cause) + " at byte " + std::to_string(position + 1) + ".")
      .with_hint("Write an object such as {\"parallel\": 4, \"conflict\": \"skip\"}.");
}

std::string cut(std::string_view text) {
  constexpr std::size_t kReadable = 80;
  if (text.size() <= kReadable) return std::string(text);
  std::size_t size = kReadable;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  while (size > 0 && continues(text[size])) --size;
  return std::string(text.substr(0, size)) + "…";
}

}  // namespace

json::value parse_json(std::string_view text) {
  // The text is in the database's encoding, which need not be UTF-8.
  json::parse_options lenient;
  lenient.allow_invalid_utf8 = true;
  json::basic_parser<Checker> checker{lenient};
  json::error_code code;
  const std::size_t position = checker.write_some(false, text.data(), text.size(), code);
  if (code) {
    if (checker.handler().repeated_key()) {
      throw Error(sqlstate::kInvalidParameterValue,
                  "option " + shown(*checker.handler().repeated_key()) + " is given twice")
          .with_hint("Keep one of them.");
    }
    if (checker.handler().has_nul()) invalid("A NUL character is not allowed", position);
    std::string cause = code.message();
    if (code == json::error::incomplete) cause = "The text ends too early";
    invalid(std::move(cause), position);
  }
  if (position < text.size()) invalid("Something follows the value", position);
  return json::parse(json::string_view(text.data(), text.size()), {}, lenient);
}

std::string shown(const json::value& value) {
  return cut(json::serialize(value));
}

std::string shown(std::string_view text) {
  return '"' + cut(text) + '"';
}

std::string_view kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      break;
  }
  return "a number";
}

}  // namespace pgclone::options
