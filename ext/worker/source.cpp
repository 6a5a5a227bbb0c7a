#include "worker/source.hpp"

#include <utility>
#include <vector>

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

#include "server.hpp"

namespace pgclone::worker {

namespace {

struct ServerOptions {
  List* of_server;
  List* of_user;
};

// Null options when there is no such server; raises for a lack of rights or of a mapping.
bool find_server(const char* name, ServerOptions* found) {
  const ForeignServer* const server = GetForeignServerByName(name, true);
  if (server == nullptr) return false;
  const AclResult right = pg_foreign_server_aclcheck(server->serverid, GetUserId(), ACL_USAGE);
  if (right != ACLCHECK_OK) aclcheck_error(right, OBJECT_FOREIGN_SERVER, name);
  found->of_server = server->options;
  found->of_user = GetUserMapping(GetUserId(), server->serverid)->options;
  return true;
}

// Options of the foreign-data wrapper's own (fetch_size, updatable, …) are not for libpq.
void add_options(pq::ConnInfo& conninfo, const List* options) {
  const ListCell* cell = nullptr;
  foreach (cell, options) {
    auto* const option = static_cast<DefElem*>(lfirst(cell));
    if (!pq::ConnInfo::knows(option->defname)) continue;
    conninfo.set(option->defname, guard::server_call([option] { return defGetString(option); }));
  }
}

ResolvedSource from_server(const std::string& name) {
  ServerOptions options{};
  const bool found =
      guard::server_call([text = name.c_str(), out = &options] { return find_server(text, out); });
  if (!found) {
    throw Error(sqlstate::kUndefinedObject, "server " + sql::identifier(name) + " does not exist")
        .with_detail("The source is neither a connection string nor the name of a foreign server.")
        .with_hint(
            "Write a connection string such as 'host=db.example.com dbname=shop user=reader', a "
            "postgresql:// URI, or the name of a server in pg_foreign_server.");
  }
  ResolvedSource source;
  add_options(source.conninfo, options.of_server);
  add_options(source.conninfo, options.of_user);
  source.label = name;
  return source;
}

}  // namespace

ResolvedSource resolve_source(std::string_view text) {
  ResolvedSource source;
  // A mistyped URI is not echoed as a server's name: it may hold a password.
  const bool looks_like_uri =
      text.find("//") != std::string_view::npos || text.find('@') != std::string_view::npos;
  if (looks_like_uri || pq::ConnInfo::looks_like_conninfo(text)) {
    source.conninfo = pq::ConnInfo::parse(text);
    source.label = source.conninfo.redacted();
    source.needs_secret = source.conninfo.has_secret();
  } else {
    source = from_server(std::string(text));
  }
  source.require_password = !guard::server_call([] { return superuser(); });
  return source;
}

}  // namespace pgclone::worker
