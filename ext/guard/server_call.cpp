#include "guard/server_call.hpp"

#include <csetjmp>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "guard/report.hpp"
#include "guard/server_error.hpp"
#include "guard/stash.hpp"

#include "server.hpp"

namespace pgclone::guard {

namespace {

// Calls body(argument) under an exception stack of our own; false if the server raised, and then
// the error is still on the server's error stack. This frame and the ones below own nothing.
//
// The mask is not saved: that would cost a system call each way, and the server's error path leaves
// the mask alone. The error-context stack starts empty, since the callbacks of the frames above
// describe the error when it leaves through entry.hpp; they must not do it twice.
bool run_plain(void (*body)(void*), void* argument) {
  sigjmp_buf* const exception_stack = PG_exception_stack;
  ErrorContextCallback* const context_stack = error_context_stack;
  const MemoryContext memory_context = CurrentMemoryContext;
  const uint32 interrupt_holdoff = InterruptHoldoffCount;
  const uint32 cancel_holdoff = QueryCancelHoldoffCount;

  sigjmp_buf ours;
  const bool raised = sigsetjmp(ours, 0) != 0;
  if (!raised) {
    PG_exception_stack = &ours;
    error_context_stack = nullptr;
    body(argument);
  }
  PG_exception_stack = exception_stack;
  error_context_stack = context_stack;
  CurrentMemoryContext = memory_context;
  InterruptHoldoffCount = interrupt_holdoff;
  QueryCancelHoldoffCount = cancel_holdoff;
  return !raised;
}

struct CopiedError {
  MemoryContext memory = nullptr;
  ErrorData* data = nullptr;

  CopiedError() = default;
  CopiedError(const CopiedError&) = delete;
  CopiedError& operator=(const CopiedError&) = delete;
  ~CopiedError() {
    if (memory != nullptr) MemoryContextDelete(memory);
  }
};

// Copying allocates, and so may raise in its turn.
void copy_error(void* argument) {
  auto* const copied = static_cast<CopiedError*>(argument);
  copied->memory = AllocSetContextCreate(TopMemoryContext, "pgclone error", ALLOCSET_SMALL_SIZES);
  MemoryContextSwitchTo(copied->memory);
  copied->data = CopyErrorData();
}

std::string text_or_empty(const char* text) {
  return text == nullptr ? "" : text;
}

ServerError to_exception(const ErrorData& data) {
  Error error(unpack_sql_state(data.sqlerrcode), text_or_empty(data.message));
  error.with_origin(Origin::target);
  if (data.detail != nullptr) error.with_detail(data.detail);
  if (data.hint != nullptr) error.with_hint(data.hint);
  // A statement of ours that the server could not parse is shown only here.
  if (data.internalquery != nullptr) {
    std::string line = std::string("SQL statement \"") + data.internalquery + "\"";
    if (data.internalpos > 0) line += " at character " + std::to_string(data.internalpos);
    error.with_context(line);
  }
  if (data.context != nullptr) error.with_context(data.context);
  return {std::move(error),
          {text_or_empty(data.schema_name), text_or_empty(data.table_name),
           text_or_empty(data.column_name), text_or_empty(data.datatype_name),
           text_or_empty(data.constraint_name)}};
}

// The stashed exception itself. An Error also gets the CONTEXT that the server's frames added (for
// a copy: the line).
[[noreturn]] void rethrow_stashed(const std::exception_ptr& stashed, const ErrorData& messenger) {
  try {
    std::rethrow_exception(stashed);
  } catch (Error& error) {
    const std::string_view added = messenger.context == nullptr ? "" : messenger.context;
    // The messenger's own context began with what the error had already.
    std::string_view rest = added;
    if (rest.starts_with(error.context())) rest.remove_prefix(error.context().size());
    while (rest.starts_with('\n')) rest.remove_prefix(1);
    if (!rest.empty()) error.with_context(rest);
    throw;
  }
}

[[noreturn]] void throw_server_error() {
  CopiedError copied;
  const bool complete = run_plain(&copy_error, &copied);
  FlushErrorState();
  if (!complete) {
    throw Error(sqlstate::kOutOfMemory, "out of memory")
        .with_detail("The server raised an error that could not be copied.")
        .with_origin(Origin::target);
  }
  // By content: newer minor releases of the server copy the name.
  if (copied.data->funcname != nullptr && std::strcmp(copied.data->funcname, kStashMarker) == 0) {
    if (const std::exception_ptr stashed = stash_take(copied.data->lineno)) {
      rethrow_stashed(stashed, *copied.data);
    }
  }
  throw to_exception(*copied.data);
}

}  // namespace

void detail::run_guarded(void (*body)(void*), void* argument) {
  if (!run_plain(body, argument)) throw_server_error();
}

void detail::log_swallowed() noexcept {
  try {
    throw;
  } catch (const std::exception& error) {
    log_line(nullptr, Severity::warning, error.what());
  } catch (...) {
    log_line(nullptr, Severity::warning, "pgclone: clean-up failed with an unknown exception");
  }
}

}  // namespace pgclone::guard
