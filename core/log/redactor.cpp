#include "log/redactor.hpp"

#include <algorithm>
#include <initializer_list>

namespace pgclone::log {
namespace {

constexpr std::string_view kMask = "********";

std::string escaped(std::string_view text, std::string_view special, char escape) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += escape == '\0' ? c : escape;
    out += c;
  }
  return out;
}

std::string libpq_quoted(std::string_view text) {
  return escaped(text, R"('\)", '\\');
}
std::string json_quoted(std::string_view text) {
  return escaped(text, R"("\)", '\\');
}
// A doubled quote, and a doubled backslash too where the literal begins with E.
std::string sql_quoted(std::string_view text) {
  return escaped(text, R"('\)", '\0');
}
std::string sql_standard_quoted(std::string_view text) {
  return escaped(text, "'", '\0');
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// How much of the text's beginning is the secret as a URI may write it: any character of it
// percent-encoded or plain, in either case of hex. 0: it is not there.
std::size_t match_in_uri(std::string_view text, std::string_view secret) {
  std::size_t at = 0;
  for (const char wanted : secret) {
    if (at >= text.size()) return 0;
    if (text[at] == '%' && at + 2 < text.size() && hex(text[at + 1]) >= 0 &&
        hex(text[at + 2]) >= 0 &&
        hex(text[at + 1]) * 16 + hex(text[at + 2]) == static_cast<unsigned char>(wanted)) {
      at += 3;
    } else if (text[at] == wanted) {
      ++at;
    } else {
      return 0;
    }
  }
  return at;
}

}  // namespace

void Redactor::hide(const std::string& secret) {
  if (secret.empty()) return;
  secrets_.push_back(secret);
  for (const std::string& base : {secret, libpq_quoted(secret)}) {
    // A connection string may itself be part of a statement or of a job's JSON.
    for (std::string form : {base, json_quoted(base), sql_quoted(base), sql_standard_quoted(base),
                             sql_quoted(json_quoted(base)), json_quoted(sql_quoted(base))}) {
      if (std::ranges::find(forms_, form) == forms_.end()) forms_.push_back(std::move(form));
    }
  }
}

std::size_t Redactor::match(std::string_view text) const {
  std::size_t longest = 0;
  for (const std::string& form : forms_) {
    if (text.starts_with(form)) longest = std::max(longest, form.size());
  }
  for (const std::string& secret : secrets_) {
    longest = std::max(longest, match_in_uri(text, secret));
  }
  return longest;
}

std::string Redactor::redact(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = match(text.substr(at));
    if (length == 0) {
      out += text[at++];
    } else {
      out += kMask;
      at += length;
    }
  }
  return out;
}

}  // namespace pgclone::log
