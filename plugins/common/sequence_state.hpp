// Where a sequence stands. The source says it as two values; what is done with them on the target
// is composed here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/listed.hpp"

namespace pgclone::common {

struct SequenceState {
  std::int64_t last_value = 0;
  bool is_called = false;
};

// One for each. What is no sequence any more, but has its name, is refused.
std::vector<SequenceState> read_sequence_states(Session& source, std::span<const Listed> sequences);
SequenceState read_sequence_state(Session& source, const Listed& sequence);

// Names are qualified and quoted.
std::string set_sequence_state(const std::string& sequence, const SequenceState& state);
// setval() alone is not undone with the transaction. Only the owner may restart a sequence.
std::vector<std::string> reset_sequence(const std::string& sequence, const SequenceState& state);

}  // namespace pgclone::common
