// Where an exception waits while a server error carries the news of it through the server's frames.
// One per process: callbacks of the server have no argument of ours that could hold it.
#pragma once

#include <exception>

namespace pgclone::guard {

// Marks a server error as the messenger of a stashed exception (in ErrorData.funcname).
extern const char kStashMarker[];

// Returns the number under which the exception waits; it replaces an earlier one whose messenger
// never arrived. 0 when there is no memory.
int stash_put(std::exception_ptr exception) noexcept;
// The exception of that number, or null; the stash is empty afterwards.
std::exception_ptr stash_take(int number) noexcept;

}  // namespace pgclone::guard
