// Conflict strategies that keep what is in the way, and put the rows there.
#include <string>

#include "pgclone/plugin/define.hpp"
#include "pgclone/plugin/sql.hpp"

namespace {

class Append final : public pgclone::ConflictStrategy {
 public:
  void decide(const pgclone::Conflict& conflict, const pgclone::Options& /*options*/,
              pgclone::Resolution& out) const override {
    if (conflict.existing.kind == "TABLE")
      out.load_into_existing();
    else
      out.leave();
  }
};

class Refill final : public pgclone::ConflictStrategy {
 public:
  void decide(const pgclone::Conflict& conflict, const pgclone::Options& /*options*/,
              pgclone::Resolution& out) const override {
    if (conflict.existing.kind != "TABLE") return out.leave();
    out.before("TRUNCATE " +
               pgclone::sql::qualified(conflict.existing.schema, conflict.existing.name));
    out.load_into_existing();
  }
};

}  // namespace

PGCLONE_PLUGIN("fill", "1.0",
               pgclone::conflict_entry<Append>("append", "Adds rows to tables that exist", "[]"),
               pgclone::conflict_entry<Refill>("refill", "Empties tables that exist, then fills",
                                               "[]"))
