// The kinds of lies.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/random_schema/random.hpp"
#include "support/wire.hpp"

namespace pgclone::test {

// What a lie may look at and choose.
struct LieContext {
  random_schema::Random& random;
  // Numbers that may be OIDs, and other values, that were sent before, on any connection.
  const std::vector<std::string>& oids;
  const std::vector<std::string>& texts;
  // Rows of the same answer, before this one.
  const std::vector<wire::Cells>& rows;
  // Set by the lie: nothing more is sent, or what comes next may be waited for in vain.
  bool ends = false;
  bool may_hang = false;
  // Of a lie that goes on: set by the first message, it is asked for each row of the answer.
  int column = -1;
  int from_column = -1;
  bool drops_rows = false;
};

struct LieKind {
  const char* name;
  // Types of messages that it is about; empty: all.
  std::string_view types;
  // What is sent instead of the message.
  std::string (*tell)(const wire::Message&, LieContext&);
};

const std::vector<LieKind>& lie_kinds();

// A row with a value at another place, as a lie about a column says.
std::string tell_column(const wire::Message& row, const LieContext& context);

}  // namespace pgclone::test
