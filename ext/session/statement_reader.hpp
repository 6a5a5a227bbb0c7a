// The engine's view of a statement, by this server's own parser.
#pragma once

#include <memory>

#include "job/statement_reader.hpp"

namespace pgclone::session {

class MemoryOwner;

// Needs no transaction, and leaves an open one as it is: parsing touches no table.
class ServerStatementReader final : public job::StatementReader {
 public:
  ServerStatementReader();
  ~ServerStatementReader();
  void read(const std::string& statement, std::vector<job::Subject>& subjects) override;

 private:
  void read_one(const std::string& statement, std::vector<job::Subject>& subjects);
  void read_inner(const std::string& statement, std::vector<job::Subject>& subjects);

  std::unique_ptr<MemoryOwner> memory_;  // of one statement at a time
};

}  // namespace pgclone::session
