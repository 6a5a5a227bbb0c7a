// A database of its own for one test.
#pragma once

#include <string>
#include <string_view>

#include "support/cluster.hpp"
#include "support/sql.hpp"

namespace pgclone::test {

// Creates an empty database with a unique name; drops it, with whoever is connected, at the end.
class TempDatabase {
 public:
  // `options`: more of CREATE DATABASE, e.g. "ENCODING 'LATIN1' LOCALE 'C'".
  explicit TempDatabase(Cluster& cluster, std::string_view options = {});
  ~TempDatabase();
  TempDatabase(const TempDatabase&) = delete;
  TempDatabase& operator=(const TempDatabase&) = delete;

  [[nodiscard]] Cluster& cluster() const { return cluster_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string conninfo() const { return cluster_.conninfo(name_); }
  // A new connection as superuser.
  [[nodiscard]] Sql connect() const { return Sql(conninfo()); }

 private:
  Cluster& cluster_;
  std::string name_;
};

}  // namespace pgclone::test
