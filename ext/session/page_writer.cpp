#include <cstdint>

#include "server.hpp"

#include "session/file_space.hpp"
#include "session/page_writer.hpp"
#include "session/visibility.hpp"

namespace pgclone::session {

namespace {

bool is_frozen(const PageWriter& writer) {
  return (writer.options & TABLE_INSERT_FROZEN) != 0;
}

// What the server's insert puts into a row's header.
void mark_inserted(const PageWriter& writer, HeapTuple row) {
  HeapTupleHeader header = row->t_data;
  header->t_infomask &= static_cast<uint16>(~HEAP_XACT_MASK);
  header->t_infomask2 &= static_cast<uint16>(~HEAP2_XACT_MASK);
  header->t_infomask |= HEAP_XMAX_INVALID;
  HeapTupleHeaderSetXmin(header, GetCurrentTransactionId());
  if (is_frozen(writer)) HeapTupleHeaderSetXminFrozen(header);
  HeapTupleHeaderSetCmin(header, writer.command);
  HeapTupleHeaderSetXmax(header, InvalidTransactionId);
}

// The row as it is stored, its large values compressed or in the TOAST table.
HeapTuple form_row(const PageWriter& writer, TupleTableSlot* slot) {
  const TupleDesc type = RelationGetDescr(writer.relation);
  HeapTuple row = heap_form_tuple(type, slot->tts_values, slot->tts_isnull);
  row->t_tableOid = RelationGetRelid(writer.relation);
  mark_inserted(writer, row);
  if (HeapTupleHasExternal(row) || row->t_len > TOAST_TUPLE_THRESHOLD)
    row = heap_toast_insert_or_update(writer.relation, row, nullptr, writer.options);
  if (MAXALIGN(row->t_len) > MaxHeapTupleSize) {
    ereport(ERROR,
            (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
             errmsg("row is too big: size %zu, maximum size %zu",
                    static_cast<Size>(MAXALIGN(row->t_len)), static_cast<Size>(MaxHeapTupleSize))));
  }
  return row;
}

// A row knows its own place, which is known when the file is locked against other appends.
void number_pages(PageWriter& writer, BlockNumber first) {
  for (int i = 0; i < writer.used; ++i) {
    const Page page = writer.pages[i];
    writer.numbers[i] = first + static_cast<BlockNumber>(i);
    const OffsetNumber last = PageGetMaxOffsetNumber(page);
    for (OffsetNumber at = FirstOffsetNumber; at <= last; ++at) {
      auto* const header =
          reinterpret_cast<HeapTupleHeader>(PageGetItem(page, PageGetItemId(page, at)));
      ItemPointerSet(&header->t_ctid, writer.numbers[i], at);
    }
  }
}

// Each page asks the checkpointer to sync its file: after an error some may be there, the last one
// not.
void write_pages(PageWriter& writer) {
  const SMgrRelation file = RelationGetSmgr(writer.relation);
  for (int i = 0; i < writer.used; ++i) {
    PageSetChecksumInplace(writer.pages[i], writer.numbers[i]);
    smgrextend(file, MAIN_FORKNUM, writer.numbers[i], writer.pages[i], false);
  }
}

// Returns whether a checkpoint may have begun in between: whoever starts from it finds neither the
// WAL nor, in a copy of the file that was made meanwhile, the pages.
bool log_and_write_pages(PageWriter& writer) {
  const XLogRecPtr redo = GetRedoRecPtr();
  log_newpages(&writer.relation->rd_node, MAIN_FORKNUM, writer.used, writer.numbers, writer.pages,
               true);
  // Never the file before the WAL: a page that is torn, or of a transaction whose number nobody
  // knows after a crash and another one gets, could not be mended.
  XLogFlush(PageGetLSN(writer.pages[writer.used - 1]));
  write_pages(writer);
  return GetRedoRecPtr() != redo;
}

// Others may have the pages by now, so this goes through the buffers: then the next checkpoint has
// to write what is logged before it. Not to be interrupted, or torn pages might stay in a backup.
void log_again(Relation relation, BlockNumber first, BlockNumber end) {
  HOLD_INTERRUPTS();
  log_newpage_range(relation, MAIN_FORKNUM, first, end, true);
  RESUME_INTERRUPTS();
}

// The block at which the pages are to be appended.
BlockNumber end_of_file(const PageWriter& writer) {
  const char* const name = RelationGetRelationName(writer.relation);
  const BlockNumber blocks = RelationGetNumberOfBlocks(writer.relation);
  if (blocks < writer.end)
    ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
                    errmsg("the file of table \"%s\" has lost pages that were just written", name),
                    errdetail("It had %u pages, and has %u.", writer.end, blocks),
                    errhint("Find out what truncates the server's files.")));
  if (blocks > MaxBlockNumber - static_cast<BlockNumber>(writer.used))
    ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                    errmsg("cannot extend relation %s beyond %u blocks", name, MaxBlockNumber)));
  return blocks;
}

