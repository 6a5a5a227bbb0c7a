// A call of a strategy's own code. What it throws is Error or not; what leaves here is Error.
#pragma once

#include <string>
#include <string_view>

#include "pgclone/plugin/api.hpp"

namespace pgclone::host {

// Who is called for what, for the error that tells.
struct Callee {
  std::string_view kind;  // clone, conflict, snapshot
  std::string_view id;
  std::string plugin;
  std::string_view method;   // as run()
  std::string_view subject;  // a step, an object; may be empty
};

// To be called while an exception is being handled: rethrows an Error as it is, and anything else
// as an Error (XX000; 53200 where memory ran out) that names strategy, plugin and method.
[[noreturn]] PGCLONE_API void rethrow_as_error(const Callee& callee);

template <typename Call>
decltype(auto) call(const Callee& callee, Call&& work) {
  try {
    return work();
  } catch (...) {
    rethrow_as_error(callee);
  }
}

}  // namespace pgclone::host
