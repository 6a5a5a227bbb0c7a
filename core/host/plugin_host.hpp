// Finds, checks and loads strategy plugins, and hands out strategies by id.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/strategy.hpp"

namespace pgclone::host {

// A row of the view pgclone.strategies.
struct StrategyInfo {
  std::string id;
  std::string kind;  // clone, conflict, snapshot; empty when the plugin could not be loaded
  std::string summary;
  std::string plugin;
  std::string version;
  std::string file;
  std::string option_schema;
  bool enabled = false;
  std::string error;  // why it is unavailable; empty when it is fine
};

struct PluginHostConfig {
  // Searched in order for *.so; the first is <pkglibdir>/pgclone.
  std::vector<std::string> directories;
  // The GUC pgclone.strategies: '*' or a comma-separated list of strategy ids, kind.id, or plugin
  // names (which enable all of a plugin's strategies).
  std::string enabled = "*";
};

// One per job or call. Libraries are loaded once per process and never unloaded; the strategies
// that a PluginHost has handed out live as long as it does.
class PGCLONE_API PluginHost {
 public:
  explicit PluginHost(PluginHostConfig config);
  ~PluginHost();
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  // Throw Error (42704 unknown, 55000 disabled or failed to load), with a HINT that names the GUC
  // or the file. Load no more plugins than
  // it takes to find the strategy.
  CloneStrategy& clone(std::string_view id);
  ConflictStrategy& conflict(std::string_view id);
  SnapshotStrategy& snapshot(std::string_view id);
  // Throws as the above, without creating the strategy.
  void require(std::string_view kind, std::string_view id);

  // The name of the plugin that a strategy comes from; throws as the above.
  [[nodiscard]] std::string plugin_of(std::string_view kind, std::string_view id);

  // Every strategy of every plugin found, and a row for each plugin that could not be loaded.
  [[nodiscard]] std::vector<StrategyInfo> strategies();
  // The option schema (a JSON array) of one strategy; throws as require().
  [[nodiscard]] std::string option_schema(std::string_view kind, std::string_view id);
  // The clone strategies that a clone strategy asks, by itself; throws as require().
  [[nodiscard]] std::vector<std::string> asked_by(std::string_view id);
  // The enabled strategies that have an option: those that ship with pgclone if any of them does,
  // else all.
  [[nodiscard]] std::vector<StrategyInfo> owners_of(std::string_view option);
  // Of all enabled strategies of all plugins.
  [[nodiscard]] std::vector<std::string> option_schemas();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgclone::host
