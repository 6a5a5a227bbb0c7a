#include "pq/conninfo.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>

#include "pgclone/plugin/error.hpp"

namespace pgclone::pq {

namespace {

using OptionsPtr = std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)>;

// What libpq or a server takes as proof of who we are.
constexpr std::array<std::string_view, 5> kSecrets = {
    "password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"};
// What tells one connection from another, in the order of error messages.
constexpr std::array<std::string_view, 6> kDescribing = {"service", "host",   "hostaddr",
                                                         "port",    "dbname", "user"};

constexpr std::string_view kHint =
    "Write keyword='value' pairs (host=… port=… dbname=… user=…; \\' for a quote inside a value) "
    "or a URI such as postgresql://user@host:5432/dbname.";

bool is_secret(std::string_view keyword) {
  return std::ranges::find(kSecrets, keyword) != kSecrets.end();
}

// libpq's message may quote a piece of a password, so only its kind is told.
std::string_view reason(std::string_view message) {
  const auto says = [message](std::string_view text) {
    return message.find(text) != std::string_view::npos;
  };
  if (says("unterminated quoted string")) return "A quoted value is not closed.";
  if (says("missing \"=\"")) return "A keyword is not followed by an equals sign.";
  if (says("invalid connection option") || says("invalid URI query parameter")) {
    return "It has a keyword that libpq does not know.";
  }
  if (says("percent-encoded"))
    return "A percent sign of the URI is not followed by two hex digits.";
  if (says("out of memory")) return "There is not enough memory to read it.";
  return "libpq cannot read it.";
}

Error malformed(std::string_view why) {
  return Error(sqlstate::kInvalidParameterValue, "invalid connection string")
      .with_detail(std::string(why))
      .with_hint(std::string(kHint));
}

void append_quoted(std::string& out, std::string_view value) {
  out += '\'';
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  out += '\'';
}

void append_pair(std::string& out, std::string_view keyword, std::string_view value) {
  if (!out.empty()) out += ' ';
  out += keyword;
  out += '=';
  append_quoted(out, value);
}

bool is_plain(std::string_view value) {
  return !value.empty() && value.find_first_of(" '\\\t\n\r\f\v") == std::string_view::npos;
}

}  // namespace

ConnInfo ConnInfo::parse(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) throw malformed("It holds a zero byte.");
  char* message = nullptr;
  const OptionsPtr options(PQconninfoParse(std::string(text).c_str(), &message), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned_message(message, &PQfreemem);
  if (!options) throw malformed(reason(message == nullptr ? "out of memory" : message));
  ConnInfo info;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) info.values_.emplace(option->keyword, option->val);
  }
  return info;
}

bool ConnInfo::looks_like_conninfo(std::string_view text) {
  return text.find('=') != std::string_view::npos || text.starts_with("postgresql://") ||
         text.starts_with("postgres://");
}

bool ConnInfo::knows(std::string_view keyword) {
  const OptionsPtr options(PQconninfoParse("", nullptr), &PQconninfoFree);
  if (!options) throw Error(sqlstate::kOutOfMemory, "out of memory");
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->keyword == keyword) return true;
  }
  return false;
}

bool ConnInfo::has(std::string_view keyword) const {
  return values_.contains(keyword);
}

std::string_view ConnInfo::get(std::string_view keyword) const {
  const auto found = values_.find(keyword);
  return found == values_.end() ? std::string_view() : std::string_view(found->second);
}

void ConnInfo::set(std::string_view keyword, std::string_view value) {
  if (!knows(keyword)) {
    throw Error(sqlstate::kInvalidParameterValue,
                "invalid connection option \"" + std::string(keyword) + "\"")
        .with_detail("libpq has no connection keyword of this name.")
        .with_hint(
            "The keywords are listed in the chapter on libpq of PostgreSQL's documentation.");
  }
  if (value.find('\0') != std::string_view::npos) {
    throw malformed("The value of \"" + std::string(keyword) + "\" holds a zero byte.");
  }
  values_.insert_or_assign(std::string(keyword), std::string(value));
}

void ConnInfo::set_default(std::string_view keyword, std::string_view value) {
  if (!has(keyword)) set(keyword, value);
}

std::string ConnInfo::text() const {
  std::string out;
  for (const auto& [keyword, value] : values_) append_pair(out, keyword, value);
  return out;
}

std::string ConnInfo::redacted() const {
  std::string out;
  for (const auto& [keyword, value] : values_) {
    if (!is_secret(keyword)) append_pair(out, keyword, value);
  }
  return out;
}

bool ConnInfo::has_secret() const {
  return std::ranges::any_of(values_, [](const auto& pair) { return is_secret(pair.first); });
}

std::vector<std::string_view> ConnInfo::secrets() const {
  std::vector<std::string_view> out;
  for (const auto& [keyword, value] : values_) {
    if (is_secret(keyword) && !value.empty()) out.emplace_back(value);
  }
  return out;
}

std::string ConnInfo::describe() const {
  std::string out;
  for (const std::string_view keyword : kDescribing) {
    if (!has(keyword)) continue;
    if (is_plain(get(keyword))) {
      if (!out.empty()) out += ' ';
      out += keyword;
      out += '=';
      out += get(keyword);
    } else {
      append_pair(out, keyword, get(keyword));
    }
  }
  return out.empty() ? "the default server" : out;
}

}  // namespace pgclone::pq
