#include <cstring>
#include <initializer_list>

#include "server.hpp"

#include "session/block_statements.hpp"
#include "session/subject_list.hpp"
#include "session/token_scan.hpp"

namespace pgclone::session {

namespace {

constexpr const char* kDeclaration =
    "DECLARE before_ pg_catalog.text := pg_catalog.current_setting('role')";

// From one semicolon to the next.
struct Piece {
  const Token* first;
  const Token* last;  // behind its end
};

const char* text_of(const Piece& piece) {
  return piece.first == piece.last
             ? ""
             : pnstrdup(piece.first->start,
                        static_cast<Size>((piece.last - 1)->end - piece.first->start));
}

bool is_empty(const Token& token) {
  return token.start == token.end;
}

bool skip_words(Piece& piece, std::initializer_list<const char*> words) {
  const Token* at = piece.first;
  for (const char* const word : words)
    if (at == piece.last || !is_word(*at++, word)) return false;
  piece.first = at;
  return true;
}

// RAISE of texts and of what the server has said; it calls nothing.
void check_raise(const Piece& piece) {
  for (const Token* token = piece.first; token != piece.last; ++token)
    require(!is_word(*token, "("), "It calls a function where it reports a failure");
}

// The statement in a piece; null: none.
const char* statement_of(Piece piece) {
  if (std::strcmp(text_of(piece), kDeclaration) == 0) return nullptr;
  if (skip_words(piece, {"EXCEPTION", "WHEN", "OTHERS", "THEN", "RAISE", "WARNING"})) {
    check_raise(piece);
    return nullptr;
  }
  skip_words(piece, {"BEGIN"});
  if (skip_words(piece, {"PERFORM"})) return psprintf("SELECT %s", text_of(piece));
  require(is_word(*piece.first, "GRANT"), "It is a block that does more than to grant");
  return text_of(piece);
}

const char* body_of(const DoStmt* block) {
  const char* body = nullptr;
  ListCell* cell;
  foreach (cell, block->args) {
    const DefElem* const option = lfirst_node(DefElem, cell);
    if (std::strcmp(option->defname, "as") == 0) {
      body = strVal(option->arg);
    } else {
      require(std::strcmp(strVal(option->arg), "plpgsql") == 0, "It is a block of code");
    }
  }
  require(body != nullptr, "It is a block of code");
  return body;
}

}  // namespace

BlockStatement* block_statements(const DoStmt* block) {
  BlockStatement* found = nullptr;
  const Token* token = scan_tokens(body_of(block));
  for (Piece piece{token, token}; !is_empty(*token); ++token) {
    piece.last = token;
    if (is_word(*token, ";")) {
      if (const char* const sql = statement_of(piece)) {
        auto* const statement = static_cast<BlockStatement*>(palloc(sizeof(BlockStatement)));
        *statement = {sql, found};
        found = statement;
      }
      piece.first = token + 1;
    }
    piece.last = token + 1;
    if (is_empty(*(token + 1))) require(std::strcmp(text_of(piece), "END") == 0, "It is a block");
  }
  return found;
}

}  // namespace pgclone::session
