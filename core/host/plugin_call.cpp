#include "host/plugin_call.hpp"

#include <exception>
#include <new>

#include "pgclone/plugin/error.hpp"

namespace pgclone::host {
namespace {

std::string strategy_of(const Callee& callee) {
  return std::string(callee.kind) + " strategy \"" + std::string(callee.id) + "\" of plugin \"" +
         callee.plugin + "\"";
}

std::string place_of(const Callee& callee) {
  return "In " + std::string(callee.method) +
         (callee.subject.empty() ? "" : ", " + std::string(callee.subject)) + ": ";
}

Error foreign(const Callee& callee, std::string_view what) {
  return Error(sqlstate::kInternalError,
               strategy_of(callee) + " threw an exception that is no pgclone::Error")
      .with_detail(place_of(callee) + std::string(what))
      .with_hint("This is a defect of the plugin: report it to its author.");
}

}  // namespace

void rethrow_as_error(const Callee& callee) {
  try {
    throw;
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc& error) {
    throw Error(sqlstate::kOutOfMemory, "out of memory in " + strategy_of(callee))
        .with_detail(place_of(callee) + error.what())
        .with_hint("Free memory on the server, or clone less at a time.");
  } catch (const std::exception& error) {
    throw foreign(callee, error.what());
  } catch (...) {
    throw foreign(callee, "something that says nothing of itself");
  }
}

}  // namespace pgclone::host
