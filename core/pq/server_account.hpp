// Keeps what belongs to the account that the target's server runs as (its files, its identity) out
// of the connections of callers who are not superusers, as postgres_fdw and dblink do.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pq/conninfo.hpp"

namespace pgclone::pq {

// Throws 42501 (2F003 for a password file) unless the option concerns nothing but the caller and
// the source. `where`: " of server …", for the message.
PGCLONE_API void refuse_account_option(std::string_view keyword, std::string_view value,
                                       std::string_view where = {});
// The same for all options of a connection string.
PGCLONE_API void refuse_account_options(const ConnInfo& conninfo);

// What libpq would take of the account by itself is turned off, unless the connection string (then
// a superuser's) has it: certificate and key of the home folder, Kerberos tickets.
PGCLONE_API void leave_account_out(ConnInfo& conninfo);

// While it lives, libpq finds nothing of the account in the environment (PGSERVICE, PGPASSFILE,
// PGSSLKEY, PGUSER, …) but what makes connections stricter. For a process with one thread.
class PGCLONE_API WithoutAccountEnvironment {
 public:
  explicit WithoutAccountEnvironment(bool active);
  ~WithoutAccountEnvironment();
  WithoutAccountEnvironment(const WithoutAccountEnvironment&) = delete;
  WithoutAccountEnvironment& operator=(const WithoutAccountEnvironment&) = delete;

 private:
  std::vector<std::pair<std::string, std::string>> taken_;
};

}  // namespace pgclone::pq
