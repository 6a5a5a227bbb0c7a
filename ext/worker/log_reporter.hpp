// A job's messages: to the server log in the background, to the user in a synchronous call. Either
// way without the secrets of its connection string.
#pragma once

#include <string>

#include "job/monitor.hpp"
#include "log/logger.hpp"
#include "pq/conninfo.hpp"

namespace pgclone::worker {

class LogReporter final : public job::Reporter {
 public:
  // `name` begins every line, e.g. "pgclone job 7".
  LogReporter(std::string name, const pq::ConnInfo& source);
  void report(Severity severity, std::string_view message, std::string_view detail,
              std::string_view hint) override;

 private:
  log::Logger logger_;
};

class NoticeReporter final : public job::Reporter {
 public:
  explicit NoticeReporter(const pq::ConnInfo& source);
  void report(Severity severity, std::string_view message, std::string_view detail,
              std::string_view hint) override;

 private:
  log::Logger logger_;
};

}  // namespace pgclone::worker
