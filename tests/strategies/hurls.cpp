// Throws before anybody has asked it for anything.
#include <stdexcept>

#include "pgclone/plugin/define.hpp"

namespace {

struct Hurler {
  Hurler() { throw std::runtime_error("not today"); }
};
const Hurler kHurler;

class Never final : public pgclone::CloneStrategy {
 public:
  void plan(pgclone::PlanContext& /*context*/) override { static_cast<void>(kHurler); }
  void run(const pgclone::StepView& /*step*/, pgclone::RunContext& /*context*/) override {}
};

}  // namespace

PGCLONE_PLUGIN("hurls", "1.0", pgclone::clone_entry<Never>("hurls", "Is never loaded", "[]"))
