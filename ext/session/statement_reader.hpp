// The engine's view of a statement, by this server's own parser.
#pragma once

#include "job/statement_reader.hpp"

namespace pgclone::session {

// Needs no transaction, and leaves an open one as it is: parsing touches no table.
class ServerStatementReader final : public job::StatementReader {
 public:
  void read(const std::string& statement, std::vector<job::Subject>& subjects) override;

 private:
  void read_inner(const std::string& statement, std::vector<job::Subject>& subjects);
};

}  // namespace pgclone::session
