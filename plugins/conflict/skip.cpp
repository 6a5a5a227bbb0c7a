#include "skip.hpp"

namespace pgclone::conflict {

void Skip::decide(const Conflict& /*conflict*/, const Options& /*options*/, Resolution& out) const {
  out.leave();
}

}  // namespace pgclone::conflict
