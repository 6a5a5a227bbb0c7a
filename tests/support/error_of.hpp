// Catches the Error that an action must throw.
#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "pgclone/plugin/error.hpp"

namespace pgclone::test {

// Fails the test when the action doesn't throw an Error.
template <typename Action>
Error error_of(Action&& action) {
  try {
    std::forward<Action>(action)();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "did not throw";
  return {sqlstate::kInternalError, "did not throw"};
}

}  // namespace pgclone::test
