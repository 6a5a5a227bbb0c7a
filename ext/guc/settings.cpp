#include "guc/settings.hpp"

#include "server.hpp"

namespace pgclone::guc {

namespace {

// The server writes these; plain data, as everything static in a backend has to be.
char* strategies_setting = nullptr;
char* plugin_directory_setting = nullptr;
int max_jobs_setting = 64;
int keeper_ping_setting = 5000;
int split_size_setting = -1;
int builds_setting = 0;
int maintenance_setting = -1;

// Only the form of the list. Whether such strategies exist is seen when they are used: a hook of a
// setting must never load code (it also runs in the postmaster, and while options are parsed).
bool check_strategies(char** value, void**, GucSource) {
  char* const copy = pstrdup(*value);
  List* names = NIL;
  const bool valid = SplitIdentifierString(copy, ',', &names);
  if (!valid) {
    GUC_check_errdetail("List syntax is invalid.");
    GUC_check_errhint(
        "Write '*' for all, or names separated by commas, e.g. 'table, schema, error'.");
  }
  list_free(names);
  pfree(copy);
  return valid;
}

bool check_plugin_directory(char** value, void**, GucSource) {
  if (**value == '\0' || is_absolute_path(*value)) return true;
  GUC_check_errdetail("\"%s\" is not an absolute path.", *value);
  return false;
}

}  // namespace

void define_settings(bool preloading) {
  DefineCustomStringVariable(
      "pgclone.strategies", "Strategies that clones may use.",
      "'*' enables all; otherwise a comma-separated list of strategy names, kind.name, or plugin "
      "names, which enable all strategies of a plugin.",
      &strategies_setting, "*", PGC_SIGHUP, 0, check_strategies, nullptr, nullptr);
  DefineCustomStringVariable(
      "pgclone.plugin_directory", "A further directory in which strategy plugins are looked for.",
      "An absolute path; empty for none. Plugins are code that runs with the server's rights.",
      &plugin_directory_setting, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, check_plugin_directory,
      nullptr, nullptr);
  // A session that loads the library itself may not define a setting of the postmaster, but has to
  // know the name, or the line in postgresql.conf would be reported as invalid.
  DefineCustomIntVariable(
      "pgclone.max_jobs", "Jobs that may run at the same time, in all databases together.",
      "Each takes a few kilobytes of shared memory and a background worker. Takes effect when "
      "pgclone is in shared_preload_libraries.",
      &max_jobs_setting, 64, 1, 65536, preloading ? PGC_POSTMASTER : PGC_SIGHUP, 0, nullptr,
      nullptr, nullptr);
  DefineCustomIntVariable("pgclone.keeper_ping_interval",
                          "How often the connection that keeps a job's snapshot is checked.",
                          "0 switches it off.", &keeper_ping_setting, 5000, 0, INT_MAX, PGC_SIGHUP,
                          GUC_UNIT_MS, nullptr, nullptr, nullptr);
  // Read by the table strategy, as any other setting, through SQL.
  DefineCustomIntVariable(
      "pgclone.split_size",
      "Tables above this size are copied in parts of it by the workers of a job.",
      "-1 cuts what would keep one worker busy longer than the others have work; 0 cuts nothing. "
      "The option split_bytes goes before it.",
      &split_size_setting, -1, -1, INT_MAX, PGC_USERSET, GUC_UNIT_MB, nullptr, nullptr, nullptr);
  // Read by every worker of a job in the same way.
  DefineCustomIntVariable(
      "pgclone.maintenance_work_mem",
      "Memory for building indexes and validating foreign keys, for all workers of a job together.",
      "Each worker's maintenance_work_mem is its share. -1 leaves each with the server's setting.",
      &maintenance_setting, -1, -1, INT_MAX, PGC_USERSET, GUC_UNIT_KB, nullptr, nullptr, nullptr);
  DefineCustomIntVariable(
      "pgclone.max_builds",
      "Builds of large indexes and validations of large tables that a job has running at once.",
      "0: as many as the machine has processors.", &builds_setting, 0, 0, INT_MAX, PGC_USERSET, 0,
      nullptr, nullptr, nullptr);
  // Last: from here on an unknown pgclone.* setting is an error instead of a placeholder.
  MarkGUCPrefixReserved("pgclone");
}

int max_jobs() noexcept {
  return max_jobs_setting;
}

int keeper_ping_interval() noexcept {
  return keeper_ping_setting;
}

host::PluginHostConfig plugin_config() {
  host::PluginHostConfig config;
  config.directories.push_back(std::string(pkglib_path) + "/pgclone");
  if (*plugin_directory_setting != '\0') config.directories.emplace_back(plugin_directory_setting);
  config.enabled = strategies_setting;
  return config;
}

}  // namespace pgclone::guc
