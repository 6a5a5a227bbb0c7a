// How a plugin introduces itself:
//
//   class Sample final : public pgclone::CloneStrategy { … };
//   PGCLONE_PLUGIN("sample", "1.0",
//                  pgclone::clone_entry<Sample>("sample", "Copies a sample of a table", "[]"))
#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <type_traits>

#include "pgclone/plugin/abi.h"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/fingerprint.h"
#include "pgclone/plugin/strategy.hpp"

// The C++ runtime that both sides must share, compared as text.
#if defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
#define PGCLONE_TOOLCHAIN "itanium/libstdc++/cxx11"
#elif defined(__GLIBCXX__)
#define PGCLONE_TOOLCHAIN "itanium/libstdc++/old"
#else
#define PGCLONE_TOOLCHAIN "itanium/other"
#endif

namespace pgclone {

namespace detail {

inline void fill_failure(pgclone_failure* failure, std::string_view sqlstate,
                         std::string_view message) noexcept {
  const auto put = [](char* to, std::size_t size, std::string_view text) {
    const std::size_t length = std::min(size - 1, text.size());
    std::memcpy(to, text.data(), length);
    to[length] = '\0';
  };
  put(failure->sqlstate, sizeof failure->sqlstate, sqlstate);
  put(failure->message, sizeof failure->message, message);
}

template <typename Interface, typename Implementation>
void* create(pgclone_failure* failure) noexcept {
  static_assert(std::is_base_of_v<Interface, Implementation>);
  try {
    return static_cast<Interface*>(new Implementation());
  } catch (const Error& error) {
    fill_failure(failure, error.sqlstate(), error.message());
  } catch (const std::exception& error) {
    fill_failure(failure, sqlstate::kInternalError, error.what());
  } catch (...) {
    fill_failure(failure, sqlstate::kInternalError, "unknown exception in the constructor");
  }
  return nullptr;
}

template <typename Interface, typename Implementation>
void destroy(void* strategy) noexcept {
  delete static_cast<Implementation*>(static_cast<Interface*>(strategy));
}

template <typename Interface, typename Implementation>
constexpr pgclone_strategy_entry entry(pgclone_strategy_kind kind, const char* id,
                                       const char* summary, const char* option_schema,
                                       const char* asks = "") {
  return {sizeof(pgclone_strategy_entry),
          static_cast<std::uint32_t>(kind),
          id,
          summary,
          option_schema,
          asks,
          &create<Interface, Implementation>,
          &destroy<Interface, Implementation>};
}

inline constexpr pgclone_value_sizes kValueSizes = {
    sizeof(StepSpec), sizeof(CloneRequest), sizeof(Conflict), sizeof(CopyTarget), sizeof(Error)};

}  // namespace detail

// `asks`: the clone strategies that plan_with() is told, as "table" or "table, schema".
template <typename Implementation>
constexpr pgclone_strategy_entry clone_entry(const char* id, const char* summary,
                                             const char* option_schema, const char* asks = "") {
  return detail::entry<CloneStrategy, Implementation>(PGCLONE_STRATEGY_CLONE, id, summary,
                                                      option_schema, asks);
}

template <typename Implementation>
constexpr pgclone_strategy_entry conflict_entry(const char* id, const char* summary,
                                                const char* option_schema) {
  return detail::entry<ConflictStrategy, Implementation>(PGCLONE_STRATEGY_CONFLICT, id, summary,
                                                         option_schema);
}

template <typename Implementation>
constexpr pgclone_strategy_entry snapshot_entry(const char* id, const char* summary,
                                                const char* option_schema) {
  return detail::entry<SnapshotStrategy, Implementation>(PGCLONE_STRATEGY_SNAPSHOT, id, summary,
                                                         option_schema);
}

}  // namespace pgclone

#define PGCLONE_PLUGIN(plugin_name, plugin_version, ...)                                         \
  extern "C" PGCLONE_API const pgclone_plugin_descriptor* pgclone_plugin(void);                  \
  extern "C" const pgclone_plugin_descriptor* pgclone_plugin(void) {                             \
    static constexpr pgclone_strategy_entry entries[] = {__VA_ARGS__};                           \
    static constexpr pgclone_plugin_descriptor descriptor = {PGCLONE_ABI_MAGIC,                  \
                                                             sizeof(pgclone_plugin_descriptor),  \
                                                             PGCLONE_ABI_MAJOR,                  \
                                                             PGCLONE_ABI_MINOR,                  \
                                                             PGCLONE_ABI_FINGERPRINT,            \
                                                             PGCLONE_TOOLCHAIN,                  \
                                                             plugin_name,                        \
                                                             plugin_version,                     \
                                                             sizeof entries / sizeof entries[0], \
                                                             sizeof(pgclone_strategy_entry),     \
                                                             entries,                            \
                                                             pgclone::detail::kValueSizes};      \
    return &descriptor;                                                                          \
  }
