#include <cstdint>
#include <cstring>
#include <new>

#include "server.hpp"

#include "session/direct_load.hpp"
#include "session/field_reader.hpp"
#include "session/page_writer.hpp"
#include "session/value_error.hpp"

namespace pgclone::session {

namespace {

// As in COPY FROM: what makes the cost of a call and a WAL record vanish.
constexpr int kBatchRows = 1000;
constexpr std::uint64_t kBatchBytes = 65535;
// Below it, as many fields as a row can have are no gigabyte and a half.
constexpr std::int32_t kLongField = 1024 * 1024;
// Of memory, for a batch with what reading it needs.
constexpr Size kRowsBlock = 128 * 1024;
// From here on in the stream rows are appended as whole pages. The pages of a small table are
// better left in the buffers, where its indexes are built from.
constexpr std::uint64_t kManyRows = 1024 * 1024;

struct DirectLoad {
  Relation relation;
  int columns;
  FieldReader* readers;
  BinaryStream stream;
  TupleTableSlot* slots[kBatchRows];
  int made;                   // slots there are
  int used;                   // slots that have a row
  std::uint64_t batch_start;  // in the stream
  // All that belongs to the batch's rows. The slots and readers have another one.
  MemoryContext rows_memory;
  MemoryContext memory;
  BulkInsertState bulk;
  PageWriter* pages;  // once the load is known to be a large one
  CommandId command;
  int options;
  std::uint64_t line;  // that is being read, from 1 on
  const char* column;  // the one that is being read
};

// The form is that of COPY FROM, which users and their tools know.
void describe_place(void* argument) {
  const auto* const load = static_cast<const DirectLoad*>(argument);
  const char* const name = RelationGetRelationName(load->relation);
  if (load->column != nullptr) {
    blame_value(ERRCODE_INVALID_BINARY_REPRESENTATION);
    errcontext("COPY %s, line " UINT64_FORMAT ", column %s", name, load->line, load->column);
  } else {
    errcontext("COPY %s, line " UINT64_FORMAT, name, load->line);
  }
}

int insert_options(Relation relation, bool freeze) {
  int options = 0;
  // Nobody else has put free space into a file of this transaction's own.
  if (relation->rd_createSubid != InvalidSubTransactionId ||
      relation->rd_firstRelfilenodeSubid != InvalidSubTransactionId)
    options |= TABLE_INSERT_SKIP_FSM;
  if (freeze) options |= TABLE_INSERT_FROZEN;
  return options;
}

void begin(DirectLoad& load, const List* columns) {
  load.memory = CurrentMemoryContext;
  load.rows_memory =
      AllocSetContextCreate(CurrentMemoryContext, "pgclone rows", ALLOCSET_DEFAULT_MINSIZE,
                            kRowsBlock, ALLOCSET_DEFAULT_MAXSIZE);
  load.columns = list_length(columns);
  load.readers = static_cast<FieldReader*>(
      palloc0(sizeof(FieldReader) * static_cast<Size>(list_length(columns))));
  const TupleDesc row = RelationGetDescr(load.relation);
  const StringInfo buffer = makeStringInfo();
  FieldReader* reader = load.readers;
  ListCell* cell;
  foreach (cell, columns)
    open_field_reader(*reader++, *TupleDescAttr(row, lfirst_int(cell) - 1), buffer);
  load.bulk = GetBulkInsertState();
  load.command = GetCurrentCommandId(true);
  const int parameters[] = {PROGRESS_COPY_COMMAND, PROGRESS_COPY_TYPE};
  const int64 values[] = {PROGRESS_COPY_COMMAND_FROM, PROGRESS_COPY_TYPE_CALLBACK};
  pgstat_progress_start_command(PROGRESS_COMMAND_COPY, RelationGetRelid(load.relation));
  pgstat_progress_update_multi_param(2, parameters, values);
}

// `rows`: that are stored.
void report_progress(const DirectLoad& load, std::uint64_t rows) {
  const int parameters[] = {PROGRESS_COPY_TUPLES_PROCESSED, PROGRESS_COPY_BYTES_PROCESSED};
  const int64 values[] = {static_cast<int64>(rows), static_cast<int64>(load.stream.position())};
  pgstat_progress_update_multi_param(2, parameters, values);
}

void store_batch(DirectLoad& load) {
  if (load.used == 0) return;
  if (load.pages == nullptr && load.batch_start >= kManyRows && may_append_pages(load.relation)) {
    MemoryContextSwitchTo(load.memory);
    load.pages = open_page_writer(load.relation, load.command, load.options);
    ReleaseBulkInsertStatePin(load.bulk);  // the page may be vacuumed
    MemoryContextSwitchTo(load.rows_memory);
  }
  if (load.pages != nullptr) {
    append_rows(*load.pages, load.slots, load.used);
  } else {
    table_multi_insert(load.relation, load.slots, load.used, load.command, load.options, load.bulk);
  }
  for (int i = 0; i < load.used; ++i) ExecClearTuple(load.slots[i]);
  MemoryContextReset(load.rows_memory);
  load.used = 0;
  load.batch_start = load.stream.position();
}

TupleTableSlot* next_slot(DirectLoad& load) {
  if (load.used == load.made) {
    MemoryContextSwitchTo(load.memory);
    TupleTableSlot* const slot = table_slot_create(load.relation, nullptr);
    // Of the columns that were dropped, nothing arrives.
    std::memset(slot->tts_isnull, 1, sizeof(bool) * RelationGetDescr(load.relation)->natts);
    load.slots[load.made++] = slot;
    MemoryContextSwitchTo(load.rows_memory);
  }
  return load.slots[load.used++];
}

[[noreturn]] void refuse_null(const DirectLoad& load, const FormData_pg_attribute& column) {
  ereport(ERROR,
          (errcode(ERRCODE_NOT_NULL_VIOLATION),
           errmsg("null value in column \"%s\" of relation \"%s\" violates not-null constraint",
                  NameStr(column.attname), RelationGetRelationName(load.relation)),
           errtablecol(load.relation, column.attnum)));
}

// A server sends a row as one message, which has less than a gigabyte. Memory for more is not even
// asked for, whatever the length of a field says.
void check_row_size(const DirectLoad& load, std::uint64_t row_start, std::int32_t length) {
  if (length <= kLongField ||
      load.stream.position() - row_start + static_cast<std::uint64_t>(length) <
          MaxAllocSize - VARHDRSZ)
    return;
  ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("the source's row is too large"),
                  errdetail("A field of %d bytes would make it larger than a gigabyte.", length),
                  errhint("No PostgreSQL server sends such a row: see what answers there.")));
}

