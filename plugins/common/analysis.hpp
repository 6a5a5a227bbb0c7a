// ANALYZE that harms nobody: a clone has its rows whether statistics of them can be had or not (of
// a partitioned table with a foreign partition whose server is away, for one). Header-only, for the
// strategies that fill relations.
#pragma once

#include <string>

#include "pgclone/plugin/session.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

class Analysis {
 public:
  explicit Analysis(Session& target)
      : guarded_(target
                     .query("SELECT EXISTS (SELECT FROM pg_catalog.pg_language l WHERE l.lanname ="
                            " 'plpgsql' AND pg_catalog.has_language_privilege(l.oid, 'USAGE'))")
                     .boolean(0, 0)) {}

  // The statement, for a relation in SQL. A failure is a WARNING; but a cancel stays one, since
  // OTHERS doesn't mean it. Without plpgsql a failure is what it is.
  [[nodiscard]] std::string of(const std::string& relation) const {
    const std::string analyze = "ANALYZE " + relation;
    if (!guarded_) return analyze;
    return "DO " +
           sql::literal("BEGIN " + analyze + "; EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', " +
                        sql::literal("could not collect the statistics of " + relation) +
                        " USING DETAIL = SQLERRM, HINT = " +
                        sql::literal("Run " + analyze + "; when the cause is gone.") + "; END") +
           " LANGUAGE plpgsql";
  }

 private:
  bool guarded_;
};

}  // namespace pgclone::common
