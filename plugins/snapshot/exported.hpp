// All sessions read one exported snapshot.
#pragma once

#include <string>

#include "pgclone/plugin/strategy.hpp"

namespace pgclone::snapshot {

class Exported final : public SnapshotStrategy {
 public:
  std::string_view acquire(Session& keeper) override;
  // A lost connection of the adopting session passes as it is, to be retried. Any other failure
  // means that the snapshot is gone: Error with the server's SQLSTATE, its words in DETAIL.
  void adopt(Session& session, std::string_view snapshot) override;
  void release(Session& keeper) noexcept override;
  [[nodiscard]] bool consistent() const noexcept override { return true; }

 private:
  std::string id_;
};

}  // namespace pgclone::snapshot
