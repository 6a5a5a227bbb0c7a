#include "host/plugin_host.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "host/enabled_list.hpp"
#include "host/plugin_loader.hpp"
#include "options/option_set.hpp"
#include "options/schema.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::host {
namespace {

// Which plugin has the strategies that ship with pgclone, to name the file when it is missing.
struct Shipped {
  std::string_view kind;
  std::string_view id;
  std::string_view plugin;
};
constexpr std::array<Shipped, 8> kShipped = {{
    {"clone", "table", "table"},
    {"clone", "schema", "schema"},
    {"conflict", "error", "conflict"},
    {"conflict", "skip", "conflict"},
    {"conflict", "replace", "conflict"},
    {"conflict", "rename", "conflict"},
    {"snapshot", "exported", "snapshot"},
    {"snapshot", "none", "snapshot"},
}};

std::string in_quotes(std::string_view text) {
  return '"' + std::string(text) + '"';
}

std::string subject(std::string_view kind, std::string_view id) {
  return std::string(kind) + " strategy " + in_quotes(id);
}

// The plugin that should have the strategy: a shipped one, else the one of the same name.
std::string_view expected_plugin(std::string_view kind, std::string_view id) {
  for (const Shipped& shipped : kShipped) {
    if (shipped.kind == kind && shipped.id == id) return shipped.plugin;
  }
  return id;
}

bool declares(const pgclone_strategy_entry& entry, std::string_view option) {
  return std::ranges::any_of(
      options::parse_schema(entry.option_schema),
      [&](const options::Declaration& declaration) { return declaration.name == option; });
}

bool ships(std::string_view kind, std::string_view id) {
  return std::ranges::any_of(
      kShipped, [&](const Shipped& shipped) { return shipped.kind == kind && shipped.id == id; });
}

// A plugin's message may have been cut in the middle of a UTF-8 character by its fixed buffer.
std::string whole_characters(std::string text) {
  std::size_t start = text.size();
  while (start > 0 && (static_cast<unsigned char>(text[start - 1]) & 0xC0U) == 0x80U) --start;
  if (start == 0) return text;
  const auto lead = static_cast<unsigned char>(text[start - 1]);
  const std::size_t length = lead >= 0xF0U ? 4 : lead >= 0xE0U ? 3 : lead >= 0xC0U ? 2 : 1;
  if (start - 1 + length > text.size()) text.resize(start - 1);
  return text;
}

}  // namespace

struct PluginHost::Impl {
  struct Offered {
    const Plugin* plugin = nullptr;
    const Entry* entry = nullptr;
    std::string error;
    bool enabled = false;

    [[nodiscard]] StrategyInfo info() const {
      return {.id = entry->raw->id,
              .kind = std::string(kind_name(entry->raw->kind)),
              .summary = entry->raw->summary,
              .plugin = plugin->name,
              .version = plugin->version,
              .file = plugin->file.string(),
              .option_schema = entry->raw->option_schema,
              .enabled = enabled && error.empty(),
              .error = error};
    }
  };
  struct Created {
    const pgclone_strategy_entry* entry;
    void* strategy;
  };

