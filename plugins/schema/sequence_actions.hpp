// The actions that read a sequence's state when the step runs; the payload says what it
// is on the source (common::Listed).
#pragma once

#include "kinds.hpp"

namespace pgclone::schema {

// As kSequenceStateAction, but it can be taken back.
inline constexpr std::string_view kSequenceRestartAction = "sequence_restart";

}  // namespace pgclone::schema
