// Tables that the target has already, made by a clone without rows.
#pragma once

#include "fixture.hpp"

namespace pgclone::integration {

inline std::string parameter_name(const ::testing::TestParamInfo<std::string>& info) {
  return info.param;
}

class DataOnlyTest : public CloneTest {
 protected:
  void make_target(const std::string& options = R"({"schema_only": true})") {
    clone(Mode::sync, "schema", "'s', true, " + sql::literal(options));
  }

  // {"data_only": true, <more>}
  static std::string with(const std::string& more = "") {
    return sql::literal(R"({"data_only": true)" + (more.empty() ? "" : ", " + more) + "}");
  }

  void fill(Mode mode, const std::string& more = "") {
    clone(mode, "schema", "'s', true, " + with(more));
  }

  SqlReport refused(const std::string& more = "") {
    return target_.expect_error(statement(Mode::sync, "schema", "'s', true, " + with(more)));
  }

  std::string target_count(const std::string& table) {
    return target_.value("SELECT count(*) FROM " + table);
  }
};

}  // namespace pgclone::integration
