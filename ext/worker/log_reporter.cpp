#include "worker/log_reporter.hpp"

#include <string_view>

#include "guard/report.hpp"

namespace pgclone::worker {

namespace {

void hide_secrets(log::Logger& logger, const pq::ConnInfo& source) {
  for (const std::string_view secret : source.secrets()) logger.hide(std::string(secret));
}

}  // namespace

LogReporter::LogReporter(std::string name, const pq::ConnInfo& source)
    : logger_(std::move(name), &guard::log_line, nullptr) {
  hide_secrets(logger_, source);
}

void LogReporter::report(Severity severity, std::string_view message, std::string_view detail,
                         std::string_view hint) {
  std::string line(message);
  if (!detail.empty()) line.append(" DETAIL: ").append(detail);
  if (!hint.empty()) line.append(" HINT: ").append(hint);
  logger_.write(severity, line);
}

NoticeReporter::NoticeReporter(const pq::ConnInfo& source)
    : logger_("pgclone", &guard::log_line, nullptr) {
  hide_secrets(logger_, source);
}

void NoticeReporter::report(Severity severity, std::string_view message, std::string_view detail,
                            std::string_view hint) {
  guard::report(severity, logger_.redact(message), logger_.redact(detail), logger_.redact(hint));
}

}  // namespace pgclone::worker