  explicit Impl(PluginHostConfig from) : config(std::move(from)), enabled(config.enabled) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    while (!created.empty()) {
      created.back().entry->destroy(created.back().strategy);
      created.pop_back();
    }
  }

  void load() {
    if (loaded) return;
    offered.clear();  // what was loaded by name is listed in its place
    refused.clear();
    unreadable.clear();
    for (const std::string& directory : config.directories) {
      try {
        for (const Plugin* plugin : load_directory(directory)) add(*plugin);
      } catch (const Error& error) {
        if (error.is_cancel()) throw;
        unreadable.push_back({directory, error.message()});
      }
    }
    loaded = true;
  }

  void add(const Plugin& plugin) {
    // A directory may be configured twice.
    if (std::ranges::find(refused, &plugin) != refused.end()) return;
    if (std::ranges::find(offered, &plugin, &Offered::plugin) != offered.end()) return;
    if (!plugin.error.empty()) refused.push_back(&plugin);
    for (const Entry& entry : plugin.entries)
      offered.push_back({&plugin, &entry, entry.error,
                         enabled.contains(kind_name(entry.raw->kind), entry.raw->id, plugin.name)});
    settle();
  }

  // Of two with one id the one counts whose plugin has the name to be expected, which is found
  // without loading the others; else the first.
  void settle() {
    std::map<std::pair<std::string_view, std::string_view>, const Offered*> winners;
    const auto key = [](const Offered& item) {
      return std::pair(kind_name(item.entry->raw->kind), std::string_view(item.entry->raw->id));
    };
    for (const Offered& item : offered) {
      if (!item.entry->error.empty()) continue;
      const auto [found, first] = winners.emplace(key(item), &item);
      const std::string_view expected = expected_plugin(key(item).first, key(item).second);
      if (!first && item.plugin->name == expected && found->second->plugin->name != expected)
        found->second = &item;
    }
    for (Offered& item : offered) {
      if (!item.entry->error.empty()) continue;
      const Offered* winner = winners.at(key(item));
      item.error = winner == &item
                       ? ""
                       : subject(key(item).first, key(item).second) + " of " +
                             in_quotes(item.plugin->file.string()) +
                             " is not used: " + in_quotes(winner->plugin->file.string()) +
                             " has it already";
    }
  }

  // The plugin that should have the strategy, and no other: a broken one harms nobody who doesn't
  // ask for it.
  void load_expected(std::string_view kind, std::string_view id) {
    const std::string name(expected_plugin(kind, id));
    if (name.find('/') != std::string::npos) return;
    for (const std::string& directory : config.directories) {
      const Plugin* const plugin = load_file(std::filesystem::path(directory) / (name + ".so"));
      if (plugin != nullptr) add(*plugin);
    }
  }

  [[nodiscard]] const Offered* find(std::string_view kind, std::string_view id) const {
    for (const Offered& item : offered) {
      if (item.error.empty() && kind_name(item.entry->raw->kind) == kind &&
          item.entry->raw->id == id)
        return &item;
    }
    return nullptr;
  }

  [[nodiscard]] std::vector<StrategyInfo> owners_of(std::string_view option) const {
    std::vector<StrategyInfo> owners;
    for (const Offered& item : offered)
      if (item.enabled && item.error.empty() && declares(*item.entry->raw, option))
        owners.push_back(item.info());
    return owners;
  }

  [[nodiscard]] std::string directory_list() const {
    std::string list;
    for (const std::string& directory : config.directories) {
      list += (list.empty() ? "" : ", ") + in_quotes(directory);
    }
    return list;
  }

  // Everything that could not be used, a sentence each.
  [[nodiscard]] std::string troubles() const {
    std::string all;
    const auto put = [&all](const std::string& text) { all += (all.empty() ? "" : "\n") + text; };
    for (const auto& [directory, error] : unreadable) put(error);
    for (const Plugin* plugin : refused) put(plugin->error);
    return all;
  }

  [[noreturn]] void missing(std::string_view kind, std::string_view id) const {
    const std::string_view name = expected_plugin(kind, id);
    for (const Plugin* plugin : refused) {
      if (plugin->name != name) continue;
      throw Error(sqlstate::kObjectNotInPrerequisiteState,
                  subject(kind, id) + " is not available: its plugin could not be loaded")
          .with_detail(plugin->error)
          .with_hint("Install a plugin " + in_quotes(plugin->file.string()) +
                     " that fits this version of pgclone: one that was built with its headers.");
    }
    Error error(sqlstate::kUndefinedObject, subject(kind, id) + " does not exist");
    const std::string trouble = troubles();
    error.with_detail(trouble.empty() ? "No plugin in " + directory_list() + " offers it."
                                      : trouble);
    if (ships(kind, id)) {
      error.with_hint("It belongs to plugin " + in_quotes(name) + ": install the file " +
                      in_quotes(std::string(name) + ".so") + " into " + directory_list() + ".");
      throw Error(std::move(error));
    }
    std::vector<std::string_view> ids;
    std::string valid;
    for (const Offered& item : offered) {
      if (!item.error.empty() || kind_name(item.entry->raw->kind) != kind) continue;
      ids.emplace_back(item.entry->raw->id);
      valid += (valid.empty() ? "" : ", ") + in_quotes(item.entry->raw->id);
    }
    const std::string_view near = options::nearest(id, ids);
    if (!near.empty()) {
      error.with_hint("Did you mean " + in_quotes(near) + "?");
    } else {
      error.with_hint((valid.empty() ? "There is no strategy of this kind"
                                     : "Strategies of this kind are " + valid) +
                      " (plugins in " + directory_list() + ").");
    }
    throw Error(std::move(error));
  }

  const Offered& usable(std::string_view kind, std::string_view id) {
    const Offered* item = find(kind, id);
    if (item == nullptr && !loaded) {
      load_expected(kind, id);
      item = find(kind, id);
    }
    if (item == nullptr) {
      load();
      item = find(kind, id);
    }
    if (item == nullptr) missing(kind, id);
    if (!item->enabled) {
      throw Error(sqlstate::kObjectNotInPrerequisiteState, subject(kind, id) + " is disabled")
          .with_detail("The configuration parameter pgclone.strategies is " +
                       in_quotes(config.enabled) + ".")
          .with_hint("A superuser can add " + in_quotes(id) +
                     " to the configuration parameter pgclone.strategies and reload the "
                     "configuration.");
    }
    return *item;
  }

  void* strategy(std::string_view kind, std::string_view id) {
    const Offered& item = usable(kind, id);
    const pgclone_strategy_entry* entry = item.entry->raw;
    const auto made = std::ranges::find(created, entry, &Created::entry);
    if (made != created.end()) return made->strategy;

    created.reserve(created.size() + 1);  // so that nothing fails between create and push_back
    pgclone_failure failure{};
    void* strategy = entry->create(&failure);
    if (strategy == nullptr) {
      failure.sqlstate[sizeof failure.sqlstate - 1] = '\0';
      failure.message[sizeof failure.message - 1] = '\0';
      std::string message = whole_characters(failure.message);
      if (message.empty()) message = subject(kind, id) + " could not be created";
      throw Error(failure.sqlstate, std::move(message))
          .with_detail("Plugin " + in_quotes(item.plugin->file.string()) + " failed to create " +
                       subject(kind, id) + ".");
    }
    created.push_back({entry, strategy});
    return strategy;
  }

  PluginHostConfig config;
  EnabledList enabled;
  bool loaded = false;
  std::vector<Offered> offered;
  std::vector<const Plugin*> refused;
  std::vector<std::pair<std::string, std::string>> unreadable;  // directory, error
  std::vector<Created> created;
};

