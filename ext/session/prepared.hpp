// Statements that one session runs again and again, planned once.
#pragma once

#include <map>
#include <string>
#include <string_view>

struct _SPI_plan;  // NOLINT(bugprone-reserved-identifier): the server's name for it

namespace pgclone::session {

// Keeps a plan per text, so it is for texts that are constants of the program. The plans outlive
// rollbacks; the server plans anew what a change of its catalogs made wrong.
class Prepared {
 public:
  Prepared() = default;
  ~Prepared();
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  // Where the text's plan is kept; null until somebody has made it.
  _SPI_plan*& plan(std::string_view sql) {
    return plans_.try_emplace(std::string(sql)).first->second;
  }

 private:
  std::map<std::string, _SPI_plan*> plans_;
};

}  // namespace pgclone::session
