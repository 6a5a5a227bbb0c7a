// Appends rows to a table as whole pages, beside the buffers: each page is written once, where an
// insert has it written twice (zeros that make the file longer, then the rows) and looked up in the
// buffers for every batch.
//
// The table is in use by others meanwhile, as with any insert: other workers append to it,
// autovacuum and queries read it. Why that is safe is in docs/boundary.md.
//
// C in all but name: used below a server_call(). Include server.hpp before.
#pragma once

#include <cstdint>

namespace pgclone::session {

// Pages that are appended together.
inline constexpr int kPagesAtOnce = 512;

struct PageWriter {
  Relation relation;
  CommandId command;
  int options;        // the server's, of an insert
  Size spare;         // of each page, for later updates: the table's fillfactor
  int used;           // pages that have rows
  BlockNumber first;  // of the last pages that are in the file without others' between them
  BlockNumber end;    // behind them
  char* memory;
  char* pages[kPagesAtOnce];
  BlockNumber numbers[kPagesAtOnce];
};

// Whether rows may be appended in this way: a plain table, nobody who reads the WAL for its rows,
// and a file system that can take room for them. The table has rows.
bool may_append_pages(Relation relation);

// Uses CurrentMemoryContext for as long as the writer lives: four megabytes. With the option
// TABLE_INSERT_FROZEN no other transaction may reach the table meanwhile, which is a condition of
// that option anyway.
PageWriter* open_page_writer(Relation relation, CommandId command, int options);

// Takes the rows over; their slots may be cleared. Uses CurrentMemoryContext for each batch.
void append_rows(PageWriter& writer, TupleTableSlot** slots, int count);

// Writes what is left, marks frozen pages in the visibility map, and gives the memory back.
void close_page_writer(PageWriter& writer);

}  // namespace pgclone::session
