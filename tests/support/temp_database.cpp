#include "support/temp_database.hpp"

#include <unistd.h>

#include <exception>

namespace pgclone::test {

TempDatabase::TempDatabase(Cluster& cluster, std::string_view options) : cluster_(cluster) {
  static int created = 0;
  name_ = "test_" + std::to_string(getpid()) + "_" + std::to_string(++created);
  Sql(cluster_.conninfo())
      .exec("CREATE DATABASE " + name_ + " TEMPLATE template0 " + std::string(options));
}

TempDatabase::~TempDatabase() {
  try {
    Sql(cluster_.conninfo()).exec("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  } catch (const std::exception&) {
    // The test has stopped the server: its folder goes away, and the database with it.
  }
}

}  // namespace pgclone::test