PluginHost::PluginHost(PluginHostConfig config)
    : impl_(std::make_unique<Impl>(std::move(config))) {}
PluginHost::~PluginHost() = default;

// The plugin made each pointer from exactly this interface type (abi.h), which the kind names.
CloneStrategy& PluginHost::clone(std::string_view id) {
  return *static_cast<CloneStrategy*>(impl_->strategy("clone", id));
}
ConflictStrategy& PluginHost::conflict(std::string_view id) {
  return *static_cast<ConflictStrategy*>(impl_->strategy("conflict", id));
}
SnapshotStrategy& PluginHost::snapshot(std::string_view id) {
  return *static_cast<SnapshotStrategy*>(impl_->strategy("snapshot", id));
}

void PluginHost::require(std::string_view kind, std::string_view id) {
  impl_->usable(kind, id);
}

std::string PluginHost::plugin_of(std::string_view kind, std::string_view id) {
  return impl_->usable(kind, id).plugin->name;
}

std::vector<StrategyInfo> PluginHost::strategies() {
  impl_->load();
  std::vector<StrategyInfo> rows;
  for (const Impl::Offered& item : impl_->offered) rows.push_back(item.info());
  for (const Plugin* plugin : impl_->refused) {
    StrategyInfo row;
    row.plugin = plugin->name;
    row.file = plugin->file.string();
    row.error = plugin->error;
    rows.push_back(std::move(row));
  }
  for (const auto& [directory, error] : impl_->unreadable) {
    StrategyInfo row;
    row.file = directory;
    row.error = error;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string PluginHost::option_schema(std::string_view kind, std::string_view id) {
  return impl_->usable(kind, id).entry->raw->option_schema;
}

std::vector<std::string> PluginHost::asked_by(std::string_view id) {
  return impl_->usable("clone", id).entry->asks;
}

std::vector<StrategyInfo> PluginHost::owners_of(std::string_view option) {
  for (const Shipped& shipped : kShipped) impl_->load_expected(shipped.kind, shipped.id);
  std::vector<StrategyInfo> owners = impl_->owners_of(option);
  if (!owners.empty()) return owners;
  impl_->load();
  return impl_->owners_of(option);
}

std::vector<std::string> PluginHost::option_schemas() {
  impl_->load();
  std::vector<std::string> schemas;
  for (const Impl::Offered& item : impl_->offered) {
    if (item.enabled && item.error.empty()) schemas.emplace_back(item.entry->raw->option_schema);
  }
  return schemas;
}

}  // namespace pgclone::host
