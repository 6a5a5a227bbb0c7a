// Every setting of a server that a database can have, with a legal value that nobody expects.
#pragma once

#include <string>
#include <vector>

#include "support/sql.hpp"

namespace pgclone::test {

struct OddSetting {
  std::string name;
  std::string value;
  bool of_the_planner = false;  // it decides how a query runs, not what it says
  bool of_the_log = false;      // and fills it
};

// All that the server has but those that settings.cpp leaves out, each with its reason. Some values
// name a tablespace "odd_space" and an access method "odd_heap".
std::vector<OddSetting> odd_settings(Sql& sql);

// ALTER DATABASE … SET, for sessions to come.
void set_for_database(Sql& sql, const OddSetting& setting);

}  // namespace pgclone::test
