#include "guard/stash.hpp"

#include <limits>
#include <new>
#include <utility>

namespace pgclone::guard {

const char kStashMarker[] = "pgclone_stashed_exception";

namespace {
// A plain pointer: a static exception_ptr would have a destructor that runs when FATAL exits.
std::exception_ptr* waiting = nullptr;
int waiting_number = 0;
}  // namespace

int stash_put(std::exception_ptr exception) noexcept {
  delete waiting;
  waiting = new (std::nothrow) std::exception_ptr(std::move(exception));
  if (waiting == nullptr) return 0;
  waiting_number = waiting_number == std::numeric_limits<int>::max() ? 1 : waiting_number + 1;
  return waiting_number;
}

std::exception_ptr stash_take(int number) noexcept {
  if (waiting == nullptr || number != waiting_number) return nullptr;
  std::exception_ptr exception = std::move(*waiting);
  delete waiting;
  waiting = nullptr;
  return exception;
}

}  // namespace pgclone::guard
