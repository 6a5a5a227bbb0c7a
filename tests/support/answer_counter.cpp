#include "support/answer_counter.hpp"

#include <algorithm>
#include <stdexcept>

namespace pgclone::test {
namespace {

// The type, and the length of all but the type.
constexpr std::size_t kLength = 4;
constexpr std::size_t kHead = 1 + kLength;
constexpr char kReadyForQuery = 'Z';

}  // namespace

void AnswerCounter::read(std::string_view bytes) {
  while (!bytes.empty() && !encrypted_) {
    if (body_ > 0) {
      const std::size_t size = std::min(body_, bytes.size());
      body_ -= size;
      bytes.remove_prefix(size);
      continue;
    }
    const char next = bytes.front();
    bytes.remove_prefix(1);
    if (!began_ && is_about_encryption(next)) continue;
    began_ = true;
    head_ += next;
    if (head_.size() == kHead) begin_message();
  }
}

std::uint64_t AnswerCounter::answers() const {
  if (encrypted_) throw std::logic_error("an encrypted connection's answers cannot be counted");
  return answers_;
}

// A single byte answers the client's wish for it: no, or yes to TLS or GSS. No message before the
// server's word on authentication has these types.
bool AnswerCounter::is_about_encryption(char first) {
  encrypted_ = first == 'S' || first == 'G';
  return encrypted_ || first == 'N';
}

void AnswerCounter::begin_message() {
  std::size_t length = 0;
  for (const char byte : head_.substr(1)) length = length << 8 | static_cast<unsigned char>(byte);
  if (length < kLength) throw std::logic_error("no message of a server");
  if (head_.front() == kReadyForQuery) ++answers_;
  body_ = length - kLength;
  head_.clear();
}

}  // namespace pgclone::test
