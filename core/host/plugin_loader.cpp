#include "host/plugin_loader.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <csetjmp>
#include <cstdint>
#include <cstdio>
#include <exception>
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
  bool half_loaded = false;
};

// Leaked on purpose: a destructor at exit would unload code that others may still refer to.
std::map<fs::path, Registered>& registry() {
  static auto* const plugins = new std::map<fs::path, Registered>();
  return *plugins;
}

class HalfLoaded : public Error {
 public:
  using Error::Error;
};

// An exception of a static object's constructor can't pass through the loader of the C library: it
// would end the process. So it is met where the process would end, and left by a jump, over nothing
// but the loader's frames and those of the constructor.
sigjmp_buf way_out;
char last_words[256];

[[noreturn]] void leave_loader() noexcept {
  const char* what = "something that says nothing of itself";
  try {
    if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    what = error.what();
  } catch (...) {
  }
  std::snprintf(last_words, sizeof last_words, "%s", what);
  siglongjmp(way_out, 1);
}

// Plain C, since it is jumped over.
void* open_guarded(const char* file, bool* threw) noexcept {
  void* volatile handle = nullptr;
  const std::terminate_handler before = std::set_terminate(&leave_loader);
  if (sigsetjmp(way_out, 0) == 0)
    handle = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
  else
    *threw = true;
  std::set_terminate(before);
  return handle;
}

// Runs what the library does when it is loaded. A reference to it, null if it can't be opened: who
// opens it next is told why.
void* initialize(const Plugin& plugin) {
  bool threw = false;
  void* const handle = open_guarded(plugin.file.c_str(), &threw);
  if (threw)
    throw HalfLoaded(
        sqlstate::kObjectNotInPrerequisiteState,
        "plugin \"" + plugin.name + "\" threw an exception while it was loaded: " + last_words);
  return handle;
}

[[noreturn]] void refuse(const Plugin& plugin, const std::string& what) {
  throw Error(sqlstate::kObjectNotInPrerequisiteState, "plugin \"" + plugin.name + "\" " + what);
}

const pgclone_plugin_descriptor* ask(pgclone_plugin_fn entry_point, const Plugin& plugin) {
  const std::string place = std::string(" in ") + kEntryPoint + "()";
  try {
    return entry_point();
  } catch (const std::exception& error) {
    refuse(plugin, "threw an exception" + place + ": " + error.what());
  } catch (...) {
    refuse(plugin, "threw something" + place);
  }
}

void open(boost::dll::shared_library& library, Plugin& plugin) {
  void* const first = initialize(plugin);
  boost::dll::fs::error_code code;
  library.load(plugin.file.string(),
               boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local, code);
  if (first != nullptr) ::dlclose(first);
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
  const pgclone_plugin_descriptor* descriptor =
      ask(library.get<const pgclone_plugin_descriptor*()>(kEntryPoint), plugin);
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
    if (known.half_loaded) return &last;
    if (last.error.empty() || (!code && known.identity == identity)) return &last;
  }
  auto plugin = std::make_unique<Plugin>();
  plugin->name = file.stem().string();
  plugin->file = file;
  try {
    open(known.module, *plugin);
  } catch (const HalfLoaded& error) {
    plugin->error = error.message();
    known.half_loaded = true;
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

const Plugin* load_file(const fs::path& file) {
  std::error_code code;
  return fs::exists(file, code) ? load(file) : nullptr;
}

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
