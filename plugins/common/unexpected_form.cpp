#include "common/unexpected_form.hpp"

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/shortened.hpp"

namespace pgclone::common {

void refuse_form(const std::string& what, std::string_view printed) {
  constexpr std::size_t kShown = 500;
  const std::string_view shown = shortened(printed, kShown);
  throw Error(sqlstate::kProtocolViolation,
              "the source's definition of " + what + " has an unexpected form")
      .with_origin(Origin::source)
      .with_detail(printed.empty()
                       ? "What it prints does not begin with the object's own name."
                       : "It prints: " + std::string(shown) + (shown == printed ? "" : "..."))
      .with_hint(
          "Look at the functions of pg_catalog on the source: who has changed them, or is it "
          "another server than PostgreSQL's?");
}

}  // namespace pgclone::common
