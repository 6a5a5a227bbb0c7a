// Messages of the server in PostgreSQL's protocol 3, unencrypted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pgclone::test::wire {

struct Message {
  char type = '\0';
  std::string body;
};

std::string encode(const Message& message);
// With a length that need not be true.
std::string encode(const Message& message, std::uint32_t length);
std::string uint32(std::uint32_t value);
std::string uint16(std::uint16_t value);

// Cuts a stream into messages.
class Reader {
 public:
  void feed(std::string_view bytes) { rest_ += bytes; }
  std::optional<Message> next();

 private:
  std::string rest_;
};

// The fields of a DataRow.
using Cells = std::vector<std::optional<std::string>>;
Cells decode_row(std::string_view body);
std::string encode_row(const Cells& cells);

// An ErrorResponse or NoticeResponse with these fields: code and text of each.
std::string report(const std::vector<std::pair<char, std::string>>& fields);

}  // namespace pgclone::test::wire
