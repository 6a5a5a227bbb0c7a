// pgclone.task_detail(), behind the view pgclone.tasks.
#include <map>
#include <string>
#include <vector>

#include "guard/entry.hpp"
#include "guard/server_call.hpp"
#include "shmem/startup.hpp"

#include "api/owner_query.hpp"
#include "api/visible_jobs.hpp"

#include "server.hpp"

#include "api/rows.hpp"

namespace pgclone::api {

namespace {

constexpr std::string_view kTasksSql =
    "SELECT t.job_id, t.task_id, t.kind, t.label, t.status, t.rows_copied, t.bytes_copied,"
    " t.retries, t.start_time, t.end_time, t.notices, t.error_sqlstate, t.error_message,"
    " t.error_detail, t.error_hint"
    " FROM pgclone.task t JOIN pgclone.job j ON j.job_id = t.job_id"
    " WHERE $2::boolean OR pg_catalog.pg_has_role($1::oid, j.owner_oid, 'MEMBER')"
    " ORDER BY t.job_id, t.task_id";

enum Column : std::size_t { kJob = 0, kLabel = 3, kStatus = 4 };

// What running jobs work on, by job. A task's row says so itself only once its transaction commits.
std::map<std::string, std::string> current_labels() {
  std::map<std::string, std::string> out;
  if (!shmem::available()) return out;
  shmem::SlotView* views = nullptr;
  const int count = guard::server_call([&views] { return shmem::list(&views); });
  for (int i = 0; i < count; ++i) {
    if (!job::is_final(views[i].status) && views[i].texts.current[0] != '\0') {
      out[std::to_string(views[i].identity.job_id)] = views[i].texts.current;
    }
  }
  guard::server_call([views] { pfree(views); });
  return out;
}

TextRow to_row(const Result& rows, std::size_t at) {
  TextRow row;
  for (std::size_t column = 0; column < rows.columns(); ++column) {
    row.push_back(rows.is_null(at, column) ? std::nullopt
                                           : std::optional(std::string(rows.text(at, column))));
  }
  return row;
}

void mark_current(TextRow& row, const std::map<std::string, std::string>& labels) {
  const auto current = labels.find(*row[kJob]);
  if (current == labels.end() || *row[kStatus] != "pending") return;
  // The slot's copy of a very long label is clipped.
  if (row[kLabel]->starts_with(current->second)) row[kStatus] = "running";
}

}  // namespace

PGCLONE_FUNCTION(pgclone_task_detail) {
  const std::map<std::string, std::string> labels = current_labels();
  const Caller caller = current_caller();
  OwnerQuery query;
  const Param parameters[] = {caller.role_text, caller.is_superuser ? "t" : "f"};
  const Result& result = query.journal().query(kTasksSql, parameters);
  std::vector<TextRow> rows;
  for (std::size_t at = 0; at < result.rows(); ++at) {
    rows.push_back(to_row(result, at));
    mark_current(rows.back(), labels);
  }
  return return_rows(fcinfo, rows);
}

}  // namespace pgclone::api
