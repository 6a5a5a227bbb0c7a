// Seeds of tests that try random things: those of every run, or those that PGCLONE_TEST_SEEDS
// wishes for: "17", "1-200", "3,9-12".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pgclone::test {

std::vector<std::uint64_t> seeds(const std::string& of_every_run);

}  // namespace pgclone::test
