#include "session/prepared.hpp"

#include "guard/server_call.hpp"

#include "server.hpp"

namespace pgclone::session {

Prepared::~Prepared() {
  for (const auto& [sql, plan] : plans_)
    if (plan != nullptr) guard::server_call_noexcept([kept = plan] { SPI_freeplan(kept); });
}

}  // namespace pgclone::session
