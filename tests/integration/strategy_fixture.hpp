// Strategies of others, from a folder that the target's server may read.
#pragma once

#include <filesystem>
#include <string>

#include "integration/fixture.hpp"

namespace pgclone::integration {

// A plugin of tests/strategies, found by all sessions to come.
inline void install_strategies(const std::string& plugin) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(target_server().socket_dir()) / "plugins";
  const fs::path file = folder / (plugin + ".so");
  if (fs::exists(file)) return;
  fs::create_directory(folder);
  fs::copy_file(fs::path(PGCLONE_STRATEGY_DIR) / (plugin + ".so"), file);
  test::give_to_server_user(folder.string());
  test::give_to_server_user(file.string());
  target_server().append_conf("pgclone.plugin_directory = '" + folder.string() + "'");
  target_server().reload();
}

}  // namespace pgclone::integration
