// What exists moves to a free name, together with its indexes and sequences.
#pragma once

#include "pgclone/plugin/strategy.hpp"

namespace pgclone::conflict {

class Rename final : public ConflictStrategy {
 public:
  void decide(const Conflict& conflict, const Options& options, Resolution& out) const override;
};

}  // namespace pgclone::conflict
