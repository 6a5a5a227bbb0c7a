#include "guard/entry.hpp"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "guard/report.hpp"
#include "guard/server_error.hpp"
#include "guard/stash.hpp"

#include "server.hpp"

namespace pgclone::guard {

namespace {

// Null for empty text, and when there is no memory left: the SQLSTATE still gets through.
char* keep(const std::string& text) noexcept {
  return text.empty() ? nullptr : strdup(text.c_str());
}

void keep_error(ErrorRecord* record, const Error& error) noexcept {
  record->sqlerrcode = make_sqlstate(error.sqlstate());
  record->message = keep(error.message());
  record->detail = keep(error.detail());
  record->hint = keep(error.hint());
  record->context = keep(error.context());
}

// errmsg_internal and its like copy the text; afterwards ours can go.
void release(ErrorRecord* record) noexcept {
  for (char* text : {record->message, record->detail, record->hint, record->context, record->schema,
                     record->table, record->column, record->datatype, record->constraint}) {
    std::free(text);
  }
}

}  // namespace

void capture_exception(ErrorRecord* record) noexcept {
  *record = ErrorRecord{};
  record->sqlerrcode = ERRCODE_INTERNAL_ERROR;
  try {
    throw;
  } catch (const ServerError& error) {
    keep_error(record, error);
    record->schema = keep(error.names().schema);
    record->table = keep(error.names().table);
    record->column = keep(error.names().column);
    record->datatype = keep(error.names().datatype);
    record->constraint = keep(error.names().constraint);
  } catch (const Error& error) {
    keep_error(record, error);
  } catch (const std::bad_alloc&) {
    record->sqlerrcode = ERRCODE_OUT_OF_MEMORY;
    record->message = strdup("out of memory");
    record->detail = strdup("pgclone could not allocate memory of its own.");
  } catch (const std::exception& error) {
    record->message = strdup(error.what());
    record->detail = strdup("An unexpected C++ exception reached the server.");
  } catch (...) {
    record->message = strdup("unknown C++ exception");
    record->detail = strdup("An exception that is no std::exception reached the server.");
  }
}

void stash_exception(ErrorRecord* record) noexcept {
  capture_exception(record);
  record->stashed = stash_put(std::current_exception());
}

void raise_record(ErrorRecord* record) {
  const int stashed = record->stashed;
  // Spelled out instead of ereport(): the texts must be freed between the copying and the jump.
  if (errstart(ERROR, TEXTDOMAIN)) {
    errcode(record->sqlerrcode);
    errmsg_internal("%s", record->message == nullptr ? "pgclone failed" : record->message);
    if (record->detail != nullptr) errdetail_internal("%s", record->detail);
    if (record->hint != nullptr) errhint("%s", record->hint);
    if (record->context != nullptr) errcontext("%s", record->context);
    if (record->schema != nullptr) err_generic_string(PG_DIAG_SCHEMA_NAME, record->schema);
    if (record->table != nullptr) err_generic_string(PG_DIAG_TABLE_NAME, record->table);
    if (record->column != nullptr) err_generic_string(PG_DIAG_COLUMN_NAME, record->column);
    if (record->datatype != nullptr) err_generic_string(PG_DIAG_DATATYPE_NAME, record->datatype);
    if (record->constraint != nullptr) {
      err_generic_string(PG_DIAG_CONSTRAINT_NAME, record->constraint);
    }
    errhidestmt(true);
    release(record);
    if (stashed != 0) errfinish("guard/entry.cpp", stashed, kStashMarker);
    errfinish("guard/entry.cpp", __LINE__, __func__);
  }
  pg_unreachable();
}

}  // namespace pgclone::guard
