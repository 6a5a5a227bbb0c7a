// Where relations go on the target: into a tablespace of the same name, if there is one.
// Header-only, for the strategies that make relations.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/host.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone {

class Tablespaces {
 public:
  explicit Tablespaces(Host& host) : host_(host) {}

  // The tablespace to write for a relation (`table "s"."t"`); empty: none, the database's default.
  // The target is read when first asked for a name that isn't empty.
  std::string choose(const std::string& wanted, const std::string& relation, bool partitioned) {
    if (wanted.empty()) return "";
    if (!known_) read();
    const auto found = known_->find(wanted);
    if (found == known_->end()) {
      lost_["The target has no tablespace " + sql::identifier(wanted)].push_back(relation);
    } else if (found->second == Use::forbidden) {
      lost_["The cloning role may not create in the target's tablespace " + sql::identifier(wanted)]
          .push_back(relation);
    } else if (!partitioned || found->second != Use::default_of_database) {
      // The server has it that a partitioned relation never names the default one.
      return wanted;
    }
    return "";
  }

  // One NOTICE for all that choose() could not give what they wanted.
  void report() {
    if (lost_.empty()) return;
    std::size_t count = 0;
    std::string detail;
    for (const auto& [cause, relations] : lost_) {
      count += relations.size();
      detail += (detail.empty() ? "" : "\n") + cause;
      for (const std::string& relation : relations) {
        detail += (&relation == relations.data() ? ": " : ", ") + relation;
      }
      detail += ".";
    }
    host_.report(Severity::notice,
                 std::to_string(count) + (count == 1 ? " relation goes" : " relations go") +
                     " to the default tablespace",
                 detail);
  }

 private:
  enum class Use : unsigned char { allowed, forbidden, default_of_database };

  void read() {
    known_.emplace();
    const Result& result = host_.target().query(
        "SELECT t.spcname, t.oid = d.dattablespace,"
        " pg_catalog.has_tablespace_privilege(t.oid, 'CREATE')"
        " FROM pg_catalog.pg_tablespace t, pg_catalog.pg_database d"
        " WHERE d.datname = pg_catalog.current_database()");
    for (std::size_t i = 0; i < result.rows(); ++i) {
      const Use use = result.boolean(i, 1)   ? Use::default_of_database
                      : result.boolean(i, 2) ? Use::allowed
                                             : Use::forbidden;
      known_->emplace(result.text(i, 0), use);
    }
  }

  Host& host_;
  std::optional<std::map<std::string, Use, std::less<>>> known_;
  std::map<std::string, std::vector<std::string>> lost_;  // relations by cause
};

}  // namespace pgclone
