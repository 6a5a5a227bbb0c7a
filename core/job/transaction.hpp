#pragma once

#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

// Runs `work` in a transaction of the target that commits.
template <typename Work>
void in_transaction(Session& target, Work&& work) {
  target.begin(TransactionMode::read_write);
  try {
    work();
    target.commit();
  } catch (...) {
    target.rollback();
    throw;
  }
}

}  // namespace pgclone::job
