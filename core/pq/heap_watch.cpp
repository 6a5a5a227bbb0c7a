#include "pq/heap_watch.hpp"

#include <malloc.h>

namespace pgclone::pq {

namespace {

// Of some 16 kB each.
constexpr std::uint64_t kInputsPerLook = 64;

std::uint64_t heap_in_use() noexcept {
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 33)
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
#endif
#endif
  return 0;
}

}  // namespace

std::uint64_t HeapWatch::growth() noexcept {
  if (++inputs_ % kInputsPerLook != 0) return 0;
  const std::uint64_t now = heap_in_use();
  if (inputs_ == kInputsPerLook) before_ = now;
  return now > before_ ? now - before_ : 0;
}

}  // namespace pgclone::pq
