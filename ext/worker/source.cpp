#include "worker/source.hpp"

#include <cstring>
#include <string>

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "pq/server_account.hpp"

#include "server.hpp"

namespace pgclone::worker {

namespace {

struct ServerOptions {
  List* of_server;
  List* of_user;
  // Whose options may name what belongs to the server's account.
  bool superuser_set_server;
  bool superuser_set_user;
  // Only superusers may set certain options of a mapping.
  bool mapping_is_validated;
};

// By its validator: postgres_fdw's lets nobody but superusers set sslcert, sslkey and
// password_required.
bool is_postgres_fdw(Oid wrapper) {
  const Oid extension = get_extension_oid("postgres_fdw", true);
  const Oid validator = GetForeignDataWrapper(wrapper)->fdwvalidator;
  return OidIsValid(extension) && OidIsValid(validator) &&
         getExtensionOfObject(ProcedureRelationId, validator) == extension;
}

// Null options when there is no such server; raises for a lack of rights or of a mapping.
bool find_server(const char* name, ServerOptions* found) {
  const ForeignServer* const server = GetForeignServerByName(name, true);
  if (server == nullptr) return false;
  const Oid user = GetUserId();
  const AclResult right = pg_foreign_server_aclcheck(server->serverid, user, ACL_USAGE);
  if (right != ACLCHECK_OK) aclcheck_error(right, OBJECT_FOREIGN_SERVER, name);
  found->of_server = server->options;
  found->of_user = GetUserMapping(user, server->serverid)->options;
  found->superuser_set_server = superuser_arg(server->owner);
  // A mapping of his own may be the user's work; the one for PUBLIC is the server's owner's.
  const bool is_public = !SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(user),
                                                ObjectIdGetDatum(server->serverid));
  found->superuser_set_user = is_public && found->superuser_set_server;
  found->mapping_is_validated = is_postgres_fdw(server->fdwid);
  return true;
}

// Options of the foreign-data wrapper's own (fetch_size, updatable, …) are not for libpq.
template <typename MayUse>
void add_options(pq::ConnInfo& conninfo, const List* options, const std::string& where,
                 MayUse may_use) {
  const ListCell* cell = nullptr;
  foreach (cell, options) {
    auto* const option = static_cast<DefElem*>(lfirst(cell));
    const std::string_view keyword = option->defname;
    if (!pq::ConnInfo::knows(keyword)) continue;
    const char* const value = guard::server_call([option] { return defGetString(option); });
    if (!may_use(keyword)) pq::refuse_account_option(keyword, value, where);
    conninfo.set(keyword, value);
  }
}

bool has_passwordless(const ServerOptions& options) {
  if (!options.mapping_is_validated) return false;
  return guard::server_call([list = options.of_user] {
    const ListCell* cell = nullptr;
    foreach (cell, list) {
      auto* const option = static_cast<DefElem*>(lfirst(cell));
      if (strcmp(option->defname, "password_required") == 0) return !defGetBoolean(option);
    }
    return false;
  });
}

ResolvedSource from_server(const std::string& name, bool is_superuser) {
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
  const bool any_of_server = is_superuser || options.superuser_set_server;
  add_options(source.conninfo, options.of_server, " of server " + sql::identifier(name),
              [any_of_server](std::string_view) { return any_of_server; });
  const bool any_of_user = is_superuser || options.superuser_set_user;
  const bool validated = options.mapping_is_validated;
  add_options(source.conninfo, options.of_user,
              " of the user mapping for server " + sql::identifier(name),
              [any_of_user, validated](std::string_view keyword) {
                return any_of_user || keyword == "sslpassword" ||
                       (validated && (keyword == "sslcert" || keyword == "sslkey"));
              });
  source.label = name;
  source.require_password = !is_superuser && !has_passwordless(options);
  return source;
}

}  // namespace

ResolvedSource resolve_source(std::string_view text) {
  const bool is_superuser = guard::server_call([] { return superuser(); });
  // A mistyped URI is not echoed as a server's name: it may hold a password.
  const bool looks_like_uri =
      text.find("//") != std::string_view::npos || text.find('@') != std::string_view::npos;
  if (!looks_like_uri && !pq::ConnInfo::looks_like_conninfo(text)) {
    return from_server(std::string(text), is_superuser);
  }
  ResolvedSource source;
  source.conninfo = pq::ConnInfo::parse(text);
  if (!is_superuser) pq::refuse_account_options(source.conninfo);
  source.label = source.conninfo.redacted();
  source.needs_secret = source.conninfo.has_secret();
  source.require_password = !is_superuser;
  return source;
}

}  // namespace pgclone::worker
