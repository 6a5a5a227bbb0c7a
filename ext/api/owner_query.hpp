// Reading and changing the journal from a SQL function: as the extension's owner, with pinned
// settings, so that nothing in the caller's search_path can take part. What the caller may see is
// for the query to say.
#pragma once

#include <string>

#include "session/backend_session.hpp"
#include "session/journal_session.hpp"
#include "session/pinned_settings.hpp"

namespace pgclone::api {

class OwnerQuery {
 public:
  OwnerQuery()
      : session_(session::BackendSession::Mode::caller_transaction),
        journal_(session_, session::extension_owner()) {
    settings_.pin_target();
    settings_.pin_printing();
  }

  Session& journal() { return journal_; }
  // The same transaction, with the caller's own rights.
  Session& caller() { return session_; }

 private:
  session::PinnedSettings settings_;
  session::BackendSession session_;
  session::JournalSession journal_;
};

// The role that calls, for the conditions of such queries.
struct Caller {
  unsigned role = 0;
  bool is_superuser = false;
  std::string role_text;
};

Caller current_caller();

}  // namespace pgclone::api
