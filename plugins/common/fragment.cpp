#include "common/fragment.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/shortened.hpp"

namespace pgclone::common {

namespace {

// As much of a text as an error shows.
constexpr std::size_t kShown = 500;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool is_whole() {
    for (; at_ < text_.size(); ++at_) {
      if (!step(text_[at_])) return false;
    }
    return closers_.empty();
  }

 private:
  // Moves on to the last character of what begins here.
  bool step(char c) {
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    switch (c) {
      case '\'':
        return skip_quoted(c, follows_escape_mark());
      case '"':
        return skip_quoted(c, false);
      case '(':
        closers_ += ')';
        return true;
      case '[':
        closers_ += ']';
        return true;
      case ')':
      case ']':
        if (closers_.empty() || closers_.back() != c) return false;
        closers_.pop_back();
        return true;
      case ',':
        return !closers_.empty();
      case '$':  // begins a body between dollars, which no such text has
        return at_ > 0 && is_word(text_[at_ - 1]);
      case '-':
        return next != '-';
      case '/':
        return next != '*';
      case ';':
      case '\0':
        return false;
      default:
        return true;
    }
  }

  // E'…'
  [[nodiscard]] bool follows_escape_mark() const {
    return at_ > 0 && (text_[at_ - 1] == 'E' || text_[at_ - 1] == 'e') &&
           (at_ == 1 || !is_word(text_[at_ - 2]));
  }

  bool skip_quoted(char quote, bool escapes) {
    for (++at_; at_ < text_.size(); ++at_) {
      if (escapes && text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == quote) {
        if (at_ + 1 == text_.size() || text_[at_ + 1] != quote) return true;
        ++at_;
      }
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string closers_;
};

// Names and types, from the left.
class NameReader {
 public:
  explicit NameReader(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  bool skip(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  // A word, or anything in double quotes; false: neither is next.
  bool name() {
    if (rest_.starts_with('"')) return quoted();
    return !word().empty();
  }

  // One or two of them.
  bool qualified() { return name() && (!skip(".") || name()); }

  // What stands in brackets behind a type is its modifier's own affair.
  bool modifier() {
    if (!rest_.starts_with('(')) return true;
    const std::size_t end = rest_.find(')');
    if (end == std::string_view::npos || !Scanner(rest_.substr(0, end + 1)).is_whole())
      return false;
    rest_.remove_prefix(end + 1);
    return true;
  }

  // The further words of those built-in types that have several.
  bool words() {
    constexpr std::array<std::string_view, 13> kWords = {
        "precision", "varying", "with", "without", "time",   "zone", "year",
        "month",     "day",     "hour", "minute",  "second", "to"};
    while (skip(" "))
      if (std::ranges::find(kWords, word()) == kWords.end() || !modifier()) return false;
    return true;
  }

 private:
  std::string_view word() {
    std::size_t size = 0;
    while (size < rest_.size() && is_word(rest_[size])) ++size;
    const std::string_view found = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return found;
  }

  bool quoted() {
    for (std::size_t at = 1; at < rest_.size(); ++at) {
      if (rest_[at] != '"') continue;
      if (at + 1 < rest_.size() && rest_[at + 1] == '"') {
        ++at;
        continue;
      }
      rest_.remove_prefix(at + 1);
      return true;
    }
    return false;
  }

  std::string_view rest_;
};

bool is_type(std::string_view text) {
  NameReader reader(text);
  if (!reader.qualified() || !reader.modifier() || !reader.words()) return false;
  while (reader.skip("[]")) {
  }
  return reader.at_end();
}

bool is_name(std::string_view text) {
  NameReader reader(text);
  return reader.qualified() && reader.at_end();
}

std::string checked(std::string text, bool holds, const std::string& what) {
  if (holds) return text;
  throw Error(sqlstate::kProtocolViolation, what + " is refused")
      .with_origin(Origin::source)
      .with_detail("The source prints it as: " + std::string(shortened(text, kShown)) +
                   (text.size() > kShown ? "..." : ""))
      .with_hint(
          "That is more than one, or none: look at who has changed the functions of "
          "pg_catalog on the source.");
}

}  // namespace

std::string whole_fragment(std::string text, const std::string& what) {
  const bool whole = Scanner(text).is_whole();
  return checked(std::move(text), whole, what);
}

std::string whole_type(std::string text, const std::string& what) {
  const bool type = is_type(text);
  return checked(std::move(text), type, what);
}

std::string whole_name(std::string text, const std::string& what) {
  const bool name = text.empty() || is_name(text);
  return checked(std::move(text), name, what);
}

}  // namespace pgclone::common
