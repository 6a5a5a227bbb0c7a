// Random schemas: the same seed makes the same statements, everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pgclone::test::random_schema {

struct Options {
  // Also names that objects of pg_catalog have. A clone under another name refuses those.
  bool builtin_names = true;
};

struct Generated {
  std::string schema;
  // To be executed one by one, by a superuser, in an empty database that has roles().
  std::vector<std::string> statements;
};

Generated generate(std::uint64_t seed, const Options& options = {});

// Who owns and is granted things.
const std::vector<std::string>& roles();

}  // namespace pgclone::test::random_schema
