#include "job/data_only.hpp"

#include <algorithm>
#include <array>

#include "job/json_text.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::job {
namespace {

namespace json = boost::json;

constexpr std::string_view kCreatesNothing = "Rows go into tables that exist; nothing is created.";

struct Meaningless {
  std::string_view option;
  std::string_view why;
};

constexpr std::array kMeaningless = {
    Meaningless{"indexes", kCreatesNothing},
    Meaningless{"constraints", kCreatesNothing},
    Meaningless{"triggers", kCreatesNothing},
    Meaningless{"extensions", kCreatesNothing},
    Meaningless{"freeze", "Rows that go into tables that exist are never frozen."},
    Meaningless{"owners", "What is there keeps its owner."},
    Meaningless{"privileges", "What is there keeps its privileges."},
    Meaningless{"cascade", "Rows of tables outside the clone are never deleted."},
};

[[noreturn]] void refuse(std::string_view what, std::string_view why, std::string_view hint) {
  throw Error(sqlstate::kInvalidParameterValue,
              std::string(what) + " is not possible with option \"data_only\"")
      .with_detail(std::string(why))
      .with_hint(std::string(hint));
}

// Its meanings for objects in the way are those of a clone that makes objects.
void check_conflict(std::string_view conflict) {
  constexpr std::array<std::string_view, 3> kKnown = {"error", "skip", "replace"};
  if (std::ranges::find(kKnown, conflict) != kKnown.end()) return;
  refuse("conflict strategy \"" + std::string(conflict) + "\"",
         "It decides about objects that are in the way, and none is: the tables stay.",
         R"(About tables that have rows decides {"conflict": "error"}, {"conflict": "skip"} or )"
         R"({"conflict": "replace"}.)");
}

}  // namespace

void check_data_only(const JobSpec& spec) {
  constexpr std::string_view kLeaveOut = "Leave one of the two out.";
  if (spec.strategy != "table" && spec.strategy != "schema")
    refuse("clone strategy \"" + spec.strategy + "\"",
           "Only the strategies \"table\" and \"schema\" know how to.", kLeaveOut);
  if (!spec.include_data) refuse("include_data => false", "It is a clone of nothing.", kLeaveOut);
  const json::value options = parse_own_json(spec.options);
  for (const auto& [key, value] : options.as_object()) {
    const std::string_view name(key.data(), key.size());
    if (name == "schema_only" && value.as_bool())
      refuse("option \"schema_only\"", "It is a clone of nothing.", kLeaveOut);
    if (name == "conflict") check_conflict(std::string_view(value.as_string()));
    const auto* const found = std::ranges::find(kMeaningless, name, &Meaningless::option);
    if (found != kMeaningless.end())
      refuse("option \"" + std::string(name) + "\"", found->why, kLeaveOut);
  }
}

}  // namespace pgclone::job
