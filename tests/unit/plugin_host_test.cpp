// Which plugins are accepted, and what users hear about those that are not.
#include "host/plugin_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "host/enabled_list.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::host {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string fixtures(const std::string& name) {
  return std::string(PGCLONE_BINARY_DIR) + "/test-plugins/" + name;
}

PluginHost host_of(std::vector<std::string> directories, std::string enabled = "*") {
  return PluginHost({.directories = std::move(directories), .enabled = std::move(enabled)});
}

template <typename Function>
Error error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {"00000", ""};
}

// id kind plugin version enabled error, as one text.
std::vector<std::string> rows_of(PluginHost& host) {
  std::vector<std::string> rows;
  for (const StrategyInfo& info : host.strategies()) {
    rows.push_back(info.kind + "." + info.id + " of " + info.plugin + " " + info.version +
                   (info.enabled ? " enabled" : " off") +
                   (info.error.empty() ? "" : ": " + info.error));
  }
  return rows;
}

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "pgclone_host_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TemporaryDirectory() { fs::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  // Puts a file in place as an installation does: under another name first, then renamed.
  void install(const fs::path& from, const std::string& name) const {
    fs::copy_file(from, path_ / "new");
    fs::rename(path_ / "new", path_ / name);
  }
  [[nodiscard]] fs::path path() const { return path_; }

 private:
  fs::path path_;
};

TEST(PluginHost, OffersWhatShips) {
  PluginHost host = host_of({PGCLONE_PLUGIN_DIR});
  std::vector<std::string> names;
  for (const StrategyInfo& info : host.strategies()) {
    if (info.plugin != "conflict" && info.plugin != "snapshot") continue;
    EXPECT_EQ(info.error, "");
    EXPECT_EQ(info.file, std::string(PGCLONE_PLUGIN_DIR) + "/" + info.plugin + ".so");
    EXPECT_EQ(info.version, "1.0");
    EXPECT_TRUE(info.enabled);
    EXPECT_NE(info.summary, "");
    names.push_back(info.kind + "." + info.id);
  }
  EXPECT_THAT(names, ElementsAre("conflict.error", "conflict.skip", "conflict.replace",
                                 "conflict.rename", "snapshot.exported", "snapshot.none"));
  EXPECT_TRUE(host.snapshot("exported").consistent());
  EXPECT_FALSE(host.snapshot("none").consistent());
}

TEST(PluginHost, LoadsAStrangersPlugin) {
  PluginHost host = host_of({fixtures("good")});
  EXPECT_THAT(rows_of(host), ElementsAre("clone.sample of sample 1.2 enabled",
                                         "conflict.append of sample 1.2 enabled"));
  EXPECT_EQ(&host.clone("sample"), &host.clone("sample")) << "one strategy per host";
  host.conflict("append");
  EXPECT_THAT(host.asked_by("sample"), ElementsAre("sample", "table"));
  EXPECT_THAT(host.option_schemas(),
              ElementsAre(R"([{"name": "share", "type": "integer", "default": 10}])", "[]"));
}

struct Broken {
  std::string name;
  std::string error;
};
void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.name;
}

class BrokenPlugin : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenPlugin, IsRefusedAndTheRestWorks) {
  const Broken& broken = GetParam();
  PluginHost host = host_of({fixtures(broken.name), PGCLONE_PLUGIN_DIR});
  EXPECT_NO_THROW(host.require("conflict", "skip"));

  const Error error = error_of([&] { host.clone("sample"); });
  EXPECT_EQ(error.sqlstate(), "55000");
  EXPECT_EQ(error.message(),
            "clone strategy \"sample\" is not available: its plugin could not be loaded");
  EXPECT_THAT(error.detail(), StartsWith(broken.error));
  EXPECT_THAT(error.hint(), HasSubstr(fixtures(broken.name) + "/sample.so"));