void read_row(DirectLoad& load) {
  const std::uint64_t row_start = load.stream.position();
  TupleTableSlot* const slot = next_slot(load);
  const TupleDesc row = RelationGetDescr(load.relation);
  for (int i = 0; i < load.columns; ++i) {
    FieldReader& reader = load.readers[i];
    const FormData_pg_attribute& column = *TupleDescAttr(row, reader.number - 1);
    load.column = NameStr(column.attname);
    const std::int32_t length = read_field_length(load.stream);
    check_row_size(load, row_start, length);
    const bool null = length < 0;
    slot->tts_isnull[reader.number - 1] = null;
    slot->tts_values[reader.number - 1] =
        null ? read_null(reader) : reader.read(load.stream, reader, length);
    if (null && column.attnotnull) refuse_null(load, column);
  }
  load.column = nullptr;
  ExecStoreVirtualTuple(slot);
}

void read_rows(DirectLoad& load) {
  MemoryContextSwitchTo(load.rows_memory);
  read_header(load.stream);
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    ++load.line;
    if (!read_row_start(load.stream, load.columns)) break;
    read_row(load);
    if (load.used == kBatchRows || load.stream.position() - load.batch_start >= kBatchBytes) {
      store_batch(load);
      report_progress(load, load.line);
    }
  }
  store_batch(load);
  give_back({load.stream.next, static_cast<std::size_t>(load.stream.end - load.stream.next)});
  MemoryContextSwitchTo(load.memory);
}

void finish(DirectLoad& load) {
  if (load.pages != nullptr) close_page_writer(*load.pages);
  for (int i = 0; i < load.made; ++i) ExecDropSingleTupleTableSlot(load.slots[i]);
  FreeBulkInsertState(load.bulk);
  table_finish_bulk_insert(load.relation, load.options);
  MemoryContextDelete(load.rows_memory);
  pgstat_progress_end_command();
}

}  // namespace

bool may_load_directly(Relation relation, const List* columns) {
  const FormData_pg_class& form = *relation->rd_rel;
  if (form.relkind != RELKIND_RELATION || form.relam != HEAP_TABLE_AM_OID || form.relispartition ||
      form.relhasindex || relation->trigdesc != nullptr || IsCatalogRelation(relation))
    return false;
  const TupleDesc row = RelationGetDescr(relation);
  if (row->constr != nullptr && row->constr->num_check > 0) return false;
  // A column that isn't sent is a generated one, or may have a default.
  int all_columns = 0;
  for (int i = 0; i < row->natts; ++i)
    if (!TupleDescAttr(row, i)->attisdropped) ++all_columns;
  return all_columns == list_length(columns);
}

std::uint64_t load_directly(Relation relation, const List* columns, bool freeze) {
  auto* const load = new (palloc(sizeof(DirectLoad))) DirectLoad{};
  load->relation = relation;
  load->options = insert_options(relation, freeze);
  begin(*load, columns);
  ErrorContextCallback place{error_context_stack, describe_place, load};
  error_context_stack = &place;
  read_rows(*load);
  error_context_stack = place.previous;
  finish(*load);
  return load->line - 1;
}

}  // namespace pgclone::session
