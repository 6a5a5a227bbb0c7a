// Notices that libpq gathers more memory than any honest answer takes. libpq has no limit of its
// own: whoever sends rows, or settings with ever new names, fills the machine, and what the kernel
// then kills may be the target's postmaster's child, which takes all sessions with it.
#pragma once

#include <cstdint>

namespace pgclone::pq {

class HeapWatch {
 public:
  // A new statement, or a new wait for a row: what was gathered before doesn't count.
  void restart() noexcept { inputs_ = 0; }
  // Called after each reading from the socket: by how many bytes the process has grown, as far as
  // that is known. Looks only now and then, and never for short answers.
  [[nodiscard]] std::uint64_t growth() noexcept;

 private:
  std::uint64_t inputs_ = 0;
  std::uint64_t before_ = 0;
};

}  // namespace pgclone::pq
