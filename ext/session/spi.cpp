#include "session/spi.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "guard/server_call.hpp"

#include "server.hpp"

#include "session/memory_owner.hpp"

namespace pgclone::session {

namespace {

// Everything that the guarded part needs, as plain values.
struct Call {
  const char* sql;
  const Param* params;
  int param_count;
  Statements allowed;
  MemoryContext memory;
  SPIPlanPtr* prepared;  // where the plan is kept, or null
  // The result: columns * rows strings in `memory`, null for NULL.
  char** cells;
  char** names;  // of the columns
  uint64 rows;
  int columns;
  uint64 affected;
};

// Statements are told apart by semicolons alone: where there is none, the text is parsed only once,
// by SPI.
void refuse_several(const char* sql) {
  if (std::strchr(sql, ';') == nullptr) return;
  if (list_length(raw_parser(sql, RAW_PARSE_DEFAULT)) > 1) {
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                    errmsg("cannot insert multiple commands into a prepared statement")));
  }
}

int execute_prepared(const Call& call, Oid* types, Datum* values, const char* nulls) {
  if (*call.prepared == nullptr) {
    const SPIPlanPtr plan = SPI_prepare(call.sql, call.param_count, types);
    if (plan == nullptr) return SPI_result;
    SPI_keepplan(plan);
    *call.prepared = plan;
  }
  return SPI_execute_plan(*call.prepared, values, nulls, false, 0);
}

int execute(const Call& call) {
  if (call.param_count == 0) return SPI_execute(call.sql, false, 0);
  const auto count = static_cast<size_t>(call.param_count);
  auto* const types = static_cast<Oid*>(palloc(count * sizeof(Oid)));
  auto* const values = static_cast<Datum*>(palloc0(count * sizeof(Datum)));
  auto* const nulls = static_cast<char*>(palloc(count));
  for (size_t i = 0; i < count; ++i) {
    const Param& param = call.params[i];
    types[i] = TEXTOID;
    nulls[i] = param ? ' ' : 'n';
    if (param) {
      values[i] =
          PointerGetDatum(cstring_to_text_with_len(param->data(), static_cast<int>(param->size())));
    }
  }
  if (call.prepared != nullptr) return execute_prepared(call, types, values, nulls);
  return SPI_execute_with_args(call.sql, call.param_count, types, values, nulls, false, 0);
}

void fetch(Call* call, const SPITupleTable* table) {
  const TupleDesc row_type = table->tupdesc;
  call->columns = row_type->natts;
  call->rows = table->numvals;
  const auto columns = static_cast<size_t>(row_type->natts);
  MemoryContextSwitchTo(call->memory);
  call->cells = static_cast<char**>(
      MemoryContextAllocHuge(call->memory, (call->rows * columns + 1) * sizeof(char*)));
  call->names = static_cast<char**>(palloc((columns + 1) * sizeof(char*)));
  for (int column = 0; column < row_type->natts; ++column)
    call->names[column] = pstrdup(NameStr(TupleDescAttr(row_type, column)->attname));
  for (uint64 row = 0; row < call->rows; ++row) {
    for (size_t column = 0; column < columns; ++column) {
      call->cells[row * columns + column] =
          SPI_getvalue(table->vals[row], row_type, static_cast<int>(column) + 1);
    }
    CHECK_FOR_INTERRUPTS();
  }
}

// Under the guard: C in all but name.
void run(Call* call) {
  MemoryContextSwitchTo(call->memory);
  const bool planned = call->prepared != nullptr && *call->prepared != nullptr;
  if (!planned && (call->allowed == Statements::one || call->param_count > 0))
    refuse_several(call->sql);
  // SPI takes a snapshot per statement, but parsing may need one before that.
  PushActiveSnapshot(GetTransactionSnapshot());
  SPI_connect();
  const int outcome = execute(*call);
  if (outcome < 0) {
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("cannot run this statement inside a clone"),
                    errdetail("SPI reports %s.", SPI_result_code_string(outcome)),
                    errcontext("SQL statement \"%s\"", call->sql)));
  }
  call->affected = SPI_processed;
  if (SPI_tuptable != nullptr) fetch(call, SPI_tuptable);
  SPI_finish();
  PopActiveSnapshot();
  CommandCounterIncrement();
}

}  // namespace

void run_spi(std::string_view sql, std::span<const Param> params, Statements allowed,
             TextResult& result, Prepared* prepared) {
  const std::string text(sql);
  const MemoryOwner memory;
  Call call{text.c_str(),
            params.data(),
            static_cast<int>(params.size()),
            allowed,
            memory.get(),
            prepared != nullptr && !params.empty() ? &prepared->plan(sql) : nullptr,
            nullptr,
            nullptr,
            0,
            0,
            0};
  guard::server_call([&call] { run(&call); });
  result.reset(static_cast<std::size_t>(call.columns), call.affected);
  for (int column = 0; column < call.columns; ++column) result.add_name(call.names[column]);
  const std::uint64_t cells = call.rows * static_cast<std::uint64_t>(call.columns);
  for (std::uint64_t i = 0; i < cells; ++i) result.add(call.cells[i]);
}

}  // namespace pgclone::session
