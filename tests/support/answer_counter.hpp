// Counts what a server has answered, in the bytes that it sends to one client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace pgclone::test {

class AnswerCounter {
 public:
  // In whatever pieces the bytes come.
  void read(std::string_view bytes);
  // How often the server was ready for a query again. Throws std::logic_error where the bytes were
  // encrypted.
  [[nodiscard]] std::uint64_t answers() const;

 private:
  [[nodiscard]] bool is_about_encryption(char first);
  void begin_message();

  bool began_ = false;  // with messages, after what is said about encryption
  bool encrypted_ = false;
  std::string head_;      // of the current message, as far as it has come
  std::size_t body_ = 0;  // what is still to come of its body
  std::uint64_t answers_ = 0;
};

}  // namespace pgclone::test
