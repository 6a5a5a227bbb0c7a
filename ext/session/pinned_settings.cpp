#include "session/pinned_settings.hpp"

#include <span>
#include <string>

#include "guard/server_call.hpp"
#include "settings/pinned.hpp"

#include "server.hpp"

namespace pgclone::session {

namespace {

void apply(std::string_view name, std::string_view value, GucContext context, GucAction action) {
  const std::string name_text(name);
  const std::string value_text(value);
  guard::server_call([name = name_text.c_str(), value = value_text.c_str(), context, action] {
    set_config_option(name, value, context, PGC_S_SESSION, action, true, 0, false);
  });
}

// What whoever calls may do.
GucContext callers_context() {
  return guard::server_call([] { return superuser() ? PGC_SUSET : PGC_USERSET; });
}

// Of settings that only later servers have.
bool exists(std::string_view name) {
  const std::string text(name);
  return guard::server_call([&] { return GetConfigOption(text.c_str(), true, false) != nullptr; });
}

// What the tables say is ours to say, whoever calls.
void apply_all(std::span<const settings::Pinned> table, GucAction action) {
  for (const settings::Pinned& setting : table)
    if (exists(setting.name)) apply(setting.name, setting.value, PGC_SUSET, action);
}

void pin(GucAction action) {
  apply("search_path", settings::kPlainPath, PGC_SUSET, action);
  apply_all(settings::kOnTarget, action);
  apply_all(settings::kOnTargetByServer, action);
}

}  // namespace

PinnedSettings::PinnedSettings() : level_(NewGUCNestLevel()) {}

PinnedSettings::~PinnedSettings() {
  // "Abort" of the level: a commit would hand what SET LOCAL did on to the level below.
  guard::server_call_noexcept([this] { AtEOXact_GUC(false, level_); });
}

void PinnedSettings::set(std::string_view name, std::string_view value) {
  apply(name, value, callers_context(), GUC_ACTION_SAVE);
}

void PinnedSettings::pin_target() {
  pin(GUC_ACTION_SAVE);
}

void PinnedSettings::pin_printing() {
  apply_all(settings::kPrinting, GUC_ACTION_SAVE);
}

void set_local(std::string_view name, std::string_view value) {
  apply(name, value, callers_context(), GUC_ACTION_LOCAL);
}

void pin_worker_session() {
  pin(GUC_ACTION_SET);
  apply_all(settings::kInWorkers, GUC_ACTION_SET);
}

}  // namespace pgclone::session
