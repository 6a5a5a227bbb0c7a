// Takes room on the disk for pages that a table's file doesn't have yet, before the WAL has them.
// If the WAL had pages for which there is no room, the server could not recover from a crash before
// somebody makes some.
//
// C in all but name: used below a server_call(). Include server.hpp before.
#pragma once

namespace pgclone::session {

// Whether the table's file system takes room behind the end of a file. The table has a block.
bool may_reserve_space(Relation relation);

// For the blocks from `first` on, before `end`. The file stays as long as it is, so nobody sees
// them. The caller holds the lock that lets a table grow. Raises an error (53100) if the disk is
// full. Room that is not used belongs to the file: the table's next pages take it.
void reserve_space(Relation relation, BlockNumber first, BlockNumber end);

}  // namespace pgclone::session
