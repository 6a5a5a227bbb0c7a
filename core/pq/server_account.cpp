#include "pq/server_account.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "pgclone/plugin/error.hpp"

namespace pgclone::pq {

namespace {

using std::string_view;

// Options that concern the caller, the source and the line between them. A list of what is allowed:
// what a later libpq can do is refused until somebody has looked at it.
constexpr std::array<string_view, 32> kHarmless = {"application_name",
                                                   "channel_binding",
                                                   "client_encoding",
                                                   "connect_timeout",
                                                   "dbname",
                                                   "fallback_application_name",
                                                   "host",
                                                   "hostaddr",
                                                   "keepalives",
                                                   "keepalives_count",
                                                   "keepalives_idle",
                                                   "keepalives_interval",
                                                   "load_balance_hosts",
                                                   "max_protocol_version",
                                                   "min_protocol_version",
                                                   "options",
                                                   "password",
                                                   "port",
                                                   "replication",
                                                   "requirepeer",
                                                   "requiressl",
                                                   "scram_client_key",
                                                   "scram_server_key",
                                                   "ssl_max_protocol_version",
                                                   "ssl_min_protocol_version",
                                                   "sslcompression",
                                                   "sslmode",
                                                   "sslnegotiation",
                                                   "sslsni",
                                                   "target_session_attrs",
                                                   "tcp_user_timeout",
                                                   "user"};

// Values that turn off or go around what is the account's.
constexpr std::array<std::pair<string_view, string_view>, 3> kHarmlessValues = {
    {{"gssencmode", "disable"}, {"sslcertmode", "disable"}, {"sslrootcert", "system"}}};

// Environment that an administrator may have set to make connections stricter.
constexpr std::array<string_view, 8> kStrictness = {
    "channel_binding",          "sslcrl",  "sslcrldir",   "ssl_max_protocol_version",
    "ssl_min_protocol_version", "sslmode", "sslrootcert", "sslsni"};

constexpr string_view kPasswordMethods = "password,md5,scram-sha-256";
// A path that can't exist, which libpq takes for "no certificate".
constexpr string_view kNoFile = "/dev/null/none";

template <std::size_t size>
bool contains(const std::array<string_view, size>& list, string_view keyword) {
  return std::ranges::find(list, keyword) != list.end();
}

bool asks_for_passwords_only(string_view methods) {
  while (!methods.empty()) {
    const std::size_t end = std::min(methods.find(','), methods.size());
    const string_view method = methods.substr(0, end);
    if (method != "password" && method != "md5" && method != "scram-sha-256") return false;
    methods.remove_prefix(std::min(end + 1, methods.size()));
  }
  return true;
}

bool is_harmless(string_view keyword, string_view value) {
  if (keyword == "require_auth") return asks_for_passwords_only(value);
  return contains(kHarmless, keyword) ||
         std::ranges::find(kHarmlessValues, std::pair(keyword, value)) != kHarmlessValues.end();
}

string_view why_not(string_view keyword) {
  if (keyword == "sslcert" || keyword == "sslkey" || keyword == "sslpassword" ||
      keyword == "sslcertmode")
    return "It names a certificate or key of the server's own account: the source would let that "
           "account in, not you.";
  if (keyword == "service" || keyword == "servicefile")
    return "It takes settings from a file that is read with the rights of the server's own "
           "account.";
  if (keyword == "sslrootcert" || keyword == "sslcrl" || keyword == "sslcrldir" ||
      keyword == "passfile" || keyword == "sslkeylogfile")
    return "It names a file, which would be used with the rights of the server's own account.";
  if (keyword.starts_with("gss") || keyword == "krbsrvname")
    return "It would use the Kerberos identity of the server's own account.";
  return "It may use files or the identity of the server's own account.";
}

}  // namespace

void refuse_account_option(string_view keyword, string_view value, string_view where) {
  if (is_harmless(keyword, value)) return;
  const bool is_about_passwords = keyword == "passfile";
  throw Error(is_about_passwords ? "2F003" : sqlstate::kInsufficientPrivilege,
              "connection option \"" + std::string(keyword) + "\"" + std::string(where) +
                  " is for superusers only")
      .with_detail(std::string(why_not(keyword)))
      .with_hint(
          "Connect with user and password alone, or have a superuser put the option into a foreign "
          "server of his own, and name that server.");
}

void refuse_account_options(const ConnInfo& conninfo) {
  for (const auto& [keyword, value] : conninfo.values()) refuse_account_option(keyword, value);
}

void leave_account_out(ConnInfo& conninfo) {
  const auto set_default = [&conninfo](string_view keyword, string_view value) {
    if (ConnInfo::knows(keyword)) conninfo.set_default(keyword, value);
  };
  set_default("gssencmode", "disable");
  set_default("require_auth", kPasswordMethods);
  if (conninfo.has("sslcert") || conninfo.has("sslkey")) return;
  set_default("sslcertmode", "disable");
  set_default("sslcert", kNoFile);
}

WithoutAccountEnvironment::WithoutAccountEnvironment(bool active) {
  if (!active) return;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse("", nullptr), &PQconninfoFree);
  if (!options) throw Error(sqlstate::kOutOfMemory, "out of memory");
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->envvar == nullptr || contains(kStrictness, option->keyword)) continue;
    const char* const value = std::getenv(option->envvar);
    if (value != nullptr) taken_.emplace_back(option->envvar, value);
  }
  for (const auto& [name, value] : taken_) unsetenv(name.c_str());
}

WithoutAccountEnvironment::~WithoutAccountEnvironment() {
  for (const auto& [name, value] : taken_) setenv(name.c_str(), value.c_str(), 1);
}

}  // namespace pgclone::pq
