#include "pq/session_settings.hpp"

#include <string>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::pq {

namespace {

// Logical types of the catalogs that we read (identity columns, partitions) begin here.
constexpr int kOldestServer = 100000;

// Builds SELECT set_config(…), set_config(…), …: one statement, one round trip.
class Settings {
 public:
  void add(std::string_view name, std::string_view value) {
    sql_ += sql_.empty() ? "SELECT " : ", ";
    sql_ += "pg_catalog.set_config(" + sql::literal(name) + ", " + sql::literal(value) + ", false)";
  }
  [[nodiscard]] const std::string& sql() const { return sql_; }

 private:
  std::string sql_;
};

// How the server prints names and values, so that the other side reads the same.
void add_styles(Settings& settings) {
  settings.add("search_path", "pg_catalog, pg_temp");
  settings.add("DateStyle", "ISO");
  settings.add("IntervalStyle", "postgres");
  settings.add("extra_float_digits", "3");
  settings.add("bytea_output", "hex");
  settings.add("standard_conforming_strings", "on");
  settings.add("quote_all_identifiers", "off");
}

void add_source(Settings& settings, int version) {
  settings.add("row_security", "off");  // a filtered read must fail, not lose rows
  settings.add("default_transaction_read_only", "on");
  settings.add("synchronize_seqscans", "off");
  settings.add("statement_timeout", "0");
  settings.add("lock_timeout", "0");
  settings.add("idle_in_transaction_session_timeout", "0");
  if (version >= 110000) settings.add("jit", "off");
  if (version >= 140000) settings.add("idle_session_timeout", "0");
  if (version >= 170000) settings.add("transaction_timeout", "0");
}

void apply(Connection& connection, const Settings& settings) {
  connection.send(settings.sql(), {});
  connection.finish();
}

}  // namespace

void pin_settings(Connection& connection, bool is_source) {
  const int version = connection.server_version();
  if (version < kOldestServer) {
    throw connection.peer()
        .error(sqlstate::kFeatureNotSupported, connection.peer().name() + " is too old")
        .with_detail("Its version number is " + std::to_string(version) + ".")
        .with_hint("Use a server of PostgreSQL 10 or later.");
  }
  Settings settings;
  add_styles(settings);
  if (is_source) add_source(settings, version);
  if (version >= 140000) {
    // So a statement of ours ends soon after we leave, even while it waits for a lock.
    Settings checking = settings;
    checking.add("client_connection_check_interval", "250ms");
    try {
      apply(connection, checking);
      connection.server_checks_client(true);
      return;
    } catch (const Error& error) {
      // Not every operating system can do it; any other failure shows again below.
      if (error.sqlstate() != sqlstate::kInvalidParameterValue) throw;
    }
  }
  apply(connection, settings);
}

}  // namespace pgclone::pq
