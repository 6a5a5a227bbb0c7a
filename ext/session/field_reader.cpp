#include <cstdint>
#include <cstring>

#include "server.hpp"

#include "session/field_reader.hpp"

namespace pgclone::session {

namespace {

[[noreturn]] void refuse_format() {
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION), errmsg("incorrect binary data format")));
}

void expect_length(std::int32_t length, std::int32_t expected) {
  if (length > expected) refuse_format();
  if (length < expected) {
    ereport(ERROR,
            (errcode(ERRCODE_PROTOCOL_VIOLATION), errmsg("insufficient data left in message")));
  }
}

// The receive function's turn, with its bytes in the buffer.
Datum receive_buffer(FieldReader& reader) {
  reader.buffer->cursor = 0;
  const Datum value =
      ReceiveFunctionCall(&reader.receive, reader.buffer, reader.io_parameter, reader.typmod);
  if (reader.buffer->cursor != reader.buffer->len) refuse_format();
  return value;
}

Datum receive(FieldReader& reader, const void* bytes, std::int32_t length) {
  resetStringInfo(reader.buffer);
  appendBinaryStringInfo(reader.buffer, static_cast<const char*>(bytes), length);
  return receive_buffer(reader);
}

Datum read_other(BinaryStream& stream, FieldReader& reader, std::int32_t length) {
  StringInfo buffer = reader.buffer;
  resetStringInfo(buffer);
  enlargeStringInfo(buffer, length);
  read_bytes(stream, buffer->data, static_cast<std::size_t>(length));
  buffer->data[length] = '\0';
  buffer->len = length;
  return receive_buffer(reader);
}

Datum read_bool(BinaryStream& stream, FieldReader&, std::int32_t length) {
  expect_length(length, 1);
  return BoolGetDatum(*next_bytes(stream, 1) != 0);
}

Datum read_16_bits(BinaryStream& stream, FieldReader&, std::int32_t length) {
  expect_length(length, 2);
  return Int16GetDatum(static_cast<std::int16_t>(next_uint16(stream)));
}

Datum read_32_bits(BinaryStream& stream, FieldReader&, std::int32_t length) {
  expect_length(length, 4);
  return Int32GetDatum(static_cast<std::int32_t>(next_uint32(stream)));
}

// Of a type that is unsigned.
Datum read_oid(BinaryStream& stream, FieldReader&, std::int32_t length) {
  expect_length(length, 4);
  return ObjectIdGetDatum(next_uint32(stream));
}

Datum read_64_bits(BinaryStream& stream, FieldReader&, std::int32_t length) {
  expect_length(length, 8);
  return Int64GetDatum(static_cast<std::int64_t>(next_uint64(stream)));
}

Datum read_date(BinaryStream& stream, FieldReader& reader, std::int32_t length) {
  expect_length(length, 4);
  const std::uint32_t sent = next_uint32(stream);
  const auto date = static_cast<DateADT>(sent);
  if (DATE_NOT_FINITE(date) || IS_VALID_DATE(date)) return DateADTGetDatum(date);
  const std::uint32_t bytes = pg_hton32(sent);
  return receive(reader, &bytes, sizeof bytes);
}

// With and without time zone: both are microseconds since 2000 in UTC.
Datum read_timestamp(BinaryStream& stream, FieldReader& reader, std::int32_t length) {
  expect_length(length, 8);
  const std::uint64_t sent = next_uint64(stream);
  const auto timestamp = static_cast<Timestamp>(sent);
  if (TIMESTAMP_NOT_FINITE(timestamp) || IS_VALID_TIMESTAMP(timestamp))
    return TimestampGetDatum(timestamp);
  const std::uint64_t bytes = pg_hton64(sent);
  return receive(reader, &bytes, sizeof bytes);
}

