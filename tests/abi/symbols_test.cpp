// What our shared objects export and need, and what our headers include.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "pgclone/plugin/abi.h"

extern "C" {
std::size_t abi_descriptor_size(void);
std::size_t abi_entry_size(void);
std::size_t abi_entries_offset(void);
}

namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Lines that a command prints; it must succeed.
std::vector<std::string> lines_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen: " + command);
  std::string output;
  std::array<char, 4096> buffer{};
  std::size_t got = 0;
  while ((got = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    output.append(buffer.data(), got);
  }
  EXPECT_EQ(::pclose(pipe), 0) << command;
  std::vector<std::string> lines;
  std::istringstream stream(output);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<fs::path> plugins() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(PGCLONE_PLUGIN_DIR)) {
    if (entry.path().extension() == ".so") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

struct Include {
  fs::path file;  // that has it
  std::string name;
  bool quoted;
};

std::vector<Include> includes_below(const fs::path& folder) {
  std::vector<Include> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension();
    if (extension != ".hpp" && extension != ".cpp" && extension != ".h") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("#include")) continue;
      const std::size_t begin = line.find_first_of("<\"");
      const std::size_t end = line.find_first_of(">\"", begin + 1);
      found.push_back({entry.path(), line.substr(begin + 1, end - begin - 1), line[begin] == '"'});
    }
  }
  return found;
}

TEST(Symbols, APluginExportsItsEntryPointAlone) {
  EXPECT_THAT(plugins(), Contains(fs::path(PGCLONE_PLUGIN_DIR) / "conflict.so"));
  for (const fs::path& file : plugins()) {
    std::vector<std::string> names;
    for (const std::string& line : lines_of("nm -D --defined-only '" + file.string() + "'")) {
      names.push_back(line.substr(line.rfind(' ') + 1));
    }
    EXPECT_THAT(names, ElementsAre("pgclone_plugin")) << file;
  }
}

TEST(Symbols, AllThatAPluginNeedsIsThere) {
  for (const fs::path& file : plugins()) {
    std::vector<std::string> missing;
    for (const std::string& line : lines_of("ldd -r '" + file.string() + "' 2>&1")) {
      if (line.find("undefined symbol") != std::string::npos ||
          line.find("not found") != std::string::npos) {
        missing.push_back(line);
      }
    }
    EXPECT_THAT(missing, IsEmpty()) << file;
  }
}

TEST(Symbols, CoreHidesTheLibrariesThatItUses) {
  std::vector<std::string> foreign;
  for (const std::string& line : lines_of("nm -D --defined-only --demangle '" PGCLONE_BINARY_DIR
                                          "/lib/libpgclone_core.so'")) {
    // "address type name"; weak ones are inline functions and templates that anyone may define.
    const bool weak = line.size() > 17 && std::string("VWvwu").find(line[17]) != std::string::npos;
    if (!weak && line.find("pgclone::") == std::string::npos) foreign.push_back(line);
  }
  EXPECT_THAT(foreign, IsEmpty());
}

TEST(Headers, OfTheServerAreNotIncludedOutsideExt) {
  const std::set<std::string> server = {"postgres.h", "fmgr.h",    "miscadmin.h", "c.h",
                                        "funcapi.h",  "pgstat.h",  "varatt.h",    "pg_config.h",
                                        "port.h",     "pg_trace.h"};
  const std::vector<std::string> folders = {"access/", "catalog/",    "commands/", "executor/",
                                            "nodes/",  "postmaster/", "storage/",  "tcop/",
                                            "utils/",  "parser/",     "server/"};
  std::size_t seen = 0;
  for (const char* folder : {"core", "plugins", "tests"}) {
    for (const Include& include : includes_below(fs::path(PGCLONE_SOURCE_DIR) / folder)) {
      ++seen;
      EXPECT_FALSE(server.contains(include.name)) << include.file << " includes " << include.name;
      for (const std::string& prefix : folders) {
        EXPECT_FALSE(include.name.starts_with(prefix))
            << include.file << " includes " << include.name;
      }
    }
  }
  EXPECT_GT(seen, 100U) << "the search looks in the wrong place";
}

TEST(Headers, OfTheContractNeedNothingButTheStandardLibrary) {
  const fs::path contract = fs::path(PGCLONE_SOURCE_DIR) / "core/include/pgclone/plugin";
  std::size_t seen = 0;
  for (const Include& include : includes_below(contract)) {
    ++seen;
    if (include.quoted) {
      EXPECT_TRUE(include.name.starts_with("pgclone/plugin/") &&
                  (fs::exists(contract.parent_path().parent_path() / include.name) ||
                   fs::exists(fs::path(PGCLONE_BINARY_DIR) / "include" / include.name)))
          << include.file << " includes " << include.name;
    } else {
      // The standard library's own names have neither a folder nor, but for C's, an extension.
      EXPECT_TRUE(include.name.find_first_of("/.") == std::string::npos ||
                  include.name == "stddef.h" || include.name == "stdint.h")
          << include.file << " includes " << include.name;
    }
  }
  EXPECT_GT(seen, 20U);
}

TEST(Headers, OfTheHandshakeMeanTheSameInCAndCpp) {
  EXPECT_EQ(abi_descriptor_size(), sizeof(pgclone_plugin_descriptor));
  EXPECT_EQ(abi_entry_size(), sizeof(pgclone_strategy_entry));
  EXPECT_EQ(abi_entries_offset(), offsetof(pgclone_plugin_descriptor, entries));
}

}  // namespace
