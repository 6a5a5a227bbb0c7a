// As much of a stranger's text as a message bears.
#pragma once

#include <cstddef>
#include <string_view>

namespace pgclone {

// No multi-byte character of a server's encoding has a byte of ASCII, so none is cut in two behind
// one.
inline std::string_view shortened(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::size_t size = longest;
  while (size > 0 && (static_cast<unsigned char>(text[size - 1]) & 0x80) != 0) --size;
  return text.substr(0, size);
}

}  // namespace pgclone
