// What exists makes room for the clone's object, once that one is complete.
#pragma once

#include "pgclone/plugin/strategy.hpp"

namespace pgclone::conflict {

class Replace final : public ConflictStrategy {
 public:
  void decide(const Conflict& conflict, const Options& options, Resolution& out) const override;
};

}  // namespace pgclone::conflict
