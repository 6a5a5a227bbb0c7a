// Free names on the target, inside PostgreSQL's 63 bytes.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "pgclone/plugin/api.hpp"
#include "pgclone/plugin/model.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::conflict {

// name + suffix, the name shortened (never inside a UTF-8 character) so that both fit.
PGCLONE_API std::string with_suffix(std::string_view name, std::string_view suffix);

class NameSpace {
 public:
  explicit NameSpace(Session& target) : target_(target) {}
  // The first of <base><suffix>, <base><suffix>_2, … that nothing of the kind's name space has;
  // taken from then on.
  std::string claim(const ObjectName& base, std::string_view suffix);

 private:
  std::set<std::string>& taken(const ObjectName& base);

  Session& target_;
  // By schema, routines apart from everything else.
  std::map<std::pair<std::string, bool>, std::set<std::string>> taken_;
};

}  // namespace pgclone::conflict
