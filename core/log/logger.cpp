#include "log/logger.hpp"

// The only place that includes spdlog. The logger is an object of ours: no registry knows it, so
// nothing of it outlives us, and a forked server process inherits nothing.
#include <spdlog/details/null_mutex.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <utility>

#include "log/redactor.hpp"

namespace pgclone::log {
namespace {

spdlog::level::level_enum level_of(Severity severity) {
  switch (severity) {
    case Severity::debug:
      return spdlog::level::debug;
    case Severity::info:
      return spdlog::level::info;
    case Severity::notice:
      return spdlog::level::warn;
    case Severity::warning:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

Severity severity_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return Severity::debug;
    case spdlog::level::info:
      return Severity::info;
    case spdlog::level::warn:
      return Severity::notice;
    default:
      return Severity::warning;
  }
}

// A process of the server has one thread, so there is nothing to lock.
class CallbackSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  CallbackSink(Sink to, void* to_state) : sink_(to), state_(to_state) {
    set_formatter_(std::make_unique<spdlog::pattern_formatter>(
        "%n: %v", spdlog::pattern_time_type::local, std::string()));
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    sink_(state_, severity_of(message.level), {line.data(), line.size()});
  }
  void flush_() override {}

 private:
  Sink sink_;
  void* state_;
};

}  // namespace

struct Logger::Impl {
  Impl(std::string name, Sink to, void* to_state)
      : sink(to),
        state(to_state),
        logger(std::move(name), std::make_shared<CallbackSink>(to, to_state)) {
    logger.set_level(spdlog::level::trace);  // the receiver has its own threshold
    logger.set_error_handler([this](const std::string&) { lost(); });
  }

  void lost() const noexcept {
    sink(state, Severity::warning, "pgclone: a log message could not be written");
  }

  Sink sink;
  void* state;
  spdlog::logger logger;
  Redactor redactor;
};

Logger::Logger(std::string name, Sink sink, void* state)
    : impl_(std::make_unique<Impl>(std::move(name), sink, state)) {}
Logger::~Logger() = default;

void Logger::hide(const std::string& secret) {
  impl_->redactor.hide(secret);
}

void Logger::write(Severity severity, std::string_view message) noexcept {
  try {
    // Before cutting it into lines: a secret may hold a newline.
    const std::string text = redact(message);
    std::string_view rest = text;
    while (true) {
      const std::size_t end = rest.find('\n');
      const std::string_view line = rest.substr(0, end);
      impl_->logger.log(level_of(severity), spdlog::string_view_t(line.data(), line.size()));
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  } catch (...) {
    // Out of memory. Logging must not fail its caller, but a lost line is not kept quiet either.
    impl_->lost();
  }
}

std::string Logger::redact(std::string_view text) const {
  return impl_->redactor.redact(text);
}

}  // namespace pgclone::log
