// Turns a field of a binary COPY stream into a value, as the type's receive function would.
//
// The types that fill most tables are read right here: a receive function wants its bytes copied,
// and then copies them again; and that of char(n) measures each value's length, character by
// character. Everything that isn't plain is left to the receive function, so nothing is accepted
// that it would refuse, and its errors are its own.
//
// C in all but name: used below a server_call(), owns nothing, raises server errors. Include
// server.hpp before.
#pragma once

#include "session/binary_stream.hpp"

namespace pgclone::session {

struct FieldReader {
  // Of a field of `length` >= 0 bytes. The value is in the current memory context.
  Datum (*read)(BinaryStream& stream, FieldReader& self, std::int32_t length);
  FmgrInfo receive;
  Oid io_parameter;
  std::int32_t typmod;
  AttrNumber number;
  StringInfo buffer;  // what the receive function reads; all readers of a table share it
};

void open_field_reader(FieldReader& reader, const FormData_pg_attribute& column, StringInfo buffer);

// A domain checks NULL as well.
inline Datum read_null(FieldReader& reader) {
  return ReceiveFunctionCall(&reader.receive, nullptr, reader.io_parameter, reader.typmod);
}

}  // namespace pgclone::session
