// Where a background process of a job works: this database, as the job's owner.
#pragma once

#include <string>

#include "session/backend_session.hpp"
#include "shmem/slots.hpp"

namespace pgclone::worker {

struct Home {
  std::string owner_name;
  unsigned journal_owner = 0;
};

// Connects to the job's database as its owner, with no right that he lacks (choose_login_role() in
// launch.cpp), and pins what a clone depends on. Once per process; throws.
Home connect(const shmem::SlotIdentity& identity, session::BackendSession& target);

// What pg_stat_activity shows; without secrets.
void show_activity(const std::string& text);

}  // namespace pgclone::worker
