#include "support/settings.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::test {
namespace {

const std::set<std::string, std::less<>> kLeftOut = {
    // A transaction's own, not a session's: what a database says of them means nothing.
    "transaction_deferrable", "transaction_isolation", "transaction_read_only",
    // The database says that it takes no writes, and an error says so.
    "default_transaction_read_only",
    // Libraries that there are not.
    "local_preload_libraries", "extension_destdir",
    // Forbids the very reading of views, with which materialized views are computed.
    "restrict_nonsystem_relation_kind"};

const std::map<std::string, std::string, std::less<>> kValues = {
    {"DateStyle", "SQL, DMY"},
    {"IntervalStyle", "sql_standard"},
    {"TimeZone", "Asia/Kathmandu"},
    {"application_name", "odd"},
    {"backtrace_functions", "no_such_function"},
    {"client_connection_check_interval", "100ms"},
    {"client_encoding", "LATIN1"},
    {"client_min_messages", "error"},
    {"commit_delay", "1000"},
    {"compute_query_id", "regress"},
    {"debug_logical_replication_streaming", "immediate"},
    {"default_table_access_method", "odd_heap"},
    {"default_tablespace", "odd_space"},
    {"default_text_search_config", "pg_catalog.simple"},
    {"default_toast_compression", "lz4"},
    {"default_transaction_isolation", "serializable"},
    {"dynamic_library_path", "$libdir:/nowhere"},
    {"idle_in_transaction_session_timeout", "50ms"},
    {"idle_session_timeout", "50ms"},
    {"jit_above_cost", "0"},
    {"lc_messages", "POSIX"},
    {"lc_monetary", "POSIX"},
    {"lc_numeric", "POSIX"},
    {"lc_time", "POSIX"},
    {"lock_timeout", "1ms"},
    {"log_error_verbosity", "verbose"},
    {"log_min_duration_sample", "0"},
    {"log_min_duration_statement", "0"},
    {"log_min_error_statement", "debug5"},
    {"log_min_messages", "panic"},
    {"output_plugin_libraries", "pgoutput"},
    {"plan_cache_mode", "force_generic_plan"},
    {"search_path", "no_such_schema, public, pg_catalog"},
    {"session_preload_libraries", "auto_explain"},
    {"session_replication_role", "replica"},
    {"statement_timeout", "50ms"},
    {"temp_tablespaces", "odd_space"},
    {"timezone_abbreviations", "India"},
    {"transaction_timeout", "50ms"},
    {"vacuum_cost_delay", "1"},
    {"wal_compression", "pglz"},
    {"wal_consistency_checking", "all"}};

// The other end of its range.
std::string other_value(const std::string& type, const std::string& now, const std::string& least,
                        const std::string& most, const std::string& last) {
  if (type == "bool") return now == "on" ? "off" : "on";
  if (type == "enum") return last;
  return now == least ? most : least;
}

bool fills_log(const std::string& category) {
  return category.starts_with("Reporting and Logging") ||
         category.starts_with("Statistics / Monitoring");
}

bool decides_how(const std::string& category) {
  return category.starts_with("Query Tuning") || category.starts_with("Resource Usage") ||
         category.starts_with("Developer Options");
}

}  // namespace

std::vector<OddSetting> odd_settings(Sql& sql) {
  std::vector<OddSetting> odd;
  for (const auto& row :
       sql.rows("SELECT name, vartype, setting, min_val, max_val,"
                " (SELECT max(e) FROM unnest(enumvals) e WHERE e <> setting), category"
                " FROM pg_settings WHERE context IN ('user', 'superuser') AND name !~ '\\.' ORDER "
                "BY name")) {
    const auto text = [&](std::size_t column) { return row[column].value_or(""); };
    const std::string name = text(0);
    if (kLeftOut.contains(name)) continue;
    const auto special = kValues.find(name);
    const std::string value = special != kValues.end()
                                  ? special->second
                                  : other_value(text(1), text(2), text(3), text(4), text(5));
    // A server that was built with one value only.
    if (value == text(2) || value.empty()) continue;
    odd.push_back({name, value, decides_how(text(6)), fills_log(text(6))});
  }
  return odd;
}

void set_for_database(Sql& sql, const OddSetting& setting) {
  const bool list = setting.name == "search_path" || setting.name == "DateStyle";
  sql.exec("DO $$ BEGIN EXECUTE pg_catalog.format('ALTER DATABASE %I SET %I = ' || " +
           sql::literal(list ? setting.value : sql::literal(setting.value)) +
           ", pg_catalog.current_database(), " + sql::literal(setting.name) + "); END $$");
}

}  // namespace pgclone::test
