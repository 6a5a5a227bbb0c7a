#include "common/sequence_state.hpp"

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/numbers.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

[[noreturn]] void refuse(const std::string& sequence, std::string detail) {
  throw Error(sqlstate::kProtocolViolation,
              "the source does not say where sequence " + sequence + " stands")
      .with_origin(Origin::source)
      .with_detail(std::move(detail))
      .with_hint("Look at what bears that name on the source now: it is no sequence.");
}

}  // namespace

SequenceState sequence_state(const Result& result, std::size_t row, std::size_t first,
                             const std::string& sequence) {
  if (row >= result.rows() || result.columns() < first + 2 || result.is_null(row, first) ||
      result.is_null(row, first + 1))
    refuse(sequence, "It sends no value.");
  try {
    return {parse_integer(result.text(row, first)), parse_boolean(result.text(row, first + 1))};
  } catch (const Error& error) {
    refuse(sequence, error.detail());
  }
}

SequenceState read_sequence_state(Session& source, const std::string& sequence) {
  const Result& result = source.query("SELECT last_value, is_called FROM " + sequence);
  if (result.rows() != 1) refuse(sequence, "It sends " + std::to_string(result.rows()) + " rows.");
  return sequence_state(result, 0, 0, sequence);
}

std::string set_sequence_state(const std::string& sequence, const SequenceState& state) {
  return "SELECT pg_catalog.setval(" + sql::literal(sequence) + "::pg_catalog.regclass, " +
         std::to_string(state.last_value) + ", " + (state.is_called ? "true" : "false") + ")";
}

std::vector<std::string> reset_sequence(const std::string& sequence, const SequenceState& state) {
  return {"ALTER SEQUENCE " + sequence + " RESTART WITH " + std::to_string(state.last_value),
          set_sequence_state(sequence, state)};
}

}  // namespace pgclone::common
