#include "support/random_schema/names.hpp"

#include <array>

namespace pgclone::test::random_schema {

namespace {

constexpr std::size_t kLongest = 63;

// '#' becomes a number.
constexpr std::array kPatterns = {
    "plain_#",
    "Upper Case #",
    "quo\"te #",
    "it's #",
    "back\\slash #",
    "\\'#",
    "dot.ted.#",
    "100% %s %1$s #",
    "$do$llar$ #",
    "😀 #",
    "Größe_#",
    "名前#",
    "-- comment #",
    "/* # */",
    "a;b #",
    "{#}",
    "[#]",
    "(#)",
    "tab\t#",
    "#",
    " # ",
    "#e5",
    "new\nline #",
    "@#",
    "e\u0301 #",
    "\"\"#\"\"",
    "?#",
    ":var#",
    "*#",
    "$1 #",
};
constexpr std::array kReserved = {"select",  "table",  "user", "order",  "group",
                                  "default", "Select", "null", "true",   "primary",
                                  "end",     "begin",  "old_", "public", "information_schema",
                                  "pgclone"};
// Relations, types and functions of pg_catalog.
constexpr std::array kBuiltin = {"pg_class", "now",     "length",      "sum",        "text",
                                 "int4",     "date",    "timestamptz", "pg_type",    "lower",
                                 "nextval",  "varchar", "numeric",     "pg_indexes", "regclass"};

std::size_t piece_length(const std::string& text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size() &&
         (static_cast<unsigned char>(text[at + length]) & 0xC0) == 0x80)
    ++length;
  return length;
}

// As many whole characters as fit.
std::string filled(const std::string& start, const std::string& filler) {
  std::string out = start;
  for (std::size_t at = 0; out.size() + piece_length(filler, at) <= kLongest;) {
    out.append(filler, at, piece_length(filler, at));
    at += piece_length(filler, at);
    if (at == filler.size()) at = 0;
  }
  return out;
}

}  // namespace

Names::Names(Random& random, bool builtin) : random_(random) {
  words_.assign(kReserved.begin(), kReserved.end());
  if (builtin) words_.insert(words_.end(), kBuiltin.begin(), kBuiltin.end());
}

std::string Names::fresh() {
  if (!words_.empty() && random_.chance(12)) {
    std::swap(random_.pick(words_), words_.back());
    std::string out = std::move(words_.back());
    words_.pop_back();
    return out;
  }
  if (random_.chance(8)) return filled(numbered() + " ", random_.chance(50) ? "long😀" : "x\"y ");
  return numbered();
}

std::string Names::numbered() {
  std::string out = random_.pick(kPatterns);
  const std::size_t at = out.find('#');
  out.replace(at, 1, std::to_string(++made_));
  return out;
}

}  // namespace pgclone::test::random_schema
