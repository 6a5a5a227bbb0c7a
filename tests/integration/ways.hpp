// The three ways through the engine: in the caller's transaction, in the background, in a pool.
#pragma once

#include "integration/fixture.hpp"

namespace pgclone::integration {

enum class Way { sync, async, pool };

class EveryWay : public CloneTest, public ::testing::WithParamInterface<Way> {
 protected:
  // `options`: members of the object, without a comma at the end.
  void clone_schema(const std::string& schema, const std::string& options = "") {
    const std::string pool = R"("parallel": 4)";
    std::string all = options;
    if (GetParam() == Way::pool) all += (all.empty() ? "" : ", ") + pool;
    clone(GetParam() == Way::sync ? Mode::sync : Mode::async, "schema",
          sql::literal(schema) + ", true, " + sql::literal("{" + all + "}"));
  }

  // What a synchronous call has told, without what else there was to tell.
  std::vector<std::string> told(const std::string& severity) {
    std::vector<std::string> messages;
    for (const SqlReport& report : target_.notices())
      if (report.severity == severity) messages.push_back(report.message);
    return messages;
  }
};

inline std::string way_name(const ::testing::TestParamInfo<Way>& info) {
  return info.param == Way::sync ? "sync" : info.param == Way::async ? "async" : "pool";
}

#define PGCLONE_EVERY_WAY(suite)                                                             \
  INSTANTIATE_TEST_SUITE_P(Ways, suite, ::testing::Values(Way::sync, Way::async, Way::pool), \
                           way_name)

}  // namespace pgclone::integration
