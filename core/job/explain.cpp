#include "job/explain.hpp"

#include <string>

namespace pgclone::job {
namespace {

constexpr std::string_view kForeignKeyViolation = "23503";
constexpr std::string_view kNotInRepertoire = "22021";
constexpr std::string_view kSerializationFailure = "40001";

std::string_view hint_for(const Error& error) {
  const std::string& state = error.sqlstate();
  if (state == sqlstate::kInsufficientPrivilege)
    return "Grant the source's user SELECT on it (and BYPASSRLS where row security applies), or "
           "connect as another user.";
  // We only read; so it is a standby's.
  if (state == kSerializationFailure)
    return "A standby ends what keeps it from following its primary. Set hot_standby_feedback or "
           "raise max_standby_streaming_delay there, then clone again or resume the job.";
  if (error.is_connection_loss())
    return "Look at the source's log for the reason, then clone again or resume the job.";
  if (state == sqlstate::kUndefinedTable || state == sqlstate::kUndefinedColumn)
    return "It was changed on the source while the clone ran: clone again or resume the job.";
  return "Put it right on the source, then clone again or resume the job.";
}

}  // namespace

void explain_source_error(Error& error, std::string_view moment) {
  if (error.origin() != Origin::source || error.is_cancel()) return;
  if (error.detail().empty())
    error.with_detail("The source raised it " + std::string(moment) + ".");
  if (error.sqlstate() == sqlstate::kOutOfMemory &&
      error.hint().find("max_locks_per_transaction") != std::string::npos)
    error.with_hint(
        "Raise max_locks_per_transaction on the source: a clone keeps a lock on each of its tables "
        "until all are copied. A clone with {\"consistent\": false} keeps none.");
  if (error.hint().empty()) error.with_hint(std::string(hint_for(error)));
}

void explain_target_error(Error& error) {
  if (error.origin() != Origin::source && error.sqlstate() == kNotInRepertoire &&
      error.detail().empty()) {
    error.with_detail("The source has sent these bytes as a text; CONTEXT says where.");
    if (error.hint().empty())
      error.with_hint(
          "Put the value right on the source, or clone into a database with encoding SQL_ASCII.");
    return;
  }
  if (error.origin() == Origin::source || error.sqlstate() != kForeignKeyViolation ||
      !error.hint().empty())
    return;
  error.with_hint(
      "Rows that break a foreign key can come from triggers that were disabled on the source, or "
      "from a condition that leaves out what they refer to: put them right there, or clone with "
      "{\"constraints\": false}.");
}

}  // namespace pgclone::job