Datum read_uuid(BinaryStream& stream, FieldReader&, std::int32_t length) {
  expect_length(length, UUID_LEN);
  void* const value = palloc(UUID_LEN);
  std::memcpy(value, next_bytes(stream, UUID_LEN), UUID_LEN);
  return PointerGetDatum(value);
}

// A palloc'ed varlena of the next bytes, with no copy in between, be it a gigabyte.
varlena* read_varlena(BinaryStream& stream, std::int32_t length) {
  const Size size = static_cast<Size>(length) + VARHDRSZ;
  auto* const value = static_cast<varlena*>(palloc(size));
  SET_VARSIZE(value, size);
  read_bytes(stream, VARDATA(value), static_cast<std::size_t>(length));
  return value;
}

Datum read_bytea(BinaryStream& stream, FieldReader&, std::int32_t length) {
  return PointerGetDatum(read_varlena(stream, length));
}

// Raises 22021 if it is none in the database's encoding, which the source converts to.
varlena* read_valid_text(BinaryStream& stream, std::int32_t length) {
  varlena* const value = read_varlena(stream, length);
  pg_verify_mbstr(GetDatabaseEncoding(), VARDATA(value), length, false);
  return value;
}

Datum read_text(BinaryStream& stream, FieldReader&, std::int32_t length) {
  return PointerGetDatum(read_valid_text(stream, length));
}

// No more bytes than the type has characters: it fits.
Datum read_varchar(BinaryStream& stream, FieldReader& reader, std::int32_t length) {
  varlena* const value = read_valid_text(stream, length);
  if (length <= reader.typmod - VARHDRSZ) return PointerGetDatum(value);
  return receive(reader, VARDATA(value), length);
}

bool is_ascii(const char* text, std::int32_t length) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::uint64_t seen = 0;
  std::int32_t at = 0;
  for (; at + 8 <= length; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, text + at, sizeof word);
    seen |= word;
  }
  for (; at < length; ++at) seen |= static_cast<unsigned char>(text[at]);
  return (seen & kHighBits) == 0;
}

// As many characters as the type has: it needs neither blanks nor cutting.
Datum read_bpchar(BinaryStream& stream, FieldReader& reader, std::int32_t length) {
  varlena* const value = read_valid_text(stream, length);
  if (length == reader.typmod - VARHDRSZ && is_ascii(VARDATA(value), length))
    return PointerGetDatum(value);
  return receive(reader, VARDATA(value), length);
}

using Read = decltype(FieldReader::read);

Read reader_of(Oid type, std::int32_t typmod) {
  const bool any_length = typmod < static_cast<std::int32_t>(VARHDRSZ);
  switch (type) {
    case BOOLOID:
      return read_bool;
    case INT2OID:
      return read_16_bits;
    case INT4OID:
    case FLOAT4OID:
      return read_32_bits;
    case OIDOID:
      return read_oid;
    case INT8OID:
    case FLOAT8OID:
      return FLOAT8PASSBYVAL ? read_64_bits : read_other;
    case DATEOID:
      return read_date;
    case TIMESTAMPOID:
    case TIMESTAMPTZOID:
      return FLOAT8PASSBYVAL && typmod < 0 ? read_timestamp : read_other;
    case UUIDOID:
      return read_uuid;
    case BYTEAOID:
      return read_bytea;
    case TEXTOID:
      return read_text;
    case VARCHAROID:
      return any_length ? read_text : read_varchar;
    case BPCHAROID:
      return any_length ? read_text : read_bpchar;
    default:
      return read_other;
  }
}

}  // namespace

void open_field_reader(FieldReader& reader, const FormData_pg_attribute& column,
                       StringInfo buffer) {
  Oid function;
  getTypeBinaryInputInfo(column.atttypid, &function, &reader.io_parameter);
  fmgr_info(function, &reader.receive);
  reader.typmod = column.atttypmod;
  reader.number = column.attnum;
  reader.buffer = buffer;
  reader.read = reader_of(column.atttypid, column.atttypmod);
}

}  // namespace pgclone::session
