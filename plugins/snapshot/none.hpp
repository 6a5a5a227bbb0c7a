// Every session reads what is committed when it reads.
#pragma once

#include "pgclone/plugin/strategy.hpp"

namespace pgclone::snapshot {

class None final : public SnapshotStrategy {
 public:
  std::string_view acquire(Session& keeper) override;
  void adopt(Session& session, std::string_view snapshot) override;
  void release(Session& keeper) noexcept override;
  [[nodiscard]] bool consistent() const noexcept override { return false; }
};

}  // namespace pgclone::snapshot
