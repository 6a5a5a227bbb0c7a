// Where the rows of the copy that runs in this backend come from. The server's copy callback has no
// argument of ours, so it is a global: one copy at a time, which OneCopy sees to.
#pragma once

#include <cstddef>

#include "pgclone/plugin/session.hpp"

namespace pgclone::session {

struct Piece {
  const char* data;
  std::size_t size;
};

struct ActiveCopy {
  CopyReader* reader;
  const char* next = nullptr;
  std::size_t left = 0;
  bool ended = false;

  // Whether there is more; next and left then say what. Throws what the reader throws.
  bool more();
};

// While it lives, the copy is the one that runs. Throws Error (55000) if there is another one.
class OneCopy {
 public:
  explicit OneCopy(ActiveCopy* copy);
  ~OneCopy();
  OneCopy(const OneCopy&) = delete;
  OneCopy& operator=(const OneCopy&) = delete;
};

// For code below a server_call(), where an exception of the reader becomes a server error.

// The server's callback: at least one byte, at most `wanted`; 0 at the end.
extern "C" int pgclone_copy_source(void* out, int, int wanted);
// All that has arrived, without copying it; size 0 at the end. Valid until the next call.
Piece take_piece();
// What of the last piece wasn't used.
void give_back(Piece rest);

}  // namespace pgclone::session
