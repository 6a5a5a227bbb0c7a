#include <algorithm>

#include "server.hpp"

#include "session/visibility.hpp"

namespace pgclone::session {

namespace {

// The layout of the map, which the server keeps to itself (visibilitymap.c). It is part of the
// files that pg_upgrade takes over.
constexpr BlockNumber kBlocksPerByte = BITS_PER_BYTE / BITS_PER_HEAPBLOCK;
constexpr BlockNumber kBlocksPerMapPage =
    (BLCKSZ - MAXALIGN(SizeOfPageHeaderData)) * kBlocksPerByte;

void set_bits(Page map, BlockNumber first, BlockNumber end) {
  auto* const bytes = reinterpret_cast<uint8*>(PageGetContents(map));
  for (BlockNumber block = first; block < end; ++block) {
    const BlockNumber place = block % kBlocksPerMapPage;
    const BlockNumber shift = place % kBlocksPerByte * BITS_PER_HEAPBLOCK;
    bytes[place / kBlocksPerByte] |= static_cast<uint8>(VISIBILITYMAP_VALID_BITS << shift);
  }
}

// Of blocks that share a page of the map.
void mark_in_one_page(Relation relation, BlockNumber first, BlockNumber end) {
  Buffer buffer = InvalidBuffer;
  visibilitymap_pin(relation, first, &buffer);
  LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
  START_CRIT_SECTION();
  set_bits(BufferGetPage(buffer), first, end);
  MarkBufferDirty(buffer);
  // Not of the standard layout: by its header the page is empty.
  if (RelationNeedsWAL(relation)) log_newpage_buffer(buffer, false);
  END_CRIT_SECTION();
  UnlockReleaseBuffer(buffer);
}

// The page is locked.
uint8 bits_of(Page page) {
  if (!PageIsAllVisible(page)) return 0;
  const OffsetNumber last = PageGetMaxOffsetNumber(page);
  for (OffsetNumber at = FirstOffsetNumber; at <= last; ++at) {
    const ItemId item = PageGetItemId(page, at);
    // A row that was locked is visible, but has the locker's number.
    if (ItemIdIsNormal(item) && heap_tuple_needs_eventual_freeze(
                                    reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item))))
      return VISIBILITYMAP_ALL_VISIBLE;
  }
  return VISIBILITYMAP_VALID_BITS;
}

}  // namespace

void mark_frozen(Relation relation, BlockNumber first, BlockNumber end) {
  while (first < end) {
    const BlockNumber rest = kBlocksPerMapPage - first % kBlocksPerMapPage;
    const BlockNumber stop = first + std::min(rest, end - first);
    mark_in_one_page(relation, first, stop);
    first = stop;
  }
}

void mark_if_frozen(Relation relation, BlockNumber first, BlockNumber end) {
  Buffer map = InvalidBuffer;
  for (BlockNumber block = first; block < end; ++block) {
    CHECK_FOR_INTERRUPTS();
    const Buffer buffer = ReadBuffer(relation, block);
    visibilitymap_pin(relation, block, &map);
    LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
    if (const uint8 bits = bits_of(BufferGetPage(buffer)); bits != 0) {
      MarkBufferDirty(buffer);  // it may be logged with the map
      visibilitymap_set(relation, block, buffer, InvalidXLogRecPtr, map, InvalidTransactionId,
                        bits);
    }
    UnlockReleaseBuffer(buffer);
  }
  if (BufferIsValid(map)) ReleaseBuffer(map);
}

}  // namespace pgclone::session
