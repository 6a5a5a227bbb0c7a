#include "job/notices.hpp"

#include <utility>

namespace pgclone::job {

NoticeBook::NoticeBook(Reporter& next, const pq::ConnInfo& source) : next_(next) {
  for (const std::string_view secret : source.secrets()) redactor_.hide(std::string(secret));
}

void NoticeBook::report(Severity severity, std::string_view message, std::string_view detail,
                        std::string_view hint) {
  if (severity == Severity::notice || severity == Severity::warning) {
    std::string text(severity == Severity::warning ? "WARNING:  " : "NOTICE:  ");
    text += message;
    if (!detail.empty()) text.append("\nDETAIL:  ").append(detail);
    if (!hint.empty()) text.append("\nHINT:  ").append(hint);
    texts_.push_back(redactor_.redact(text));
  }
  next_.report(severity, message, detail, hint);
}

std::vector<std::string> NoticeBook::take() {
  return std::exchange(texts_, {});
}

}  // namespace pgclone::job
