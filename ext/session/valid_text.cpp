#include "session/valid_text.hpp"

#include "server.hpp"

namespace pgclone::session {

bool is_valid_text(std::string_view text) {
  // Told not to, it raises no error, so it needs no guard.
  return pg_verify_mbstr(GetDatabaseEncoding(), text.data(), static_cast<int>(text.size()), true);
}

}  // namespace pgclone::session
