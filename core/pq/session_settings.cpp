#include "pq/session_settings.hpp"

#include <span>

#include "pgclone/plugin/sql.hpp"
#include "settings/pinned.hpp"

namespace pgclone::pq {

namespace {

using settings::Pinned;

// Logical types of the catalogs that we read (identity columns, partitions) begin here.
constexpr int kOldestServer = 100000;

void add(std::string& sql, std::string_view set, const Pinned& setting, int version) {
  if (setting.since > version) return;
  sql += std::string(set) + std::string(setting.name) + " = " + sql::literal(setting.value) + ";";
}

void add_all(std::string& sql, std::string_view set, std::span<const Pinned> table, int version) {
  for (const Pinned& setting : table) add(sql, set, setting, version);
}

std::string path(std::string_view set) {
  return std::string(set) + "search_path = " + std::string(settings::kPlainPath) + ";";
}

void run(Connection& connection, const std::string& sql) {
  connection.send(sql);
  connection.finish();
}

}  // namespace

void check_version(const Connection& connection) {
  if (connection.server_version() >= kOldestServer) return;
  throw connection.peer()
      .error(sqlstate::kFeatureNotSupported, connection.peer().name() + " is too old")
      .with_detail("Its version number is " + std::to_string(connection.server_version()) + ".")
      .with_hint("Use a server of PostgreSQL 10 or later.");
}

void pin_session(Connection& connection) {
  std::string sql = path("SET ");
  add_all(sql, "SET ", settings::kOnTarget, connection.server_version());
  add_all(sql, "SET ", settings::kPrinting, connection.server_version());
  run(connection, sql);
}

void begin_pinned(Connection& connection, const std::string& begin) {
  constexpr std::string_view kSet = "SET LOCAL ";
  const int version = connection.server_version();
  std::string sql = begin + ";";
  add_all(sql, kSet, settings::kOnSource, version);
  add_all(sql, kSet, settings::kPrinting, version);
  sql += path(kSet);
  if (connection.server_can_check_client()) {
    std::string checking = sql;
    add(checking, kSet, settings::kChecksClient, version);
    try {
      run(connection, checking);
      return;
    } catch (const Error& error) {
      // Not every operating system can do it; any other failure shows again below.
      if (error.sqlstate() != sqlstate::kInvalidParameterValue) throw;
      connection.server_cannot_check_client();
      connection.rollback();
    }
  }
  run(connection, sql);
}

}  // namespace pgclone::pq
