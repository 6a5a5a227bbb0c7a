#include "pgclone/plugin/numbers.hpp"

#include <charconv>
#include <string>

#include "error/shortened.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone {
namespace {

// As much of it as a message bears.
constexpr std::size_t kShown = 60;

[[noreturn]] void refuse(std::string_view what, std::string_view text) {
  const std::string_view shown = shortened(text, kShown);
  throw Error(sqlstate::kProtocolViolation,
              "a server sent something else where " + std::string(what) + " belongs")
      .with_detail("It sent \"" + std::string(shown) + (shown == text ? "" : "...") + "\".")
      .with_hint("Its catalogs are damaged, or it is no PostgreSQL server that can be trusted.");
}

}  // namespace

std::int64_t parse_integer(std::string_view text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) refuse("a whole number", text);
  if (value < least || value > most)
    refuse("a number from " + std::to_string(least) + " to " + std::to_string(most), text);
  return value;
}

std::uint32_t parse_oid(std::string_view text) {
  return static_cast<std::uint32_t>(
      parse_integer(text, 0, std::numeric_limits<std::uint32_t>::max()));
}

bool parse_boolean(std::string_view text) {
  if (text == "t" || text == "true") return true;
  if (text == "f" || text == "false") return false;
  refuse("true or false", text);
}

}  // namespace pgclone
