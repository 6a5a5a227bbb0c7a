// Names of what hangs on a table that is cloned under another name: pure functions on text.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace pgclone::table {

// NAMEDATALEN - 1 of every packaged server.
inline constexpr std::size_t kNameBytes = 63;

// The longest prefix of at most `bytes` bytes that splits no UTF-8 character.
inline std::string_view utf8_prefix(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

// head + tail within kNameBytes: whichever is longer gives way, the head last, since the tail
// (_pkey, _id_seq) tells the names of one table apart.
inline std::string fit_name(std::string_view head, std::string_view tail) {
  if (head.size() + tail.size() > kNameBytes) {
    const std::size_t half = kNameBytes / 2;
    if (tail.size() > half) {
      const std::size_t room = head.size() < half ? kNameBytes - head.size() : kNameBytes - half;
      tail = utf8_prefix(tail, room);
    }
    head = utf8_prefix(head, kNameBytes - tail.size());
  }
  return std::string(head) + std::string(tail);
}

// What `object`, a part of `table`, is called when the table is called `new_table`.
inline std::string renamed(std::string_view object, std::string_view table,
                           std::string_view new_table) {
  if (table == new_table) return std::string(object);
  if (object.starts_with(table)) return fit_name(new_table, object.substr(table.size()));
  return fit_name(new_table, "_" + std::string(object));
}

// `name`, or the first of name_2, name_3, … that is not taken; it is taken from then on.
inline std::string unique_name(const std::string& name, std::set<std::string>& taken) {
  std::string candidate = name;
  for (unsigned number = 2; !taken.insert(candidate).second; ++number) {
    const std::string suffix = "_" + std::to_string(number);
    candidate = std::string(utf8_prefix(name, kNameBytes - suffix.size())) + suffix;
  }
  return candidate;
}

}  // namespace pgclone::table
