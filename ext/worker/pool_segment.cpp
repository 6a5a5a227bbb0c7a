#include "plan/queue.hpp"

#include "server.hpp"

#include "worker/pool_segment.hpp"

namespace pgclone::worker {

namespace {

// A mapping is made in the name of a resource owner, of which a worker between transactions has
// none, and then taken out of its hands.
template <typename Map>
dsm_segment* map_for_process(Map map) {
  ResourceOwner const before = CurrentResourceOwner;
  ResourceOwner const owner = ResourceOwnerCreate(nullptr, "pgclone pool");
  CurrentResourceOwner = owner;
  dsm_segment* const segment = map();
  if (segment != nullptr) dsm_pin_mapping(segment);
  CurrentResourceOwner = before;
  ResourceOwnerDelete(owner);
  return segment;
}

}  // namespace

dsm_segment* create_segment(Size size) {
  return map_for_process([size] { return dsm_create(size, 0); });
}

dsm_segment* attach_segment(dsm_handle handle) {
  return map_for_process([handle] { return dsm_attach(handle); });
}

}  // namespace pgclone::worker
