#include "none.hpp"

#include "keep.hpp"

namespace pgclone::snapshot {

std::string_view None::acquire(Session& keeper) {
  begin_patient(keeper, TransactionMode::read_committed_read_only);
  return {};
}

void None::adopt(Session& session, std::string_view /*snapshot*/) {
  begin_patient(session, TransactionMode::read_committed_read_only);
}

void None::release(Session& keeper) noexcept {
  keeper.rollback();
}

}  // namespace pgclone::snapshot
