#include "guard/server_call.hpp"
#include "pgclone/plugin/sql.hpp"
#include "session/journal_session.hpp"
#include "session/pinned_settings.hpp"
#include "worker/coordinator.hpp"

#include "server.hpp"
#include "worker/home.hpp"

namespace pgclone::worker {

namespace {

unsigned job_owner = InvalidOid;

}  // namespace

// All in a transaction: it looks at catalogs.
Home connect(const shmem::SlotIdentity& identity, session::BackendSession& target) {
  guard::server_call([&identity] {
    BackgroundWorkerInitializeConnectionByOid(identity.database, identity.login_role, 0);
  });
  target.begin(TransactionMode::read_write);
  // The server does it for a client's session only, which a job stands for.
  guard::server_call([] { process_session_preload_libraries(); });
  Home home;
  home.owner_name =
      guard::server_call([&identity] { return GetUserNameFromId(identity.owner, false); });
  const bool has_other_login = identity.login_role != identity.owner;
  if (has_other_login) target.execute("SET ROLE " + sql::identifier(home.owner_name));
  session::pin_worker_session();
  home.journal_owner = session::extension_owner();
  target.commit();
  if (has_other_login) target.keep_role();
  job_owner = identity.owner;
  return home;
}

void show_activity(const std::string& text) {
  guard::server_call([shown = text.c_str()] {
    pgstat_report_appname(shown);
    pgstat_report_activity(STATE_RUNNING, shown);
  });
}

unsigned current_job_owner() noexcept {
  return job_owner;
}

}  // namespace pgclone::worker
