// PlanContext::attempt(), for contexts of tests that have no engine.
#pragma once

#include <optional>
#include <string_view>

#include "job/savepoint.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::test {

// In a transaction of its own where there is none.
inline std::optional<Error> attempt(Session& session, std::string_view statement) {
  const bool alone = !session.in_transaction();
  if (alone) session.begin(TransactionMode::read_write);
  std::optional<Error> ended;
  {
    const job::Savepoint as_it_was(session);
    try {
      session.execute(statement);
    } catch (const Error& error) {
      ended = error;
    }
  }
  if (alone) session.rollback();
  return ended;
}

}  // namespace pgclone::test
