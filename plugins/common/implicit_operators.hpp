// Definitions that use an operator without naming it: IS DISTINCT FROM, NULLIF, CASE x WHEN, JOIN …
// USING. The server prints no schema there, so the text is only read as it was meant where the
// operator's schema is in the search_path.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/model.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::common {

class ImplicitOperators {
 public:
  // One query for all objects of the source that use operators of users outside `schema`.
  static ImplicitOperators read(Session& source, std::string_view schema);

  // The statements that make these objects, with the schemas that they need at the end of the
  // search_path, and without them afterwards.
  [[nodiscard]] std::vector<std::string> in_sight(const std::vector<ObjectId>& objects,
                                                  std::vector<std::string> statements) const;

 private:
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::set<std::string>> schemas_;
};

}  // namespace pgclone::common
