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
  // To be executed one by one, by a superuser, in a database that has outside() and
  // the labels' provider "another", on a server with tablespaces() and roles().
  std::vector<std::string> statements;
  // Trees (the root first) in which rows lie in other leaves on another server: their key has a
  // hash that depends on OIDs. Names with the schema, quoted.
  std::vector<std::vector<std::string>> scattered;
};

Generated generate(std::uint64_t seed, const Options& options = {});

// What the schema stands on, in its database and in that of a clone.
const char* outside();
// Where relations lie, on both servers.
const std::vector<std::string>& tablespaces();
// Who owns and is granted things.
const std::vector<std::string>& roles();

}  // namespace pgclone::test::random_schema
