// The value of the configuration parameter pgclone.strategies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/api.hpp"

namespace pgclone::host {

class PGCLONE_API EnabledList {
 public:
  // Comma-separated; spaces around the items do not matter, empty items neither.
  explicit EnabledList(std::string_view text);
  // Listed as id, as kind.id, by its plugin's name, or by '*'.
  [[nodiscard]] bool contains(std::string_view kind, std::string_view id,
                              std::string_view plugin) const;

 private:
  std::vector<std::string> items_;
};

}  // namespace pgclone::host
