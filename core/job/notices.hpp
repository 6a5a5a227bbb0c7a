// What a job tells its user, kept for the journal: in the background nobody sees a NOTICE.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "job/monitor.hpp"
#include "log/redactor.hpp"
#include "pq/conninfo.hpp"

namespace pgclone::job {

// Passes everything on, and keeps NOTICEs and WARNINGs as psql shows them, without secrets: the
// journal counts those that begin with WARNING.
class NoticeBook final : public Reporter {
 public:
  NoticeBook(Reporter& next, const pq::ConnInfo& source);
  void report(Severity severity, std::string_view message, std::string_view detail,
              std::string_view hint) override;
  // Those since the last call.
  std::vector<std::string> take();

 private:
  Reporter& next_;
  log::Redactor redactor_;
  std::vector<std::string> texts_;
};

}  // namespace pgclone::job
