// C++ calls the server: the guard that turns a server error into a C++ exception.
//
//   guard::server_call([&] { SPI_connect(); … });
//
// The server raises by longjmp, which runs no destructors. So the rule for the callable: it owns
// nothing (no std::string, no container, no lock); it works on plain values and on references to
// objects outside. A guard protects the frames above it, never those below.
//
// Guard a batch (a statement, a whole copy), not a row. Main thread only.
#pragma once

#include <exception>
#include <memory>
#include <type_traits>

namespace pgclone::guard {

namespace detail {

// Calls body(argument); throws what server_call() promises. body must not throw.
void run_guarded(void (*body)(void*), void* argument);

// Called in a handler: the current exception goes to the server log as a WARNING.
void log_swallowed() noexcept;

struct Nothing {};

template <typename Function, typename Returned>
struct Call {
  Function* function;
  std::conditional_t<std::is_void_v<Returned>, Nothing, Returned> value;
  std::exception_ptr thrown;

  // Our own code below the guard may throw, too; but not past the server's exception stack, which
  // run_guarded() has to put back first.
  static void run(void* self) noexcept {
    auto* const call = static_cast<Call*>(self);
    try {
      if constexpr (std::is_void_v<Returned>) {
        (*call->function)();
      } else {
        call->value = (*call->function)();
      }
    } catch (...) {
      call->thrown = std::current_exception();
    }
  }
};

}  // namespace detail

// Runs the callable and returns its value, a plain one. The memory context, the error-context stack
// and the interrupt holdoff counts are afterwards what they were, whatever happens.
//
// Throws ServerError with everything that the server said; after it the transaction (or a
// subtransaction round the call) must be rolled back before anything else touches the database. An
// exception that a callback stashed (callback_entry) comes out as itself. FATAL ends the process
// without unwinding.
template <typename Function>
auto server_call(Function&& function) -> std::invoke_result_t<Function&> {
  using Returned = std::invoke_result_t<Function&>;
  static_assert(std::is_void_v<Returned> || std::is_trivially_copyable_v<Returned>,
                "a guarded call returns a plain value: it may own nothing");
  detail::Call<std::remove_reference_t<Function>, Returned> call{
      std::addressof(function), {}, nullptr};
  detail::run_guarded(&decltype(call)::run, &call);
  if (call.thrown) std::rethrow_exception(call.thrown);
  if constexpr (!std::is_void_v<Returned>) return call.value;
}

// For clean-up in destructors and noexcept functions: a failure becomes a WARNING in the server
// log, and false. The callable must not serve interrupts, so that no cancel is eaten here.
template <typename Function>
bool server_call_noexcept(Function&& function) noexcept {
  try {
    server_call(function);
    return true;
  } catch (...) {
    detail::log_swallowed();
    return false;
  }
}

}  // namespace pgclone::guard
