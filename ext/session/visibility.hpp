// Marks pages of a table in its visibility map as ones whose rows are all visible and frozen,
// without having them in the buffers. The server's own visibilitymap_set() wants each there.
//
// C in all but name: used below a server_call(). Include server.hpp before.
#pragma once

namespace pgclone::session {

// The blocks from `first` on, before `end`: in the file (and the WAL) by now, each marked by
// PageSetAllVisible(). Nobody else may reach the table until the transaction has committed.
void mark_frozen(Relation relation, BlockNumber first, BlockNumber end);

}  // namespace pgclone::session
