// Nothing that exists is touched: the job fails before it changes anything.
#pragma once

#include "pgclone/plugin/strategy.hpp"

namespace pgclone::conflict {

class Refuse final : public ConflictStrategy {
 public:
  void decide(const Conflict& conflict, const Options& options, Resolution& out) const override;
};

}  // namespace pgclone::conflict
