// Marks pages of a table in its visibility map as ones whose rows are all visible and frozen.
//
// C in all but name: used below a server_call(). Include server.hpp before.
#pragma once

namespace pgclone::session {

// The blocks from `first` on, before `end`: in the file (and the WAL) by now, each marked by
// PageSetAllVisible() and not changed since. No other transaction may reach the table until ours
// has committed. The pages need not be in the buffers, where the server's own visibilitymap_set()
// wants each.
void mark_frozen(Relation relation, BlockNumber first, BlockNumber end);

// The same for pages that may have changed: looks at each, in the buffers.
void mark_if_frozen(Relation relation, BlockNumber first, BlockNumber end);

}  // namespace pgclone::session
