#include "host/enabled_list.hpp"

#include <algorithm>

namespace pgclone::host {

EnabledList::EnabledList(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\f\v";
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    const std::size_t first = item.find_first_not_of(kSpace);
    if (first == std::string_view::npos) continue;
    item = item.substr(first, item.find_last_not_of(kSpace) - first + 1);
    items_.emplace_back(item);
  }
}

bool EnabledList::contains(std::string_view kind, std::string_view id,
                           std::string_view plugin) const {
  const std::string full = std::string(kind) + "." + std::string(id);
  return std::ranges::any_of(items_, [&](const std::string& item) {
    return item == "*" || item == id || item == full || item == plugin;
  });
}

}  // namespace pgclone::host
