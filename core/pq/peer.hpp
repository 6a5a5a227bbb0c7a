// Who is at the other end of a connection, for error messages.
#pragma once

#include <libpq-fe.h>

#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/error.hpp"
#include "pq/conninfo.hpp"

namespace pgclone::pq {

class Peer {
 public:
  // `valid_text`: whether bytes are a text in our encoding; null: nobody can tell.
  Peer(const ConnInfo& conninfo, bool is_source, bool (*valid_text)(std::string_view) = nullptr);

  // the source "host=db dbname=shop"
  [[nodiscard]] const std::string& name() const { return name_; }

  // A failed result. With a SQLSTATE it is the server's own error, whole; FATAL and what libpq
  // made up when the connection broke become connection_lost().
  [[nodiscard]] Error from_result(const PGresult* result) const;
  [[nodiscard]] Error connection_lost(std::string_view cause) const;
  [[nodiscard]] Error could_not_connect(std::string_view cause) const;
  // Any other error of ours about this server.
  [[nodiscard]] Error error(std::string_view sqlstate, std::string message) const;

  // The text itself, or with a ? for each byte that isn't ASCII. Errors are stored and logged.
  [[nodiscard]] std::string readable(std::string_view text) const;

 private:
  // libpq's text on one line, without line end and without our secrets.
  [[nodiscard]] std::string clean(std::string_view text) const;

  std::string name_;
  Origin origin_;
  std::vector<std::string> secrets_;
  bool (*valid_text_)(std::string_view);
};

}  // namespace pgclone::pq
