// Clones with owners and privileges, in every way, between servers that have the same roles.
#pragma once

#include <string>
#include <vector>

#include "fixture.hpp"

namespace pgclone::integration {

inline constexpr const char* kRights = R"("owners": true, "privileges": true)";

// Roles belong to a whole server, so they stay for the other tests of this process.
inline void make_role(Sql& sql, const std::string& role, const std::string& words = "") {
  if (sql.value("SELECT count(*) FROM pg_roles WHERE rolname = " + sql::literal(role)) == "0") {
    sql.exec("CREATE ROLE " + sql::identifier(role) + " " + words);
  }
}

// Synchronous, in the background, in a pool, and in the place of an older clone.
struct Way {
  const char* name;
  Mode mode;
  const char* options;
  bool replaces = false;
};
inline constexpr Way kWays[] = {{"sync", Mode::sync, ""},
                                {"async", Mode::async, ""},
                                {"pool", Mode::async, R"(, "parallel": 4)"},
                                {"replace_async", Mode::async, R"(, "conflict": "replace")", true}};

class Ownership : public CloneTest, public ::testing::WithParamInterface<Way> {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    for (Sql* sql : {&source_, &target_}) {
      for (const char* role : {"own_limited", "own_a", "own_b", "own_anon"}) make_role(*sql, role);
    }
  }

  void clone_schema(const std::string& schema, const std::string& options) {
    const std::string call = sql::literal(schema) + ", true, ";
    if (GetParam().replaces) {
      target_.exec("SET client_min_messages = error");
      clone(Mode::sync, "schema", call + sql::literal("{" + options + R"(, "schema_only": true})"));
      target_.exec("RESET client_min_messages");
    }
    target_.clear_notices();
    clone(GetParam().mode, "schema", call + sql::literal("{" + options + GetParam().options + "}"));
  }

  void expect_same_dump(const std::string& schema) {
    EXPECT_EQ(
        test::line_difference(
            test::dump_schema(source_server(), source_db_.name(), schema, test::Rights::with),
            test::dump_schema(target_server(), target_db_.name(), schema, test::Rights::with)),
        "");
  }

  [[nodiscard]] std::vector<std::string> warnings() const {
    std::vector<std::string> out;
    for (const SqlReport& notice : target_.notices()) {
      if (notice.severity == "WARNING") out.push_back(notice.message);
    }
    return out;
  }
};

inline std::string way_name(const ::testing::TestParamInfo<Way>& info) {
  return info.param.name;
}

// On the target: the more that a clone must not have.
inline constexpr const char* kHostileDefaults = R"sql(
  ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO own_anon, PUBLIC;
  ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO own_anon WITH GRANT OPTION;
  ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO own_anon;
  ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO own_anon;
  ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO own_anon, PUBLIC;
  ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;)sql";

}  // namespace pgclone::integration
