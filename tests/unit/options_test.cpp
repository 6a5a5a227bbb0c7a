// The one parser of options.
#include "options/option_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

#include "pgclone/plugin/error.hpp"

namespace pgclone::options {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kStrategySchema = R"([
  {"name": "columns", "type": "names"},
  {"name": "where", "type": "string"},
  {"name": "indexes", "type": "boolean", "default": true},
  {"name": "mask", "type": "json"},
  {"name": "limit", "type": "integer"}
])";

const std::vector<std::string>& schemas() {
  static const auto* const kSchemas =
      new std::vector<std::string>{std::string(engine_schema()), std::string(kStrategySchema)};
  return *kSchemas;
}

OptionSet parse(std::string_view json) {
  return OptionSet::parse(json, schemas());
}

Error error_of(std::string_view json, const std::vector<std::string>& with = schemas()) {
  try {
    const OptionSet options = OptionSet::parse(json, with);
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "accepted: " << json;
  return {"00000", ""};
}

TEST(Options, HaveTheirDefaults) {
  for (const char* json : {"", "{}", " {\n} "}) {
    const OptionSet options = parse(json);
    EXPECT_EQ(options.text("conflict"), "error");
    EXPECT_EQ(options.integer("parallel"), 1);
    EXPECT_TRUE(options.boolean("consistent"));
    EXPECT_EQ(options.text("on_error"), "continue");
    EXPECT_EQ(options.integer("retries"), 3);
    EXPECT_TRUE(options.boolean("indexes"));
    EXPECT_THAT(options.names("columns"), IsEmpty());
    EXPECT_EQ(options.text("where"), "");
    EXPECT_EQ(options.json("where"), "");
    EXPECT_EQ(options.json("mask"), "");
    EXPECT_EQ(options.json("parallel"), "1");
    EXPECT_FALSE(options.given("parallel"));
    EXPECT_FALSE(options.given("where"));
    EXPECT_EQ(options.effective(),
              R"({"conflict":"error","consistent":true,"data_only":false,"indexes":true,)"
              R"("on_error":"continue","parallel":1,"retries":3,"schema_only":false})");
  }
}

TEST(Options, TakeWhatTheUserWrites) {
  const OptionSet options = parse(
      R"({"parallel": 1024, "consistent": false, "on_error": "stop", "retries": 0,
          "columns": ["a \"b\"", "Größe", "🐘", ""], "where": "a = 'ü\u00e4\n' AND b LIKE '%\\'",
          "mask": {"a": [1, 2.5, null]}, "limit": -9223372036854775808, "conflict": "error"})");
  EXPECT_EQ(options.integer("parallel"), 1024);
  EXPECT_FALSE(options.boolean("consistent"));
  EXPECT_EQ(options.text("on_error"), "stop");
  EXPECT_EQ(options.integer("retries"), 0);
  EXPECT_THAT(options.names("columns"), ElementsAre("a \"b\"", "Größe", "🐘", ""));
  EXPECT_EQ(options.text("where"), "a = 'üä\n' AND b LIKE '%\\'");
  EXPECT_EQ(options.json("mask"), R"({"a":[1,2.5E0,null]})");
  EXPECT_EQ(options.integer("limit"), std::numeric_limits<std::int64_t>::min());
  EXPECT_TRUE(options.given("conflict")) << "even where it equals the default";
  EXPECT_FALSE(options.given("indexes"));
}

// Options come in the database's encoding, which need not be UTF-8.
TEST(Options, TakeOtherEncodings) {
  EXPECT_EQ(parse("{\"where\": \"a = '\xe4'\"}").text("where"), "a = '\xe4'");
}

TEST(Options, ViewsSurviveAMove) {
  OptionSet options = parse(R"({"columns": ["a", "b"], "where": "x"})");
  const auto names = options.names("columns");
  const std::string_view where = options.text("where");
  const OptionSet moved = std::move(options);
  EXPECT_THAT(names, ElementsAre("a", "b"));
  EXPECT_EQ(where, "x");
  EXPECT_EQ(moved.names("columns").data(), names.data());
}

TEST(Options, EffectiveValuesReadBackTheSame) {
  const OptionSet options = parse(R"({"parallel": 7, "columns": ["a\u0001", "\""], "mask": 1})");
  EXPECT_EQ(parse(options.effective()).effective(), options.effective());
}

struct Wrong {
  std::string json;
  std::string message;
  std::string detail;
  std::string hint;
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.json;
}

class WrongOptions : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongOptions, AreNamed) {
  const Error error = error_of(GetParam().json);
  EXPECT_EQ(error.sqlstate(), "22023");
  EXPECT_EQ(error.message(), GetParam().message);
  EXPECT_EQ(error.detail(), GetParam().detail);
  EXPECT_EQ(error.hint(), GetParam().hint);
}

