// Declares an option of the strategy "table" with another type.
#include "pgclone/plugin/define.hpp"

namespace {

class Clash final : public pgclone::CloneStrategy {
 public:
  void plan(pgclone::PlanContext& context) override {
    if (context.options().integer("where") != 7)
      throw pgclone::Error(pgclone::sqlstate::kInternalError, "not the number that was given");
  }
  void run(const pgclone::StepView& /*step*/, pgclone::RunContext& /*context*/) override {}
};

}  // namespace

PGCLONE_PLUGIN("clash", "1.0",
               pgclone::clone_entry<Clash>("clash", "Clones nothing",
                                           R"([{"name": "where", "type": "integer"}])"))
