// Reads PostgreSQL's binary COPY format, field by field, out of the pieces that arrive. Format: the
// server's documentation of COPY, "Binary Format".
//
// C in all but name: used below a server_call(), owns nothing, raises server errors. Include
// server.hpp before.
#pragma once

#include <cstring>

#include "session/copy_source.hpp"

namespace pgclone::session {

struct BinaryStream {
  const char* next = nullptr;
  const char* end = nullptr;
  std::uint64_t arrived = 0;  // bytes of all pieces so far
  char assembled[16] = {};    // a short field that two pieces share

  // Bytes read so far.
  [[nodiscard]] std::uint64_t position() const {
    return arrived - static_cast<std::uint64_t>(end - next);
  }
};

// Copies the next n bytes.
void read_bytes(BinaryStream& stream, char* to, std::size_t n);

// The next n <= 16 bytes in one piece; valid until the next read.
inline const char* next_bytes(BinaryStream& stream, std::size_t n) {
  Assert(n <= sizeof stream.assembled);
  if (static_cast<std::size_t>(stream.end - stream.next) >= n) {
    const char* const at = stream.next;
    stream.next += n;
    return at;
  }
  read_bytes(stream, stream.assembled, n);
  return stream.assembled;
}

inline std::uint16_t next_uint16(BinaryStream& stream) {
  std::uint16_t value;
  std::memcpy(&value, next_bytes(stream, sizeof value), sizeof value);
  return pg_ntoh16(value);
}
inline std::uint32_t next_uint32(BinaryStream& stream) {
  std::uint32_t value;
  std::memcpy(&value, next_bytes(stream, sizeof value), sizeof value);
  return pg_ntoh32(value);
}
inline std::uint64_t next_uint64(BinaryStream& stream) {
  std::uint64_t value;
  std::memcpy(&value, next_bytes(stream, sizeof value), sizeof value);
  return pg_ntoh64(value);
}

// The header; raises 22P04 on anything that is none.
void read_header(BinaryStream& stream);

// The number of fields of the next row, which is to be `columns`; false at the end of the data.
inline bool read_row_start(BinaryStream& stream, int columns) {
  const auto count = static_cast<std::int16_t>(next_uint16(stream));
  if (count == columns) return true;
  if (count == -1) return false;
  ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                  errmsg("row field count is %d, expected %d", static_cast<int>(count), columns)));
}

// The length of the next field; -1: NULL.
inline std::int32_t read_field_length(BinaryStream& stream) {
  const auto length = static_cast<std::int32_t>(next_uint32(stream));
  if (length < -1) {
    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT), errmsg("invalid field size")));
  }
  return length;
}

}  // namespace pgclone::session
