// ANALYZE that harms nobody: a clone has its rows whether statistics of them can be had or not (of
// a partitioned table with a foreign partition whose server is away, for one). Header-only, for the
// strategies that fill relations.
#pragma once

#include <string>

namespace pgclone::common {

inline std::string analyze(const std::string& relation) {
  return "ANALYZE " + relation;
}

// `relation` is in SQL, and known to users as `shown`. The step is a strategy's own.
template <typename Step>
void set_analysis(Step& step, const std::string& relation, const std::string& shown) {
  step.statements = {analyze(relation)};
  step.failure = "could not collect the statistics of " + shown;
  step.remedy = "Run " + analyze(shown) + "; when the cause is gone.";
}

}  // namespace pgclone::common
