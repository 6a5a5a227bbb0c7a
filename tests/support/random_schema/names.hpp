// Names that break what isn't quoted, no two of them alike.
#pragma once

#include <string>
#include <vector>

#include "support/random_schema/random.hpp"

namespace pgclone::test::random_schema {

class Names {
 public:
  // `builtin`: also names that pg_catalog has for a relation, type or function.
  Names(Random& random, bool builtin);

  // At most 63 bytes; not quoted.
  std::string fresh();

 private:
  std::string numbered();

  Random& random_;
  std::vector<std::string> words_;  // that are used once, as they are
  int made_ = 0;
};

}  // namespace pgclone::test::random_schema
