#include "support/wire.hpp"

#include <stdexcept>

namespace pgclone::test::wire {
namespace {

constexpr std::size_t kHead = 5;

std::uint32_t number(std::string_view bytes, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes.at(i));
  return value;
}

}  // namespace

std::string uint16(std::uint16_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string uint32(std::uint32_t value) {
  return uint16(static_cast<std::uint16_t>(value >> 16)) +
         uint16(static_cast<std::uint16_t>(value));
}

std::string encode(const Message& message) {
  return encode(message, static_cast<std::uint32_t>(message.body.size() + 4));
}

std::string encode(const Message& message, std::uint32_t length) {
  return message.type + uint32(length) + message.body;
}

std::optional<Message> Reader::next() {
  if (rest_.size() < kHead) return std::nullopt;
  const std::size_t size = 1 + number(std::string_view(rest_).substr(1), 4);
  if (size < kHead) throw std::logic_error("no message of a server");
  if (rest_.size() < size) return std::nullopt;
  Message message{rest_[0], rest_.substr(kHead, size - kHead)};
  rest_.erase(0, size);
  return message;
}

Cells decode_row(std::string_view body) {
  Cells cells(number(body, 2));
  body.remove_prefix(2);
  for (auto& cell : cells) {
    const auto length = static_cast<std::int32_t>(number(body, 4));
    body.remove_prefix(4);
    if (length < 0) continue;
    cell = body.substr(0, static_cast<std::size_t>(length));
    body.remove_prefix(cell->size());
  }
  return cells;
}

std::string encode_row(const Cells& cells) {
  std::string body = uint16(static_cast<std::uint16_t>(cells.size()));
  for (const auto& cell : cells)
    body += cell ? uint32(static_cast<std::uint32_t>(cell->size())) + *cell : uint32(UINT32_MAX);
  return body;
}

std::string report(const std::vector<std::pair<char, std::string>>& fields) {
  std::string body;
  for (const auto& [code, text] : fields) body += code + text + '\0';
  return body + '\0';
}

}  // namespace pgclone::test::wire