  std::vector<StrategyInfo> refused;
  for (const StrategyInfo& info : host.strategies()) {
    if (info.plugin == "sample") refused.push_back(info);
  }
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_EQ(refused[0].kind, "");
  EXPECT_EQ(refused[0].id, "");
  EXPECT_FALSE(refused[0].enabled);
  EXPECT_EQ(refused[0].error, error.detail());
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenPlugin,
    ::testing::Values(
        Broken{"wrong_magic", "plugin \"sample\" has a descriptor with a wrong magic number"},
        Broken{"newer_contract",
               "plugin \"sample\" was built for contract 0.3, this pgclone has 0.2"},
        Broken{"other_sizes",
               "plugin \"sample\" has a descriptor of 96 and entries of 56 bytes, "
               "this pgclone has 88 and 56"},
        Broken{
            "other_fingerprint",
            "plugin \"sample\" was built with other headers of contract 0.2: their fingerprint is "
            "0000000000000abc, that of this pgclone "},
        Broken{
            "other_values",
            "plugin \"sample\" was compiled with other options: values of the contract have 7, "},
        Broken{"missing_asks", "plugin \"sample\" has an entry that leaves something out"},
        Broken{"bad_asks",
               "plugin \"sample\" has a strategy that asks \"../table\"; ids consist of a-z, 0-9, "
               "\"_\" and \"-\""},
        Broken{"other_toolchain",
               "plugin \"sample\" was built with toolchain elsewhere/1, this "
               "pgclone with itanium/libstdc++/cxx11"},
        Broken{"missing_version", "plugin \"sample\" leaves its toolchain, name or version out"},
        Broken{"other_name",
               "plugin \"sample\" calls itself \"simple\"; file and plugin must have "
               "the same name"},
        Broken{"bad_id",
               "plugin \"sample\" has a strategy with the id \"../sample\"; ids consist "
               "of a-z, 0-9, \"_\" and \"-\""},
        Broken{"bad_schema",
               "plugin \"sample\" declares the options of strategy \"sample\" "
               "wrongly: A declaration is not an object: 7"},
        Broken{"no_entry_point",
               "\"sample\" is not a plugin of pgclone: it has no function pgclone_plugin"},
        Broken{"throwing_entry",
               "plugin \"sample\" threw an exception in pgclone_plugin(): not today"},
        Broken{"throwing_static",
               "plugin \"sample\" threw an exception while it was loaded: not today"},
        Broken{"text_file", "plugin \"sample\" could not be opened: "}),
    [](const auto& parameter) { return parameter.param.name; });

TEST(PluginHost, SkipsAKindOfTheFuture) {
  PluginHost host = host_of({fixtures("unknown_kind")});
  EXPECT_THAT(rows_of(host),
              ElementsAre("clone.sample of sample 1.2 enabled",
                          ".append of sample 1.2 off: strategy \"append\" is of the kind 99, which "
                          "this pgclone does not know"));
  EXPECT_NO_THROW(host.clone("sample"));
  EXPECT_EQ(error_of([&] { host.conflict("append"); }).sqlstate(), "42704");
}

TEST(PluginHost, PassesOnWhyAStrategyCouldNotBeMade) {
  PluginHost host = host_of({fixtures("throwing")});
  const Error error = error_of([&] { host.clone("sample"); });
  EXPECT_EQ(error.sqlstate(), "0A000");
  std::string message = "no";
  for (int i = 0; i < 254; ++i) message += "ö";
  EXPECT_EQ(error.message(), message) << "cut at the end of a character";
  EXPECT_EQ(error.detail(), "Plugin \"" + fixtures("throwing") +
                                "/sample.so\" failed to create clone strategy \"sample\".");
  EXPECT_NO_THROW(host.conflict("append"));
}

// The one whose plugin has the strategy's name, or the first.
TEST(PluginHost, OneOfTwoWithOneIdWins) {
  const std::string named = fixtures("duplicate") + "/sample.so";
  const std::string first = fixtures("duplicate") + "/archive.so";
  const auto not_used = [&](const std::string& what, const std::string& file,
                            const std::string& used) {
    return what + " of \"" + file + "\" is not used: \"" + used + "\" has it already";
  };
  const std::string other = fixtures("good") + "/sample.so";
  const std::vector<std::string> expected = {
      "clone.sample of archive 1.2 off: " + not_used("clone strategy \"sample\"", first, named),
      "conflict.append of archive 1.2 enabled",
      "clone.sample of sample 1.2 enabled",
      "conflict.append of sample 1.2 off: " +
          not_used("conflict strategy \"append\"", named, first),
      "clone.sample of sample 1.2 off: " + not_used("clone strategy \"sample\"", other, named),
      "conflict.append of sample 1.2 off: " +
          not_used("conflict strategy \"append\"", other, first)};
  for (const bool used_before : {false, true}) {
    PluginHost host = host_of({fixtures("duplicate"), fixtures("good")});
    if (used_before) host.clone("sample");
    EXPECT_EQ(rows_of(host), expected);
    EXPECT_NO_THROW(host.clone("sample"));
    EXPECT_EQ(host.option_schemas().size(), 2U);
  }
}

TEST(PluginHost, ADirectoryNamedTwiceCountsOnce) {
  PluginHost host = host_of({fixtures("good"), fixtures("good")});
  EXPECT_EQ(host.strategies().size(), 2U);
}

TEST(PluginHost, SeesARepairedFile) {
  const TemporaryDirectory directory;
  directory.install(fixtures("wrong_magic") + "/sample.so", "sample.so");
  PluginHost before = host_of({directory.path()});
  EXPECT_EQ(error_of([&] { before.clone("sample"); }).sqlstate(), "55000");

  directory.install(fixtures("good") + "/sample.so", "sample.so");
  PluginHost after = host_of({directory.path()});
  EXPECT_NO_THROW(after.clone("sample"));
}

