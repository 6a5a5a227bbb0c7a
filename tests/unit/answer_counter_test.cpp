#include "support/answer_counter.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pgclone::test {
namespace {

using namespace std::string_literals;

// A refusal of TLS, a login, and an answer whose row has a 'Z' that is none.
const std::string kTwoAnswers =
    "N"
    "R\0\0\0\x08\0\0\0\0"
    "Z\0\0\0\x05I"
    "D\0\0\0\x10\0\x01\0\0\0\x06Z\0\0\0\x05I"
    "N\0\0\0\x05\0"
    "C\0\0\0\x0dSELECT 1\0"
    "Z\0\0\0\x05T"s;

TEST(AnswerCounter, CountsMessagesWhateverThePieces) {
  for (std::size_t piece = 1; piece <= kTwoAnswers.size(); ++piece) {
    AnswerCounter counter;
    for (std::size_t from = 0; from < kTwoAnswers.size(); from += piece)
      counter.read(kTwoAnswers.substr(from, piece));
    EXPECT_EQ(counter.answers(), 2) << "in pieces of " << piece;
  }
}

TEST(AnswerCounter, RefusesToGuessWhatIsEncrypted) {
  AnswerCounter counter;
  counter.read("S\x16\x03\x03");
  EXPECT_THROW(static_cast<void>(counter.answers()), std::logic_error);
}

}  // namespace
}  // namespace pgclone::test
