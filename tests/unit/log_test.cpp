// What reaches the log, and what never does.
#include "log/logger.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace pgclone::log {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

using Lines = std::vector<std::pair<Severity, std::string>>;

void collect(void* state, Severity severity, std::string_view line) {
  static_cast<Lines*>(state)->emplace_back(severity, line);
}

TEST(Logger, HandsOverEverySeverityAtOnce) {
  Lines lines;
  Logger logger("pgclone", &collect, &lines);
  logger.write(Severity::debug, "one");
  EXPECT_THAT(lines, ElementsAre(Pair(Severity::debug, "pgclone: one")));
  logger.write(Severity::info, "two");
  logger.write(Severity::notice, "three");
  logger.write(Severity::warning, "");
  EXPECT_THAT(
      lines,
      ElementsAre(Pair(Severity::debug, "pgclone: one"), Pair(Severity::info, "pgclone: two"),
                  Pair(Severity::notice, "pgclone: three"), Pair(Severity::warning, "pgclone: ")));
}

TEST(Logger, TakesTextLiterally) {
  Lines lines;
  Logger logger("a%vb", &collect, &lines);
  const std::string odd = "{} {0} %s %v {{ \"ö🐘\" \\ ' \t";
  logger.write(Severity::info, odd);
  EXPECT_THAT(lines, ElementsAre(Pair(Severity::info, "a%vb: " + odd)));
}

TEST(Logger, CutsAMessageIntoLines) {
  Lines lines;
  Logger logger("pgclone", &collect, &lines);
  logger.write(Severity::info, "one\n\nthree");
  EXPECT_THAT(lines,
              ElementsAre(Pair(Severity::info, "pgclone: one"), Pair(Severity::info, "pgclone: "),
                          Pair(Severity::info, "pgclone: three")));
}

TEST(Logger, KeepsLoggersApart) {
  Lines first_lines;
  Lines second_lines;
  Logger first("same", &collect, &first_lines);
  Logger second("same", &collect, &second_lines);
  first.hide("open sesame");
  first.write(Severity::info, "open sesame");
  second.write(Severity::info, "open sesame");
  EXPECT_THAT(first_lines, ElementsAre(Pair(Severity::info, "same: ********")));
  EXPECT_THAT(second_lines, ElementsAre(Pair(Severity::info, "same: open sesame")));
}

TEST(Logger, WritesNoSecretNotEvenAcrossLines) {
  Lines lines;
  Logger logger("pgclone", &collect, &lines);
  logger.hide("top\nsecret");
  logger.write(Severity::info, "it is top\nsecret!");
  EXPECT_THAT(lines, ElementsAre(Pair(Severity::info, "pgclone: it is ********!")));
}

TEST(Redaction, LeavesOtherTextAlone) {
  Logger logger("pgclone", &collect, nullptr);
  EXPECT_EQ(logger.redact("text"), "text");
  logger.hide("");
  EXPECT_EQ(logger.redact("text"), "text");
  logger.hide("secret");
  EXPECT_EQ(logger.redact(""), "");
  EXPECT_EQ(logger.redact("secre t, Secret, sec%72e"), "secre t, Secret, sec%72e");
}

TEST(Redaction, FindsEveryFormOfASecret) {
  Logger logger("pgclone", &collect, nullptr);
  logger.hide(R"(p'a\s"s %ö)");
  const std::vector<std::string> forms = {
      R"(p'a\s"s %ö)",                        // as it is
      R"(p\'a\\s"s %ö)",                      // libpq
      R"(p''a\\s"s %ö)",                      // E'…'
      R"(p''a\s"s %ö)",                       // '…'
      R"(p'a\\s\"s %ö)",                      // JSON
      R"(p\\'a\\\\s\"s %ö)",                  // libpq in JSON
      R"(p\''a\\s"s %ö)",                     // libpq in '…'
      R"(p%27a%5Cs%22s%20%25%C3%B6)",         // URI
      R"(p%27a%5cs%22s%20%25%c3%b6)",         // URI, small letters
      R"(%70%27%61%5C%73%22%73%20%25%C3%b6)"  // URI, everything encoded
  };
  for (const std::string& form : forms) {
    EXPECT_EQ(logger.redact("<" + form + "> <" + form + ">"), "<********> <********>") << form;
  }
}

TEST(Redaction, ReplacesTheLongestOfSeveralSecrets) {
  Logger logger("pgclone", &collect, nullptr);
  logger.hide("pass");
  logger.hide("password");
  logger.hide("x");
  EXPECT_EQ(logger.redact("password=password pass xx"),
            "********=******** ******** ****************");
}

}  // namespace
}  // namespace pgclone::log
