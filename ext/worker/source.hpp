// From the text that a user gives as the source to a connection string.
#pragma once

#include <string>
#include <string_view>

#include "pq/conninfo.hpp"

namespace pgclone::worker {

struct ResolvedSource {
  pq::ConnInfo conninfo;
  // What may be stored and shown: the server's name, or the connection string without secrets.
  std::string label;
  // The label does not suffice to connect again.
  bool needs_secret = false;
  // The rule of dblink and postgres_fdw for the current user.
  bool require_password = false;
};

// A connection string, a URI, or the name of a foreign server: then its options and the current
// user's mapping, and only with USAGE on the server. In a transaction, as the current user, who
// needs to be a superuser, or to have the option from one, for what uses the server's own account.
// Throws 22023 (malformed), 42704 (no such server or mapping), 42501.
ResolvedSource resolve_source(std::string_view text);

}  // namespace pgclone::worker
