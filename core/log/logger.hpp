// Logging: spdlog behind a small door. In the server the sink is a function of ext/ that writes to
// the server log; in tests it collects. No registry, no default logger, no threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pgclone/plugin/host.hpp"

namespace pgclone::log {

// Receives one line without a newline. Must not throw.
using Sink = void (*)(void* state, Severity severity, std::string_view line);

class PGCLONE_API Logger {
 public:
  Logger(std::string name, Sink sink, void* state);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // Text that must never be written (passwords); longer than 0 characters. Replaced by ********.
  void hide(const std::string& secret);
  void write(Severity severity, std::string_view message) noexcept;
  // The text with all hidden secrets replaced.
  [[nodiscard]] std::string redact(std::string_view text) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgclone::log
