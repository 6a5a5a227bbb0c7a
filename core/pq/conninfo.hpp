// A source's connection string: parsed, completed, and stripped of its secrets.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/api.hpp"

namespace pgclone::pq {

// Keyword/value pairs of a libpq connection string or URI. Only what the user wrote: no defaults.
class PGCLONE_API ConnInfo {
 public:
  // Throws Error(kInvalidParameterValue) on malformed text; the error never quotes the text, since
  // libpq's own message may quote a piece of a password.
  static ConnInfo parse(std::string_view text);
  // Whether the text can only be a connection string (has '=' or is a URI), not a server's name.
  static bool looks_like_conninfo(std::string_view text);
  // Whether libpq has a connection option of this name.
  static bool knows(std::string_view keyword);

  [[nodiscard]] bool has(std::string_view keyword) const;
  // Empty when absent.
  [[nodiscard]] std::string_view get(std::string_view keyword) const;
  // Throws on a keyword that libpq does not know.
  void set(std::string_view keyword, std::string_view value);
  void set_default(std::string_view keyword, std::string_view value);

  // keyword='value' …, quoted for libpq.
  [[nodiscard]] std::string text() const;
  // The same without passwords (password, sslpassword): what may be stored and shown.
  [[nodiscard]] std::string redacted() const;
  // Whether text() and redacted() differ.
  [[nodiscard]] bool has_secret() const;
  // The secret values themselves, to keep them out of logs; valid as long as this object.
  [[nodiscard]] std::vector<std::string_view> secrets() const;
  // e.g. host=db port=5432 dbname=shop, for error messages.
  [[nodiscard]] std::string describe() const;

  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& values() const {
    return values_;
  }

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

}  // namespace pgclone::pq
