#include "guard/report.hpp"

#include <string>

#include "guard/server_call.hpp"

#include "server.hpp"

namespace pgclone::guard {

namespace {

int level_of(Severity severity) noexcept {
  switch (severity) {
    case Severity::debug:
      return DEBUG1;
    case Severity::info:
      return INFO;
    case Severity::notice:
      return NOTICE;
    case Severity::warning:
      return WARNING;
  }
  return WARNING;
}

}  // namespace

int make_sqlstate(std::string_view sqlstate) noexcept {
  if (sqlstate.size() != 5) return ERRCODE_INTERNAL_ERROR;
  for (const char c : sqlstate) {
    if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z')) return ERRCODE_INTERNAL_ERROR;
  }
  return MAKE_SQLSTATE(sqlstate[0], sqlstate[1], sqlstate[2], sqlstate[3], sqlstate[4]);
}

void report(Severity severity, std::string_view message, std::string_view detail,
            std::string_view hint) {
  const std::string message_text(message);
  const std::string detail_text(detail);
  const std::string hint_text(hint);
  server_call([level = level_of(severity), message = message_text.c_str(),
               detail = detail_text.empty() ? nullptr : detail_text.c_str(),
               hint = hint_text.empty() ? nullptr : hint_text.c_str()] {
    ereport(level, (errmsg_internal("%s", message),
                    detail == nullptr ? 0 : errdetail_internal("%s", detail),
                    hint == nullptr ? 0 : errhint("%s", hint), errhidestmt(true)));
  });
}

void log_line(void*, Severity severity, std::string_view line) noexcept {
  // Not server_call_noexcept: its own failure report is this very function.
  try {
    server_call([severity, line] {
      // DEBUG1 and WARNING have their place in the log; what is between is LOG there.
      const int level = severity == Severity::debug     ? DEBUG1
                        : severity == Severity::warning ? WARNING
                                                        : LOG;
      ereport(level, (errmsg_internal("%.*s", static_cast<int>(line.size()), line.data()),
                      errhidestmt(true)));
    });
  } catch (...) {
    // There is nowhere left to say it.
    static_cast<void>(0);
  }
}

}  // namespace pgclone::guard
