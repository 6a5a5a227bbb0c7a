// Settings of this server that a clone depends on (settings/pinned.hpp), set so that they come
// back.
#pragma once

#include <string_view>

namespace pgclone::session {

// For a SQL function: everything set in its lifetime, by set() here or by SET and SET LOCAL in
// statements, is undone at its end; after an error that leaves the function the server does the
// same. Within the caller's transaction, on the stack, strictly nested.
class PinnedSettings {
 public:
  PinnedSettings();
  ~PinnedSettings();
  PinnedSettings(const PinnedSettings&) = delete;
  PinnedSettings& operator=(const PinnedSettings&) = delete;

  // All throw ServerError for a value that the server refuses.
  void set(std::string_view name, std::string_view value);
  // What a clone needs on the target.
  void pin_target();
  // For what is printed and read again.
  void pin_printing();

 private:
  int level_;
};

// As SET LOCAL: until the transaction, or the PinnedSettings around it, ends.
void set_local(std::string_view name, std::string_view value);
// What pin_target() pins and what a job's own session needs besides, for a background worker's
// whole life. In a transaction that then commits.
void pin_worker_session();

}  // namespace pgclone::session
