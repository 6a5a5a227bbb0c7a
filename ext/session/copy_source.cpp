#include "session/copy_source.hpp"

#include <algorithm>
#include <cstring>

#include "guard/entry.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::session {

namespace {

ActiveCopy* active_copy = nullptr;

}  // namespace

bool ActiveCopy::more() {
  if (left > 0) return true;
  if (ended) return false;
  const std::span<const char> piece = reader->read();
  next = piece.data();
  left = piece.size();
  ended = left == 0;
  return !ended;
}

OneCopy::OneCopy(ActiveCopy* copy) {
  if (active_copy != nullptr) {
    throw Error(sqlstate::kObjectNotInPrerequisiteState,
                "a clone cannot run inside another clone's copy")
        .with_detail("A trigger or a default of the table that is being filled called pgclone.")
        .with_hint("Disable the trigger, or submit a background job from it.")
        .with_origin(Origin::target);
  }
  active_copy = copy;
}

OneCopy::~OneCopy() {
  active_copy = nullptr;
}

extern "C" int pgclone_copy_source(void* out, int, int wanted) {
  return guard::callback_entry([out, wanted]() -> int {
    ActiveCopy& copy = *active_copy;
    if (!copy.more()) return 0;
    const std::size_t count = std::min(copy.left, static_cast<std::size_t>(wanted));
    std::memcpy(out, copy.next, count);
    copy.next += count;
    copy.left -= count;
    return static_cast<int>(count);
  });
}

Piece take_piece() {
  return guard::callback_entry([]() -> Piece {
    ActiveCopy& copy = *active_copy;
    if (!copy.more()) return {nullptr, 0};
    const Piece piece{copy.next, copy.left};
    copy.left = 0;
    return piece;
  });
}

void give_back(Piece rest) {
  active_copy->next = rest.data;
  active_copy->left = rest.size;
}

}  // namespace pgclone::session
