// The server calls C++: the shells that turn a C++ exception into a server error.
//
// A shell catches everything, copies the error into a plain record, *leaves the handler*, and only
// then raises: a longjmp out of a catch block would leak the exception and leave it "current".
#pragma once

#include <type_traits>
#include <utility>

#include "pgclone/plugin/api.hpp"

namespace pgclone::guard {

// What remains of an exception: malloc'ed text, which raise_record() frees.
struct ErrorRecord {
  int sqlerrcode;
  char* message;
  char* detail;
  char* hint;
  char* context;
  char* schema;
  char* table;
  char* column;
  char* datatype;
  char* constraint;
  // Not 0: the exception itself waits in the stash under this number.
  int stashed;
};

// Both are called in a handler, and describe the current exception.
void capture_exception(ErrorRecord* record) noexcept;
void stash_exception(ErrorRecord* record) noexcept;
// ereport(ERROR); never returns. The user's statement is kept out of the log (errhidestmt): it may
// hold a password. Only from a frame without owners, outside any handler.
[[noreturn]] void raise_record(ErrorRecord* record);

// Calls the function, and hands an exception to `Describe` before it raises the record.
template <void (*Describe)(ErrorRecord*) noexcept, typename Function>
auto shell(Function& function) -> std::invoke_result_t<Function&> {
  static_assert(std::is_trivially_destructible_v<Function>,
                "the shell's frame owns nothing: capture plain values or references");
  ErrorRecord record;
  try {
    return function();
  } catch (...) {
    Describe(&record);
  }
  raise_record(&record);
}

// For SQL functions, worker mains and hooks. The callable may own what it likes; each call of the
// server in it needs server_call(). Returns the callable's plain value or raises.
template <typename Function>
auto cpp_entry(Function&& function) -> std::invoke_result_t<Function&> {
  return shell<capture_exception>(function);
}

// For callbacks that the server calls below one of our server_call()s. The exception is stashed, a
// server error carries the news through the server's frames, and the server_call() throws the
// exception itself again, with the CONTEXT that those frames added.
template <typename Function>
auto callback_entry(Function&& function) -> std::invoke_result_t<Function&> {
  return shell<stash_exception>(function);
}

}  // namespace pgclone::guard

// Defines a SQL-callable function; include server.hpp before use. The body is ordinary C++:
//
//   PGCLONE_FUNCTION(pgclone_version) { return guard::text_datum("1.0"); }
//
// Arguments are read with the helpers of guard/datum.hpp, since detoasting may raise.
#define PGCLONE_FUNCTION(name)                                                  \
  extern "C" {                                                                  \
  PGCLONE_API Datum name(FunctionCallInfo fcinfo);                              \
  PGCLONE_API const Pg_finfo_record* pg_finfo_##name(void);                     \
  PG_FUNCTION_INFO_V1(name);                                                    \
  }                                                                             \
  static Datum name##_body(FunctionCallInfo fcinfo);                            \
  Datum name(FunctionCallInfo fcinfo) {                                         \
    return pgclone::guard::cpp_entry([fcinfo] { return name##_body(fcinfo); }); \
  }                                                                             \
  static Datum name##_body([[maybe_unused]] FunctionCallInfo fcinfo)
