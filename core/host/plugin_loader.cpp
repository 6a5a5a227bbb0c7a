#include "host/plugin_loader.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <system_error>
#include <utility>

#include "pgclone/plugin/error.hpp"

namespace pgclone::host {
namespace {

namespace fs = std::filesystem;

constexpr const char* kEntryPoint = "pgclone_plugin";

struct Identity {
  fs::file_time_type changed;
  std::uintmax_t size = 0;
  friend bool operator==(const Identity&, const Identity&) = default;
};

struct Registered {
  Identity identity;
  // Closed again by the destructor only for a refused plugin, of which nothing was used.
  boost::dll::shared_library module;
  std::vector<std::unique_ptr<Plugin>> attempts;  // the last one counts
};

// Leaked on purpose: a destructor at exit would unload code that others may still refer to.
std::map<fs::path, Registered>& registry() {
  static auto* const plugins = new std::map<fs::path, Registered>();
  return *plugins;
}

void open(boost::dll::shared_library& library, Plugin& plugin) {
  boost::dll::fs::error_code code;
  library.load(plugin.file.string(),
               boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, code);
  if (code) {
    // Boost's own text says only "bad file descriptor".
    const char* cause = ::dlerror();
    throw Error(sqlstate::kObjectNotInPrerequisiteState,
                "plugin \"" + plugin.name +
                    "\" could not be opened: " + (cause != nullptr ? cause : code.message()));
  }
  if (!library.has(kEntryPoint)) {
    throw Error(
        sqlstate::kObjectNotInPrerequisiteState,
        "\"" + plugin.name + "\" is not a plugin of pgclone: it has no function " + kEntryPoint);
  }
  const auto& entry_point = library.get<const pgclone_plugin_descriptor*()>(kEntryPoint);
  const pgclone_plugin_descriptor* descriptor = entry_point();
  plugin.entries = check_descriptor(descriptor, plugin.name);
  plugin.version = descriptor->version;
}

const Plugin* load(const fs::path& file) {
  std::error_code code;
  Identity identity{fs::last_write_time(file, code), 0};
  if (!code) identity.size = fs::file_size(file, code);

  Registered& known = registry()[file];
  if (!known.attempts.empty()) {
    const Plugin& last = *known.attempts.back();
    if (last.error.empty() || (!code && known.identity == identity)) return &last;
  }
  auto plugin = std::make_unique<Plugin>();
  plugin->name = file.stem().string();
  plugin->file = file;
  try {
    open(known.module, *plugin);
  } catch (const Error& error) {
    // Kept as a fact about this one plugin; the others go on. Whoever asks for it is told.
    plugin->error = error.message();
    plugin->entries.clear();
    plugin->version.clear();
    known.module.unload();
  }
  known.identity = identity;
  known.attempts.push_back(std::move(plugin));
  return known.attempts.back().get();
}

}  // namespace

std::vector<const Plugin*> load_directory(const fs::path& directory) {
  std::error_code code;
  std::vector<fs::path> files;
  fs::directory_iterator at(directory, code);
  for (; !code && at != fs::directory_iterator(); at.increment(code)) {
    if (at->path().extension() == ".so") files.push_back(at->path());
  }
  if (code) {
    throw Error(sqlstate::kObjectNotInPrerequisiteState,
                "directory \"" + directory.string() + "\" could not be read: " + code.message());
  }
  std::ranges::sort(files);
  std::vector<const Plugin*> plugins;
  for (const fs::path& file : files) plugins.push_back(load(file));
  return plugins;
}

}  // namespace pgclone::host
