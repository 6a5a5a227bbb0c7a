#include "session/statement_reader.hpp"

#include <cstring>

#include "guard/server_call.hpp"
#include "pgclone/plugin/error.hpp"

#include "server.hpp"

#include "session/block_statements.hpp"
#include "session/memory_owner.hpp"
#include "session/statement_subjects.hpp"
#include "session/token_scan.hpp"

namespace pgclone::session {

namespace {

// From here on: under the guard, C in all but name.

struct Reading {
  const char* sql;
  MemoryContext memory;
  RawSubject* subjects;
  BlockStatement* block;
};

// Neither we nor the functions that print definitions write comments, but in texts and bodies.
void refuse_comments(const char* sql) {
  if (std::strstr(sql, "--") != nullptr || std::strstr(sql, "/*") != nullptr) scan_tokens(sql);
}

void read_raw(Reading* reading) {
  MemoryContextSwitchTo(reading->memory);
  const List* const statements = raw_parser(reading->sql, RAW_PARSE_DEFAULT);
  if (list_length(statements) != 1)
    ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                    errmsg("It consists of %d statements", list_length(statements))));
  refuse_comments(reading->sql);
  Node* const statement = linitial_node(RawStmt, statements)->stmt;
  if (IsA(statement, DoStmt))
    reading->block = block_statements(castNode(DoStmt, statement));
  else
    reading->subjects = find_subjects(statement);
}

}  // namespace

ServerStatementReader::ServerStatementReader() : memory_(std::make_unique<MemoryOwner>()) {}
ServerStatementReader::~ServerStatementReader() = default;

void ServerStatementReader::read(const std::string& statement,
                                 std::vector<job::Subject>& subjects) {
  guard::server_call([this] { MemoryContextReset(memory_->get()); });
  read_one(statement, subjects);
}

void ServerStatementReader::read_one(const std::string& statement,
                                     std::vector<job::Subject>& subjects) {
  Reading reading{statement.c_str(), memory_->get(), nullptr, nullptr};
  guard::server_call([&reading] { read_raw(&reading); });
  for (const RawSubject* subject = reading.subjects; subject != nullptr; subject = subject->next)
    subjects.push_back({subject->space, subject->made,
                        subject->schema == nullptr ? "" : subject->schema,
                        subject->name == nullptr ? "" : subject->name,
                        subject->arguments == nullptr ? "" : subject->arguments});
  for (const BlockStatement* inner = reading.block; inner != nullptr; inner = inner->next)
    read_inner(inner->sql, subjects);
}

// What SQL's parser can't read, PL/pgSQL's may: so that is refused as well.
void ServerStatementReader::read_inner(const std::string& statement,
                                       std::vector<job::Subject>& subjects) {
  try {
    read_one(statement, subjects);
  } catch (const Error& error) {
    if (error.is_cancel()) throw;
    throw Error(sqlstate::kProtocolViolation, error.message());
  }
}

}  // namespace pgclone::session
