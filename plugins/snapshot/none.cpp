#include "none.hpp"

namespace pgclone::snapshot {

std::string_view None::acquire(Session& keeper) {
  keeper.begin(TransactionMode::read_committed_read_only);
  return {};
}

void None::adopt(Session& session, std::string_view /*snapshot*/) {
  session.begin(TransactionMode::read_committed_read_only);
}

void None::release(Session& keeper) noexcept {
  keeper.rollback();
}

}  // namespace pgclone::snapshot