TEST(PluginHost, AStrategyOutlivesItsFile) {
  const TemporaryDirectory directory;
  directory.install(fixtures("good") + "/sample.so", "sample.so");
  PluginHost before = host_of({directory.path()});
  CloneStrategy& strategy = before.clone("sample");
  fs::remove(directory.path() / "sample.so");
  EXPECT_EQ(&before.clone("sample"), &strategy);
  PluginHost after = host_of({directory.path()});
  EXPECT_EQ(error_of([&] { after.clone("sample"); }).sqlstate(), "42704");
}

TEST(PluginHost, NamesTheMissingFileOfAShippedStrategy) {
  const TemporaryDirectory directory;
  directory.install(fs::path(PGCLONE_PLUGIN_DIR) / "snapshot.so", "snapshot.so");
  PluginHost host = host_of({directory.path()});
  EXPECT_NO_THROW(host.snapshot("exported"));
  for (const auto& [kind, id, plugin] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"conflict", "rename", "conflict"},
           {"clone", "table", "table"},
           {"clone", "schema", "schema"}}) {
    const Error error = error_of([&] { host.require(kind, id); });
    EXPECT_EQ(error.sqlstate(), "42704");
    EXPECT_EQ(error.message(), kind + " strategy \"" + id + "\" does not exist");
    EXPECT_EQ(error.hint(), "It belongs to plugin \"" + plugin + "\": install the file \"" +
                                plugin + ".so\" into \"" + directory.path().string() + "\".");
  }
}

TEST(PluginHost, SuggestsOrListsForAnUnknownId) {
  PluginHost host = host_of({PGCLONE_PLUGIN_DIR});
  const Error near = error_of([&] { host.conflict("renam"); });
  EXPECT_EQ(near.sqlstate(), "42704");
  EXPECT_EQ(near.message(), "conflict strategy \"renam\" does not exist");
  EXPECT_EQ(near.hint(), "Did you mean \"rename\"?");
  const Error far = error_of([&] { host.snapshot("../../evil"); });
  EXPECT_EQ(far.sqlstate(), "42704");
  EXPECT_EQ(far.hint(), "Strategies of this kind are \"exported\", \"none\" (plugins in \"" +
                            std::string(PGCLONE_PLUGIN_DIR) + "\").");
  EXPECT_EQ(error_of([&] { host.clone(PGCLONE_PLUGIN_DIR "/conflict.so"); }).sqlstate(), "42704");
}

TEST(PluginHost, ReportsADirectoryThatCannotBeRead) {
  PluginHost host = host_of({"/nonexistent/pgclone", fixtures("good")});
  EXPECT_NO_THROW(host.require("clone", "sample"));
  const StrategyInfo last = host.strategies().back();
  EXPECT_EQ(last.file, "/nonexistent/pgclone");
  EXPECT_EQ(last.error,
            "directory \"/nonexistent/pgclone\" could not be read: No such file or directory");
  EXPECT_EQ(error_of([&] { host.clone("table"); }).detail(), last.error);
}

TEST(PluginHost, KeepsWhatIsNotEnabledFromUse) {
  PluginHost host = host_of({PGCLONE_PLUGIN_DIR}, "skip, conflict.replace ,snapshot");
  EXPECT_NO_THROW(host.require("conflict", "skip"));
  EXPECT_NO_THROW(host.require("conflict", "replace"));
  EXPECT_NO_THROW(host.require("snapshot", "none"));
  const Error error = error_of([&] { host.conflict("rename"); });
  EXPECT_EQ(error.sqlstate(), "55000");
  EXPECT_EQ(error.message(), "conflict strategy \"rename\" is disabled");
  EXPECT_EQ(error.detail(),
            "The configuration parameter pgclone.strategies is \"skip, conflict.replace "
            ",snapshot\".");
  EXPECT_EQ(error.hint(),
            "A superuser can add \"rename\" to the configuration parameter pgclone.strategies and "
            "reload the configuration.");
  for (const StrategyInfo& info : host.strategies()) {
    EXPECT_EQ(info.enabled, info.kind == "snapshot" || info.id == "skip" || info.id == "replace")
        << info.id;
  }
  EXPECT_EQ(host.option_schemas().size(), 4U);
}

TEST(EnabledList, UnderstandsItsForms) {
  const auto listed = [](std::string_view text) {
    return EnabledList(text).contains("conflict", "rename", "house");
  };
  for (const char* text :
       {"*", " * ", "rename", "a,\trename\n", "conflict.rename", "house", ",*"}) {
    EXPECT_TRUE(listed(text)) << text;
  }
  for (const char* text : {"", " ", ",,", "renamed", "ren", "snapshot.rename", "conflict", "Rename",
                           "conflict. rename", "'rename'"}) {
    EXPECT_FALSE(listed(text)) << text;
  }
}

}  // namespace
}  // namespace pgclone::host
