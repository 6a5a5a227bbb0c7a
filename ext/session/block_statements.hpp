// The blocks of PL/pgSQL that a clone runs, round a GRANT that another role has to make. C in all
// but name: used below a server_call(), owns nothing, raises server errors. Include server.hpp
// before.
#pragma once

namespace pgclone::session {

struct BlockStatement {
  const char* sql;
  BlockStatement* next;
};

// The SQL statements of the block, to be looked at one by one. Raises 08P01 if it is made of
// anything else than we make blocks of.
BlockStatement* block_statements(const DoStmt* block);

}  // namespace pgclone::session
