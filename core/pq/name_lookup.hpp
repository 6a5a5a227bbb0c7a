// How long the lookup of a host's name may take.
#pragma once

namespace pgclone::pq {

// libpq looks names up by getaddrinfo(), which nothing can interrupt; a name server that doesn't
// answer costs it 10 seconds and more. While this lives, each server is asked twice, for a second
// each. For a process with one thread.
class QuickNameLookup {
 public:
  QuickNameLookup() noexcept;
  ~QuickNameLookup();
  QuickNameLookup(const QuickNameLookup&) = delete;
  QuickNameLookup& operator=(const QuickNameLookup&) = delete;

 private:
  bool changed_ = false;
  int timeout_ = 0;
  int attempts_ = 0;
};

}  // namespace pgclone::pq