constexpr const char* kValid =
    R"(Valid options are "columns", "conflict", "consistent", "data_only", "indexes", "limit", "mask", )"
    R"("on_error", "parallel", "retries", "schema_only", "target_schema", "where".)";
constexpr const char* kDocs = "docs/options.md describes every option with its type and its range.";
constexpr const char* kExample = R"(Write an object such as {"parallel": 4, "conflict": "skip"}.)";

INSTANTIATE_TEST_SUITE_P(
    All, WrongOptions,
    ::testing::Values(
        Wrong{R"({"paralel": 4})", R"(unknown option "paralel")", kValid,
              R"(Did you mean "parallel"?)"},
        Wrong{R"({"PARALLEL": 4})", R"(unknown option "PARALLEL")", kValid,
              R"(Did you mean "parallel"?)"},
        Wrong{R"({"xyz": 4})", R"(unknown option "xyz")", "", kValid},
        Wrong{R"({"": 4})", R"(unknown option "")", "", kValid},
        Wrong{R"({"parallel": "4"})", R"(option "parallel" must be an integer)",
              R"(It is a string: "4".)", kDocs},
        Wrong{R"({"parallel": 4.0})", R"(option "parallel" must be an integer)",
              "It is a number: 4E0.", kDocs},
        Wrong{R"({"parallel": null})", R"(option "parallel" must be an integer)", "It is null.",
              kDocs},
        Wrong{R"({"parallel": 0})", R"(option "parallel" is out of range)",
              "It is 0; it must be between 1 and 1024.", kDocs},
        Wrong{R"({"parallel": -1})", R"(option "parallel" is out of range)",
              "It is -1; it must be between 1 and 1024.", kDocs},
        Wrong{R"({"parallel": 1025})", R"(option "parallel" is out of range)",
              "It is 1025; it must be between 1 and 1024.", kDocs},
        Wrong{R"({"parallel": 9223372036854775808})", R"(option "parallel" is out of range)",
              "It is 9223372036854775808; it must be between 1 and 1024.", kDocs},
        Wrong{R"({"parallel": 99999999999999999999})", R"(option "parallel" is out of range)",
              "It is 1E20; it must be between 1 and 1024.", kDocs},
        Wrong{R"({"limit": -9223372036854775809})", R"(option "limit" is out of range)",
              "It is -9.223372036854776E18; it must be between -9223372036854775808 and "
              "9223372036854775807.",
              kDocs},
        Wrong{R"({"consistent": 1})", R"(option "consistent" must be a boolean)",
              "It is a number: 1.", kDocs},
        Wrong{R"({"consistent": "true"})", R"(option "consistent" must be a boolean)",
              R"(It is a string: "true".)", kDocs},
        Wrong{R"({"where": ["a"]})", R"(option "where" must be a string)",
              R"(It is an array: ["a"].)", kDocs},
        Wrong{R"({"columns": "a"})", R"(option "columns" must be an array of strings)",
              R"(It is a string: "a".)", kDocs},
        Wrong{R"({"columns": ["a", 5]})", R"(option "columns" must be an array of strings)",
              "Element 2 is a number: 5.", kDocs},
        Wrong{R"({"columns": [null]})", R"(option "columns" must be an array of strings)",
              "Element 1 is null.", kDocs},
        Wrong{R"({"columns": {}})", R"(option "columns" must be an array of strings)",
              "It is an object: {}.", kDocs},
        Wrong{R"({"on_error": "halt"})", R"(option "on_error" must be one of "continue", "stop")",
              R"(It is "halt".)", kDocs},
        Wrong{R"({"on_error": "continu"})",
              R"(option "on_error" must be one of "continue", "stop")", R"(It is "continu".)",
              R"(Did you mean "continue"?)"},
        Wrong{R"({"retries": 1, "retries": 1})", R"(option "retries" is given twice)", "",
              "Keep one of them."},
        Wrong{R"({"retries": 1, "\u0072etries": 2})", R"(option "retries" is given twice)", "",
              "Keep one of them."},
        Wrong{"[]", "options must be a JSON object", "They are an array.", kExample},
        Wrong{"null", "options must be a JSON object", "They are null.", kExample},
        Wrong{"4", "options must be a JSON object", "They are a number.", kExample}));

TEST(Options, ThatAreNoJsonSayWhere) {
  const auto detail = [](std::string_view json) {
    const Error error = error_of(json);
    EXPECT_EQ(error.sqlstate(), "22P02") << json;
    EXPECT_EQ(error.message(), "options are not valid JSON");
    EXPECT_EQ(error.hint(), kExample);
    return error.detail();
  };
  EXPECT_THAT(detail("parallel=4"), HasSubstr(" at byte 1."));
  EXPECT_THAT(detail(R"({"parallel": })"), HasSubstr(" at byte 14."));
  EXPECT_EQ(detail(R"({"parallel": 4)"), "The text ends too early at byte 15.");
  EXPECT_EQ(detail(R"({} {})"), "Something follows the value at byte 4.");
  EXPECT_THAT(detail(R"({"where": "a\u0000b"})"),
              HasSubstr("A NUL character is not allowed at byte "));
  EXPECT_THAT(detail(R"({"a\u0000b": 1})"), HasSubstr("A NUL character is not allowed at byte "));
  EXPECT_THAT(detail(std::string_view("{\"where\": \"a\0b\"}", 16)), HasSubstr(" at byte 13."));
  EXPECT_THAT(detail(std::string(100, '[')), HasSubstr(" at byte 33."));
}

