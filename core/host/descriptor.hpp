// Checks what a plugin says of itself, before any of its C++ runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/abi.h"

namespace pgclone::host {

// One strategy of an accepted plugin. An entry that this host cannot use has an error and no
// callable functions; the plugin's other entries work.
struct Entry {
  const pgclone_strategy_entry* raw = nullptr;
  std::string error;
  std::vector<std::string> asks = {};  // clone strategies
};

// The words of pgclone_strategy_kind; empty for a kind that this host does not know.
std::string_view kind_name(std::uint32_t kind);

// `file_name` is the plugin's file name without ".so". Returns the entries, or throws
// Error(55000) whose message says what is wrong with the plugin, naming both sides of a mismatch.
std::vector<Entry> check_descriptor(const pgclone_plugin_descriptor* descriptor,
                                    std::string_view file_name);

}  // namespace pgclone::host
