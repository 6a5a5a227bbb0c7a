#include "pgclone/plugin/numbers.hpp"

#include <charconv>
#include <string>

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/shortened.hpp"

namespace pgclone {
namespace {

// As much of it as a message bears.
constexpr std::size_t kShown = 60;

std::string quoted(std::string_view text) {
  const std::string_view shown = shortened(text, kShown);
  return "\"" + std::string(shown) + (shown == text ? "" : "...") + "\"";
}

// The names are ours, but come back over the wire.
std::string ascii(std::string_view name) {
  std::string out(shortened(name, kShown));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

[[noreturn]] void refuse(std::string_view what, std::string detail) {
  throw Error(sqlstate::kProtocolViolation,
              "a server sent something else where " + std::string(what) + " belongs")
      .with_detail(std::move(detail))
      .with_hint("Its catalogs are damaged, or it is no PostgreSQL server that can be trusted.");
}

// Says what is there. One parser for a text alone and for one in its place.
struct Found {
  std::string_view text;
  const Cell* cell;

  [[noreturn]] void refuse_as(std::string_view what) const {
    if (cell == nullptr) refuse(what, "It sent " + quoted(text) + ".");
    refuse(what, "Column " + std::to_string(cell->column + 1) + " (" + ascii(cell->name) +
                     ") of row " + std::to_string(cell->row + 1) + " of its answer is " +
                     (cell->text.has_value() ? quoted(text) : "NULL") + ".");
  }
};

std::int64_t integer(const Found& found, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const char* const end = found.text.data() + found.text.size();
  const auto [rest, error] = std::from_chars(found.text.data(), end, value);
  if (error != std::errc() || rest != end) found.refuse_as("a whole number");
  if (value < least || value > most)
    found.refuse_as("a number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

std::uint32_t oid(const Found& found) {
  return static_cast<std::uint32_t>(integer(found, 0, std::numeric_limits<std::uint32_t>::max()));
}

bool boolean(const Found& found) {
  if (found.text == "t" || found.text == "true") return true;
  if (found.text == "f" || found.text == "false") return false;
  found.refuse_as("true or false");
}

// NULL is an empty text here, which is nothing of the kind.
Found in_its_place(const Cell& cell) {
  return {cell.text.value_or(std::string_view()), &cell};
}

}  // namespace

std::int64_t parse_integer(std::string_view text, std::int64_t least, std::int64_t most) {
  return integer({text, nullptr}, least, most);
}

std::uint32_t parse_oid(std::string_view text) {
  return oid({text, nullptr});
}

bool parse_boolean(std::string_view text) {
  return boolean({text, nullptr});
}

std::int64_t parse_integer(const Cell& cell, std::int64_t least, std::int64_t most) {
  return integer(in_its_place(cell), least, most);
}

std::uint32_t parse_oid(const Cell& cell) {
  return oid(in_its_place(cell));
}

bool parse_boolean(const Cell& cell) {
  return boolean(in_its_place(cell));
}

}  // namespace pgclone
