// Where a sequence stands. The source says it as two values; what is done with them on the target
// is composed here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pgclone/plugin/session.hpp"

namespace pgclone::common {

struct SequenceState {
  std::int64_t last_value = 0;
  bool is_called = false;
};

// Of two columns of a row: last_value and is_called. `sequence`: qualified and quoted, for the
// error if they are none.
SequenceState sequence_state(const Result& result, std::size_t row, std::size_t first,
                             const std::string& sequence);
// Asks the sequence itself. What is none any more, but has its name, is refused.
SequenceState read_sequence_state(Session& source, const std::string& sequence);

// Names are qualified and quoted.
std::string set_sequence_state(const std::string& sequence, const SequenceState& state);
// setval() alone is not undone with the transaction. Only the owner may restart a sequence.
std::vector<std::string> reset_sequence(const std::string& sequence, const SequenceState& state);

}  // namespace pgclone::common
