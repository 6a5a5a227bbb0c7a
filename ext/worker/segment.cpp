#include "worker/segment.hpp"

#include <cstring>

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"

#include "server.hpp"

namespace pgclone::worker {

namespace {

// The segment itself is rounded up to pages.
struct OrderHeader {
  uint64 size;
};

char* text_of(dsm_segment* segment) {
  return static_cast<char*>(dsm_segment_address(segment)) + sizeof(OrderHeader);
}

uint64& size_of(dsm_segment* segment) {
  return static_cast<OrderHeader*>(dsm_segment_address(segment))->size;
}

// explicit_bzero: a plain memset of memory that is then given back may be optimised away.
void wipe(dsm_segment* segment) {
  explicit_bzero(text_of(segment), size_of(segment));
}

}  // namespace

OrderSegment::OrderSegment(std::string_view order) {
  segment_ = guard::server_call([order] {
    dsm_segment* const segment = dsm_create(sizeof(OrderHeader) + order.size(), 0);
    size_of(segment) = order.size();
    memcpy(text_of(segment), order.data(), order.size());
    return segment;
  });
  handle_ = guard::server_call([this] { return dsm_segment_handle(segment_); });
}

OrderSegment::~OrderSegment() {
  guard::server_call_noexcept([this] {
    wipe(segment_);
    dsm_detach(segment_);
  });
}

std::string take_order(std::uint32_t handle) {
  // A mapping needs an owner, and before its first transaction a worker has none.
  ResourceOwner const owner = guard::server_call([] {
    CurrentResourceOwner = ResourceOwnerCreate(nullptr, "pgclone order");
    return CurrentResourceOwner;
  });
  dsm_segment* const segment = guard::server_call([handle] { return dsm_attach(handle); });
  if (segment == nullptr) {
    throw Error(sqlstate::kObjectNotInPrerequisiteState,
                "the session that submitted the job is gone")
        .with_detail("It ended before the job's coordinator had its order.")
        .with_hint("Submit the job again.");
  }
  std::string order(text_of(segment), size_of(segment));
  guard::server_call([segment, owner] {
    wipe(segment);
    dsm_detach(segment);
    CurrentResourceOwner = nullptr;
    ResourceOwnerDelete(owner);
  });
  return order;
}

}  // namespace pgclone::worker
