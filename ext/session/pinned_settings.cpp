#include "session/pinned_settings.hpp"

#include <string>

#include "guard/server_call.hpp"

#include "server.hpp"

namespace pgclone::session {

namespace {

struct Setting {
  const char* name;
  const char* value;
};

// Function bodies are checked by who wrote them; the tables that they name may come later.
constexpr Setting kTarget[] = {
    {"search_path", "pg_catalog, pg_temp"},
    {"check_function_bodies", "off"},
    {"DateStyle", "ISO, YMD"},
    {"IntervalStyle", "postgres"},
    {"extra_float_digits", "3"},
    {"bytea_output", "hex"},
};

void apply(std::string_view name, std::string_view value, GucAction action) {
  const std::string name_text(name);
  const std::string value_text(value);
  guard::server_call([name = name_text.c_str(), value = value_text.c_str(), action] {
    set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION, action,
                      true, 0, false);
  });
}

}  // namespace

PinnedSettings::PinnedSettings() : level_(NewGUCNestLevel()) {}

PinnedSettings::~PinnedSettings() {
  // "Abort" of the level: a commit would hand what SET LOCAL did on to the level below.
  guard::server_call_noexcept([this] { AtEOXact_GUC(false, level_); });
}

void PinnedSettings::set(std::string_view name, std::string_view value) {
  apply(name, value, GUC_ACTION_SAVE);
}

void PinnedSettings::pin_target() {
  for (const Setting& setting : kTarget) set(setting.name, setting.value);
}

void set_local(std::string_view name, std::string_view value) {
  apply(name, value, GUC_ACTION_LOCAL);
}

void set_session(std::string_view name, std::string_view value) {
  apply(name, value, GUC_ACTION_SET);
}

void pin_target_session() {
  for (const Setting& setting : kTarget) set_session(setting.name, setting.value);
}

}  // namespace pgclone::session
