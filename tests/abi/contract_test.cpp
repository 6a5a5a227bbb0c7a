// The contract changes with its version, and its fingerprint with its code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "pgclone/plugin/abi.h"
#include "pgclone/plugin/fingerprint.h"

namespace {

namespace fs = std::filesystem;

const fs::path kHeaders = fs::path(PGCLONE_SOURCE_DIR) / "core/include";

std::string ours() {
  std::ostringstream text;
  text << std::hex;
  text.width(16);
  text.fill('0');
  text << PGCLONE_ABI_FINGERPRINT;
  return text.str();
}

// As the build computes it.
std::string fingerprint_of(const fs::path& folder) {
  const std::string command = std::string(PGCLONE_CMAKE) + " -D FOLDER='" + folder.string() +
                              "' -P " PGCLONE_SOURCE_DIR "/cmake/contract_fingerprint.cmake";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen: " + command);
  char text[64] = {};
  const std::size_t size = std::fread(text, 1, sizeof text - 1, pipe);
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return {text, size > 0 ? size - 1 : 0};  // without the newline
}

std::string content(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// What an installation has.
class Contract : public ::testing::Test {
 protected:
  Contract() {
    std::string name = (fs::temp_directory_path() / "pgclone_contract_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = name;
    fs::copy(kHeaders, folder_, fs::copy_options::recursive);
    fs::copy_file(fs::path(PGCLONE_BINARY_DIR) / "include/pgclone/plugin/fingerprint.h",
                  folder_ / "pgclone/plugin/fingerprint.h");
  }
  ~Contract() override { fs::remove_all(folder_); }

  void change(const std::string& header, const std::string& from, const std::string& to) const {
    const fs::path file = folder_ / "pgclone/plugin" / header;
    std::string text = content(file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << header << " has no " << from;
    std::ofstream(file) << text.replace(at, from.size(), to);
  }

  fs::path folder_;
};

// A line per version, the last one is that of the headers. Whoever changes them raises
// PGCLONE_ABI_MINOR and adds a line; none is ever changed.
TEST(ContractVersion, ChangesWithTheContract) {
  std::ifstream golden(PGCLONE_SOURCE_DIR "/tests/abi/contract.txt");
  std::set<std::string> versions;
  std::string version;
  std::string fingerprint;
  for (std::string each, mark; golden >> each >> mark;) {
    EXPECT_TRUE(versions.insert(each).second) << each << " is listed twice";
    version = each;
    fingerprint = mark;
  }
  EXPECT_EQ(version, std::to_string(PGCLONE_ABI_MAJOR) + "." + std::to_string(PGCLONE_ABI_MINOR));
  EXPECT_EQ(fingerprint, ours()) << "the headers of the contract have changed since " << version
                                 << ": raise PGCLONE_ABI_MINOR, and add the line to contract.txt";
}

TEST_F(Contract, IsTheSameForThePluginsOfOthers) {
  EXPECT_EQ(fingerprint_of(folder_), ours());
}

TEST_F(Contract, IsItsCodeAlone) {
  change("host.hpp", "class CloneStrategy;", "\n  class   CloneStrategy; // A remark.\n");
  change("abi.h", "typedef", "/* A remark: 2 * 2 **/ typedef");
  EXPECT_EQ(fingerprint_of(folder_), ours());
}

TEST_F(Contract, IsAllOfItsCode) {
  std::set<std::string> seen{ours()};
  const auto expect_another = [&](const std::string& what) {
    EXPECT_TRUE(seen.insert(fingerprint_of(folder_)).second) << what;
  };
  change("strategy.hpp", "virtual void leave() = 0;", "");
  expect_another("a call less");
  change("model.hpp", "bool existing = false;", "bool existing = true;");
  expect_another("another default");
  fs::rename(folder_ / "pgclone/plugin/routine.hpp", folder_ / "pgclone/plugin/other.hpp");
  expect_another("another name");
}

}  // namespace