// The pages since somebody else has made the file grow; all others of ours are marked.
void mark_run(const PageWriter& writer) {
  if (!is_frozen(writer)) return;
  // Code of a type's check may have changed the table: each of its statements has a number.
  if (GetCurrentCommandId(false) == writer.command) {
    mark_frozen(writer.relation, writer.first, writer.end);
  } else {
    mark_if_frozen(writer.relation, writer.first, writer.end);
  }
}

void flush(PageWriter& writer) {
  if (writer.used == 0) return;
  const Relation relation = writer.relation;
  LockRelationForExtension(relation, ExclusiveLock);
  const BlockNumber first = end_of_file(writer);
  const BlockNumber end = first + static_cast<BlockNumber>(writer.used);
  number_pages(writer, first);
  bool missed = false;
  if (RelationNeedsWAL(relation)) {
    reserve_space(relation, first, end);
    missed = log_and_write_pages(writer);
  } else {
    write_pages(writer);
  }
  UnlockRelationForExtension(relation, ExclusiveLock);
  if (missed) log_again(relation, first, end);
  // Whoever has read the whole table before these pages were there, has locked it by now.
  CheckForSerializableConflictIn(relation, nullptr, InvalidBlockNumber);
  if (first != writer.end) {
    mark_run(writer);
    writer.first = first;
  }
  writer.end = end;
  writer.used = 0;
}

Page page_for(PageWriter& writer, Size size) {
  if (writer.used > 0) {
    const Page last = writer.pages[writer.used - 1];
    if (PageGetHeapFreeSpace(last) >= size + writer.spare) return last;
  }
  if (writer.used == kPagesAtOnce) flush(writer);
  const Page page = writer.pages[writer.used++];
  PageInit(page, BLCKSZ, 0);
  if (is_frozen(writer)) PageSetAllVisible(page);
  return page;
}

void append(PageWriter& writer, HeapTuple row) {
  const Page page = page_for(writer, MAXALIGN(row->t_len));
  if (PageAddItem(page, reinterpret_cast<Item>(row->t_data), row->t_len, InvalidOffsetNumber, false,
                  true) == InvalidOffsetNumber)
    elog(ERROR, "failed to add tuple");
}

}  // namespace

bool may_append_pages(Relation relation) {
  return !RelationUsesLocalBuffers(relation) && !RelationIsLogicallyLogged(relation) &&
         (!RelationNeedsWAL(relation) || may_reserve_space(relation));
}

PageWriter* open_page_writer(Relation relation, CommandId command, int options) {
  auto* const writer = static_cast<PageWriter*>(palloc0(sizeof(PageWriter)));
  writer->relation = relation;
  writer->command = command;
  writer->options = options;
  writer->spare = RelationGetTargetPageFreeSpace(relation, HEAP_DEFAULT_FILLFACTOR);
  writer->memory = static_cast<char*>(palloc(kPagesAtOnce * BLCKSZ));
  for (int i = 0; i < kPagesAtOnce; ++i) writer->pages[i] = writer->memory + i * BLCKSZ;
  return writer;
}

void append_rows(PageWriter& writer, TupleTableSlot** slots, int count) {
  for (int i = 0; i < count; ++i) append(writer, form_row(writer, slots[i]));
  pgstat_count_heap_insert(writer.relation, count);
}

void close_page_writer(PageWriter& writer) {
  flush(writer);
  // Once for all: each time, a page of the map is in the WAL.
  mark_run(writer);
  pfree(writer.memory);
  pfree(&writer);
}

}  // namespace pgclone::session
