// Was built with other headers than those that the server's pgclone has.
#include "pgclone/plugin/fingerprint.h"

#undef PGCLONE_ABI_FINGERPRINT
#define PGCLONE_ABI_FINGERPRINT UINT64_C(0x0123456789abcdef)

#include "pgclone/plugin/define.hpp"

namespace {

class Stale final : public pgclone::CloneStrategy {
 public:
  void plan(pgclone::PlanContext& /*context*/) override {}
  void run(const pgclone::StepView& /*step*/, pgclone::RunContext& /*context*/) override {}
};

}  // namespace

PGCLONE_PLUGIN("stale", "1.0", pgclone::clone_entry<Stale>("stale", "Is never asked", "[]"))
