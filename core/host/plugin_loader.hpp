// Opens plugin files. One registry per process; what it has accepted stays for good.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "host/descriptor.hpp"

namespace pgclone::host {

// A plugin file as it is in this process.
struct Plugin {
  std::string name;  // of the file, without ".so"; the descriptor's is the same
  std::filesystem::path file;
  std::string version;
  std::vector<Entry> entries;
  std::string error;  // why it was refused; empty when it was accepted
};

// One file, whether it is there or not; null if it isn't. An accepted plugin is opened once per
// process and never closed: its code may be referred to until the process ends. A refused one is
// closed again and tried anew when its file has changed, so that it can be repaired without a new
// session. The pointers stay valid for the life of the process, since a later attempt makes a new
// Plugin. Whatever a plugin throws while it is loaded is kept as its error; one whose static
// objects threw is there by half, and stays refused in this process. Not for concurrent use: a
// process of the server has one thread.
const Plugin* load_file(const std::filesystem::path& file);

// Every *.so of the directory, by file name.
// Throws Error(55000) when the directory cannot be read.
std::vector<const Plugin*> load_directory(const std::filesystem::path& directory);

}  // namespace pgclone::host
