#include <cstdint>

#include "server.hpp"

#include "session/page_writer.hpp"

namespace pgclone::session {

namespace {

// What the server's insert puts into a row's header.
void mark_inserted(HeapTuple row, CommandId command) {
  HeapTupleHeader header = row->t_data;
  header->t_infomask &= static_cast<uint16>(~HEAP_XACT_MASK);
  header->t_infomask2 &= static_cast<uint16>(~HEAP2_XACT_MASK);
  header->t_infomask |= HEAP_XMAX_INVALID;
  HeapTupleHeaderSetXmin(header, GetCurrentTransactionId());
  HeapTupleHeaderSetCmin(header, command);
  HeapTupleHeaderSetXmax(header, InvalidTransactionId);
}

// The row as it is stored, its large values compressed or in the TOAST table.
HeapTuple form_row(const PageWriter& writer, TupleTableSlot* slot) {
  const TupleDesc type = RelationGetDescr(writer.relation);
  HeapTuple row = heap_form_tuple(type, slot->tts_values, slot->tts_isnull);
  row->t_tableOid = RelationGetRelid(writer.relation);
  mark_inserted(row, writer.command);
  if (HeapTupleHasExternal(row) || row->t_len > TOAST_TUPLE_THRESHOLD)
    row = heap_toast_insert_or_update(writer.relation, row, nullptr, 0);
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

void write_pages(PageWriter& writer) {
  const SMgrRelation file = RelationGetSmgr(writer.relation);
  for (int i = 0; i < writer.used; ++i) {
    PageSetChecksumInplace(writer.pages[i], writer.numbers[i]);
    // The checkpointer is told of each file of the table once.
    const bool last = i + 1 == writer.used || (writer.numbers[i] + 1) % RELSEG_SIZE == 0;
    smgrextend(file, MAIN_FORKNUM, writer.numbers[i], writer.pages[i], !last);
  }
}

void log_and_write_pages(PageWriter& writer) {
  log_newpages(&writer.relation->rd_node, MAIN_FORKNUM, writer.used, writer.numbers, writer.pages,
               true);
  // The file must not have rows of a transaction whose number the WAL doesn't have yet: after a
  // crash another one would get that number, and commit our rows.
  XLogFlush(PageGetLSN(writer.pages[writer.used - 1]));
  write_pages(writer);
}

// A checkpoint that begins between the WAL and the write would not replay the one, nor sync the
// other; so it waits for us. Not for longer than that: a subtransaction's end would leave it
// waiting.
void keep_checkpoints_away(PageWriter& writer) {
  HOLD_INTERRUPTS();
  MyProc->delayChkptFlags |= DELAY_CHKPT_START;
  PG_TRY();
  { log_and_write_pages(writer); }
  PG_FINALLY();
  { MyProc->delayChkptFlags &= ~DELAY_CHKPT_START; }
  PG_END_TRY();
  RESUME_INTERRUPTS();
}

void flush(PageWriter& writer) {
  if (writer.used == 0) return;
  const Relation relation = writer.relation;
  CheckForSerializableConflictIn(relation, nullptr, InvalidBlockNumber);
  LockRelationForExtension(relation, ExclusiveLock);
  number_pages(writer, RelationGetNumberOfBlocks(relation));
  if (RelationNeedsWAL(relation)) {
    keep_checkpoints_away(writer);
  } else {
    write_pages(writer);
  }
  UnlockRelationForExtension(relation, ExclusiveLock);
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
  return !RelationUsesLocalBuffers(relation) && !RelationIsLogicallyLogged(relation);
}

PageWriter* open_page_writer(Relation relation, CommandId command) {
  auto* const writer = static_cast<PageWriter*>(palloc0(sizeof(PageWriter)));
  writer->relation = relation;
  writer->command = command;
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
  pfree(writer.memory);
  pfree(&writer);
}

}  // namespace pgclone::session
