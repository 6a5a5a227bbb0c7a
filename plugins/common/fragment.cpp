#include "common/fragment.hpp"

#include <cstddef>

#include "pgclone/plugin/error.hpp"

namespace pgclone::common {

namespace {

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

}  // namespace

std::string whole_fragment(std::string text, const std::string& what) {
  if (Scanner(text).is_whole()) return text;
  throw Error(sqlstate::kProtocolViolation, what + " is refused")
      .with_origin(Origin::source)
      .with_detail("The source prints it as: " + text)
      .with_hint(
          "That is more than one, or none: look at who has changed the functions of "
          "pg_catalog on the source.");
}

}  // namespace pgclone::common