TEST(Options, WithAbsurdlyLongPartsAreShownShortened) {
  std::string elephants;
  for (int i = 0; i < 100'000; ++i) elephants += "🐘";
  const Error unknown = error_of(R"({")" + elephants + R"(": 1})");
  EXPECT_EQ(unknown.message(), "unknown option \"" + elephants.substr(0, 80) + "…\"");
  const Error wrong = error_of(R"({"parallel": ")" + elephants + R"("})");
  EXPECT_EQ(wrong.detail(), "It is a string: \"" + elephants.substr(0, 76) + "….");
}

TEST(Options, AreAskedForAsTheyAreDeclared) {
  const OptionSet options = parse("");
  const auto state = [](auto ask) {
    try {
      ask();
    } catch (const Error& error) {
      return error.sqlstate() + " " + error.message();
    }
    return std::string("no error");
  };
  EXPECT_EQ(state([&] { (void)options.boolean("other"); }),
            "XX000 no schema declares the option \"other\"");
  EXPECT_EQ(state([&] { (void)options.given("other"); }),
            "XX000 no schema declares the option \"other\"");
  EXPECT_EQ(state([&] { (void)options.text("parallel"); }),
            "XX000 option \"parallel\" is asked for as string but declared as integer");
  EXPECT_EQ(state([&] { (void)options.names("where"); }),
            "XX000 option \"where\" is asked for as names but declared as string");
}

TEST(Schemas, MayShareAnOptionOfOneType) {
  const std::vector<std::string> two = {R"([{"name": "a", "type": "integer", "default": 1}])",
                                        R"([{"name": "a", "type": "integer", "default": 2}])"};
  EXPECT_EQ(OptionSet::parse("", two).integer("a"), 1);
  const Error error =
      error_of("", {R"([{"name": "a", "type": "integer"}])", R"([{"name": "a", "type": "json"}])"});
  EXPECT_EQ(error.sqlstate(), "XX000");
  EXPECT_EQ(error.message(), "strategies disagree about the option \"a\"");
  EXPECT_EQ(error.detail(), "One declares it as integer, another as json.");
}

TEST(Schemas, ThatAreWrongAreThePluginsFault) {
  for (
      const auto& [schema, detail] : std::vector<std::pair<std::string, std::string>>{
          {"{}", "The schema is not an array: {}"},
          {"[", "options are not valid JSON. The text ends too early at byte 2."},
          {R"([{"type": "json"}])", R"(A declaration has no string "name": {"type":"json"})"},
          {R"([{"name": "a", "type": "float"}])", R"(There is no option type "float".)"},
          {R"([{"name": "a", "type": "integer", "min": "1"}])", R"("min" is not an integer: "1")"},
          {R"([{"name": "a", "type": "integer", "min": 1, "default": 0}])",
           R"(option "a" is out of range. It is 0; it must be between 1 and 9223372036854775807.)"},
          {R"([{"name": "a", "type": "string", "values": "x"}])",
           R"(option "values" must be an array of strings. It is a string: "x".)"}}) {
    const Error error = error_of("", {schema});
    EXPECT_EQ(error.sqlstate(), "XX000") << schema;
    EXPECT_EQ(error.message(), "a strategy declares its options wrongly");
    EXPECT_EQ(error.detail(), detail);
  }
}

TEST(Nearest, FindsWhatWasMeant) {
  const std::vector<std::string_view> candidates = {"parallel", "where", "skip", "on_error"};
  for (const auto& [name, meant] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"parallel", "parallel"},
                                                                  {"paralell", "parallel"},
                                                                  {"prallel", "parallel"},
                                                                  {"parallell", "parallel"},
                                                                  {"Where", "where"},
                                                                  {"wehre", "where"},
                                                                  {"sikp", "skip"},
                                                                  {"skp", "skip"},
                                                                  {"onerror", "on_error"},
                                                                  {"on-error", "on_error"},
                                                                  {"", ""},
                                                                  {"x", ""},
                                                                  {"here and there", ""},
                                                                  {"slap", ""},
                                                                  {"completely else", ""}}) {
    EXPECT_EQ(nearest(name, candidates), meant) << name;
  }
  EXPECT_EQ(nearest("a", {}), "");
}

}  // namespace
}  // namespace pgclone::options
