// What the source sent for a value is none: that is the value's error, though some receive
// functions of the server (of jsonb, tsquery, jsonpath) raise it as one of the server's own, XX000,
// since no server sends such bytes.
//
// C in all but name. Include server.hpp before.
#pragma once

namespace pgclone::session {

// In an error context's callback, where the server lets the SQLSTATE be asked and set, while a
// value is converted. `otherwise`: 22P03 or 22P02.
inline void blame_value(int otherwise) {
  if (geterrcode() == ERRCODE_INTERNAL_ERROR) errcode(otherwise);
}

}  // namespace pgclone::session
