// A text cut into the tokens of SQL. C in all but name: used below a server_call(), owns nothing,
// raises server errors. Include server.hpp before.
#pragma once

namespace pgclone::session {

struct Token {
  const char* start;
  const char* end;
};

// In the current memory context; ends with an empty token at the text's end. Raises 08P01 for a
// comment, which hides what follows it on the line, and so what we have put there. Neither we nor
// the functions that print definitions write any; what stands in constants and bodies is none.
Token* scan_tokens(const char* sql);

// Whether the token is this word, in any case.
bool is_word(const Token& token, const char* word);

}  // namespace pgclone::session
