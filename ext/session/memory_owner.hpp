// A memory context that lives as long as a C++ object; include server.hpp before.
#pragma once

#include "guard/server_call.hpp"

namespace pgclone::session {

// Below TopMemoryContext, so it outlives a rollback that happens while it is in use.
class MemoryOwner {
 public:
  MemoryOwner()
      : memory_(guard::server_call([] {
          return AllocSetContextCreate(TopMemoryContext, "pgclone statement",
                                       ALLOCSET_DEFAULT_SIZES);
        })) {}
  ~MemoryOwner() {
    guard::server_call_noexcept([this] { MemoryContextDelete(memory_); });
  }
  MemoryOwner(const MemoryOwner&) = delete;
  MemoryOwner& operator=(const MemoryOwner&) = delete;

  [[nodiscard]] MemoryContext get() const noexcept { return memory_; }

 private:
  MemoryContext memory_;
};

}  // namespace pgclone::session
