#include <cstring>

#include "server.hpp"
#include "server_parser.hpp"

#include "session/token_scan.hpp"

namespace pgclone::session {

namespace {

bool is_blank(const char* from, const char* to) {
  for (; from < to; ++from)
    if (!scanner_isspace(*from)) return false;
  return true;
}

}  // namespace

Token* scan_tokens(const char* sql) {
  core_yy_extra_type extra;
  core_YYSTYPE value;
  YYLTYPE place = 0;
  const core_yyscan_t scanner = scanner_init(sql, &extra, &ScanKeywords, ScanKeywordTokens);
  extra.escape_string_warning = false;
  const char* const text_end = sql + std::strlen(sql);
  Size room = 64;
  Size count = 0;
  auto* tokens = static_cast<Token*>(palloc(room * sizeof(Token)));
  const char* end = sql;
  for (bool more = true; more;) {
    more = core_yylex(&value, &place, scanner) != 0;
    const char* const start = more ? sql + place : text_end;
    if (!is_blank(end, start))
      ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION), errmsg("It contains a comment")));
    // The scanner ends the token it has just found with a zero in its own copy.
    end = more ? start + std::strlen(extra.scanbuf + place) : text_end;
    if (count == room) {
      room *= 2;
      tokens = static_cast<Token*>(repalloc_huge(tokens, room * sizeof(Token)));
    }
    tokens[count++] = {start, end};
  }
  scanner_finish(scanner);
  return tokens;
}

bool is_word(const Token& token, const char* word) {
  const auto length = static_cast<Size>(token.end - token.start);
  return length == std::strlen(word) && pg_strncasecmp(token.start, word, length) == 0;
}

}  // namespace pgclone::session
