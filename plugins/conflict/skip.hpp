// What exists stays as it is, rows included; the clone does without its own.
#pragma once

#include "pgclone/plugin/strategy.hpp"

namespace pgclone::conflict {

class Skip final : public ConflictStrategy {
 public:
  void decide(const Conflict& conflict, const Options& options, Resolution& out) const override;
};

}  // namespace pgclone::conflict
