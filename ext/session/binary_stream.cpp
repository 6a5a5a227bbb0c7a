#include <algorithm>
#include <cstdint>

#include "server.hpp"

#include "session/binary_stream.hpp"

namespace pgclone::session {

namespace {

constexpr char kSignature[] = {'P', 'G', 'C', 'O', 'P', 'Y', '\n', '\377', '\r', '\n', '\0'};
// Bits that a reader must know. The only one there ever was (rows with OIDs) is gone since 12.
constexpr std::uint32_t kCriticalFlags = 0xffff0000;

void next_piece(BinaryStream& stream) {
  const Piece piece = take_piece();
  if (piece.size == 0) {
    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT), errmsg("unexpected EOF in COPY data")));
  }
  stream.next = piece.data;
  stream.end = piece.data + piece.size;
  stream.arrived += piece.size;
}

}  // namespace

void read_bytes(BinaryStream& stream, char* to, std::size_t n) {
  while (n > 0) {
    if (stream.next == stream.end) {
      // A value may be a gigabyte: a user who gives up waits for no more than a piece of it.
      CHECK_FOR_INTERRUPTS();
      next_piece(stream);
    }
    const std::size_t count = std::min(n, static_cast<std::size_t>(stream.end - stream.next));
    std::memcpy(to, stream.next, count);
    stream.next += count;
    to += count;
    n -= count;
  }
}

void read_header(BinaryStream& stream) {
  if (std::memcmp(next_bytes(stream, sizeof kSignature), kSignature, sizeof kSignature) != 0) {
    ereport(ERROR,
            (errcode(ERRCODE_BAD_COPY_FILE_FORMAT), errmsg("COPY file signature not recognized")));
  }
  if ((next_uint32(stream) & kCriticalFlags) != 0) {
    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT),
                    errmsg("unrecognized critical flags in COPY file header")));
  }
  auto extension = static_cast<std::int32_t>(next_uint32(stream));
  if (extension < 0) {
    ereport(ERROR, (errcode(ERRCODE_BAD_COPY_FILE_FORMAT), errmsg("invalid COPY file header")));
  }
  for (; extension > 0; --extension) next_bytes(stream, 1);
}

}  // namespace pgclone::session
