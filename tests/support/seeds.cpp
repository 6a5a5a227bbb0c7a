#include "support/seeds.hpp"

#include <cstdlib>
#include <sstream>

namespace pgclone::test {

std::vector<std::uint64_t> seeds(const std::string& of_every_run) {
  const char* const wish = std::getenv("PGCLONE_TEST_SEEDS");
  std::istringstream list(wish == nullptr ? of_every_run : wish);
  std::vector<std::uint64_t> out;
  for (std::string range; std::getline(list, range, ',');) {
    const std::size_t dash = range.find('-');
    const std::uint64_t first = std::stoull(range);
    const std::uint64_t last =
        dash == std::string::npos ? first : std::stoull(range.substr(dash + 1));
    for (std::uint64_t seed = first; seed <= last; ++seed) out.push_back(seed);
  }
  return out;
}

}  // namespace pgclone::test
