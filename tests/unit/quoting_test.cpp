// Quoting of SQL text: written out, and read back by a scanner of PostgreSQL's lexical rules.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::sql {
namespace {

TEST(Quoting, OfIdentifiers) {
  EXPECT_EQ(identifier("a"), R"("a")");
  EXPECT_EQ(identifier("select"), R"("select")");
  EXPECT_EQ(identifier(R"(a"b""c)"), R"("a""b""""c")");
  EXPECT_EQ(identifier(R"(Größe 🐘 \ ' % $1 ; --)"), R"("Größe 🐘 \ ' % $1 ; --")");
  EXPECT_EQ(qualified("s\"", "t"), R"("s"""."t")");
  EXPECT_EQ(qualified("a.b", "c.d"), R"("a.b"."c.d")");
  EXPECT_EQ(qualified("", "t"), R"("t")");
}

TEST(Quoting, OfLiterals) {
  EXPECT_EQ(literal(""), "''");
  EXPECT_EQ(literal("a"), "'a'");
  EXPECT_EQ(literal("a'b"), "'a''b'");
  EXPECT_EQ(literal(R"(a\b)"), R"(E'a\\b')");
  EXPECT_EQ(literal(R"(\')"), R"(E'\\''')");
  EXPECT_EQ(literal("ö\n\"$$%"), "'ö\n\"$$%'");
}

TEST(Quoting, OfArrays) {
  EXPECT_EQ(text_array(std::vector<std::string>{}), "{}");
  EXPECT_EQ(text_array(std::array{"a", "", "NULL", "{,}"}), R"({"a","","NULL","{,}"})");
  EXPECT_EQ(text_array(std::array<std::string_view, 1>{R"(a"b\c'd)"}), R"({"a\"b\\c'd"})");
}

// Reads a quoted identifier at the beginning of the text; returns it and what follows.
std::pair<std::string, std::string_view> read_identifier(std::string_view text) {
  std::string name;
  EXPECT_EQ(text.front(), '"');
  std::size_t at = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '"') {
      if (at + 1 >= text.size() || text[at + 1] != '"') break;
      ++at;
    }
    name += text[at];
  }
  EXPECT_LT(at, text.size()) << "unterminated: " << text;
  return {name, text.substr(at + 1)};
}

// Reads a string constant that must fill the text, under either standard_conforming_strings.
std::string read_literal(std::string_view text, bool standard_conforming) {
  const bool escapes = text.front() == 'E' || !standard_conforming;
  if (text.front() == 'E') text.remove_prefix(1);
  std::string value;
  EXPECT_EQ(text.front(), '\'');
  std::size_t at = 1;
  for (; at < text.size(); ++at) {
    if (text[at] == '\'') {
      if (at + 1 >= text.size() || text[at + 1] != '\'') break;
      ++at;
    } else if (text[at] == '\\' && escapes) {
      ++at;
    }
    value += text[at];
  }
  EXPECT_EQ(at + 1, text.size()) << "ends early: " << text;
  return value;
}

// The elements of a one-dimensional array literal whose elements are all quoted.
std::vector<std::string> read_array(std::string_view text) {
  std::vector<std::string> items;
  bool inside = false;
  for (std::size_t at = 1; at + 1 < text.size(); ++at) {
    if (text[at] == '"') {
      if (!inside) items.emplace_back();
      inside = !inside;
    } else if (inside) {
      if (text[at] == '\\') ++at;
      items.back() += text[at];
    } else {
      EXPECT_EQ(text[at], ',') << text;
    }
  }
  EXPECT_FALSE(inside) << text;
  return items;
}

TEST(Quoting, OfRandomNamesReadsBackTheSame) {
  constexpr std::array kPieces = {
      "\"", "'", "\\", "%", "$",    ";", "--",   "/*", ".",    ",",    "{",  "}",  " ",   "\n",
      "\t", "a", "Z",  "ö", "\x7f", "🐘", "\"\"", "E'", "U&\"", "NULL", "$1", "%s", "\\'", "\\\""};
  std::mt19937 random(20240229);
  std::uniform_int_distribution<std::size_t> piece(0, kPieces.size() - 1);
  std::uniform_int_distribution<int> length(0, 30);
  const auto name = [&] {
    std::string text;
    for (int i = length(random); i > 0; --i) text += kPieces.at(piece(random));
    return text;
  };
  for (int round = 0; round < 20'000; ++round) {
    const std::string schema = "s" + name();
    const std::string relation = name();
    const std::string quoted = qualified(schema, relation);
    const auto [first, rest] = read_identifier(quoted);
    ASSERT_EQ(first, schema);
    ASSERT_EQ(rest.front(), '.');
    const auto [second, nothing] = read_identifier(rest.substr(1));
    ASSERT_EQ(second, relation);
    ASSERT_EQ(nothing, "");
    ASSERT_EQ(read_literal(literal(relation), true), relation);
    ASSERT_EQ(read_literal(literal(relation), false), relation);
    const std::vector<std::string> items = {schema, relation, ""};
    ASSERT_EQ(read_array(text_array(items)), items);
  }
}

}  // namespace
}  // namespace pgclone::sql
