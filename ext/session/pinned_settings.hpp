// Server settings that a clone depends on, set so that they come back.
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
  // search_path, check_function_bodies and the styles in which values are printed.
  void pin_target();

 private:
  int level_;
};

// As SET LOCAL: until the transaction, or the PinnedSettings around it, ends.
void set_local(std::string_view name, std::string_view value);
// As SET: for a background worker. In a transaction that then commits: outside of one the server
// could not look up whether the role is a superuser.
void set_session(std::string_view name, std::string_view value);
// What pin_target() pins, for a background worker's whole life.
void pin_target_session();

}  // namespace pgclone::session
