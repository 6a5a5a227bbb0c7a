#include "common/sequence_state.hpp"

#include <algorithm>

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

SequenceState state_of(const std::string& sequence, std::string_view last_value,
                       std::string_view is_called) {
  try {
    return {parse_integer(last_value), parse_boolean(is_called)};
  } catch (const Error& error) {
    refuse(sequence, error.detail());
  }
}

[[noreturn]] void refuse_number(std::string_view number, std::size_t asked) {
  throw Error(sqlstate::kProtocolViolation,
              "the source sent the state of a sequence that it wasn't asked for")
      .with_origin(Origin::source)
      .with_detail("Asked for " + std::to_string(asked) + " sequences, it sent one of number " +
                   std::string(number) + ".")
      .with_hint("It is no PostgreSQL server that can be trusted.");
}

// By OID, which locks the sequence until the transaction ends: from then on its name is its own.
// False for those that were never called, whose state no function has. Its name is compared first,
// since the function fails without a sequence, and again behind the lock.
std::vector<bool> read_called(Session& source, std::span<const Listed> sequences,
                              std::vector<SequenceState>& states) {
  std::string oids = "{";
  std::vector<std::string_view> labels;
  for (const Listed& sequence : sequences) {
    oids += (labels.empty() ? "" : ",") + std::to_string(sequence.oid);
    labels.emplace_back(sequence.label);
  }
  oids += "}";
  const std::string names = sql::text_array(labels);
  const Param params[] = {oids, names};
  const Result& result = source.query(R"sql(
SELECT CASE WHEN pg_catalog.to_regclass(x.label)::pg_catalog.oid = x.oid
         THEN pg_catalog.pg_sequence_last_value(x.oid) END,
       pg_catalog.to_regclass(x.label)::pg_catalog.oid IS NOT DISTINCT FROM x.oid
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[]))
  WITH ORDINALITY x (oid, label, number)
ORDER BY x.number)sql",
                                      params);
  std::vector<bool> called;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    if (!parse_boolean(result.text(i, 1))) throw replaced(sequences[i].label);
    called.push_back(!result.is_null(i, 0));
    if (called.back()) states[i] = state_of(sequences[i].label, result.text(i, 0), "t");
  }
  return called;
}

// What setval(…, false) left behind is in the sequence alone.
void read_uncalled(Session& source, std::span<const Listed> sequences,
                   std::span<const std::size_t> uncalled, std::vector<SequenceState>& states) {
  std::string query;
  for (std::size_t i = 0; i < uncalled.size(); ++i) {
    query += (query.empty() ? "SELECT " : " UNION ALL SELECT ") + std::to_string(i) +
             ", last_value, is_called FROM " + sequences[uncalled[i]].label;
  }
  const Result& result = source.query(query);
  std::vector<bool> told(uncalled.size());
  for (std::size_t i = 0; i < result.rows(); ++i) {
    const std::uint32_t number = parse_oid(result.text(i, 0));
    if (number >= uncalled.size()) refuse_number(result.text(i, 0), uncalled.size());
    const std::size_t sequence = uncalled[number];
    const std::string& label = sequences[sequence].label;
    if (told.at(number)) refuse(label, "It sends several rows.");
    told.at(number) = true;
    if (result.is_null(i, 1) || result.is_null(i, 2)) refuse(label, "It sends no value.");
    states.at(sequence) = state_of(label, result.text(i, 1), result.text(i, 2));
  }
  for (std::size_t i = 0; i < uncalled.size(); ++i)
    if (!told[i]) refuse(sequences[uncalled[i]].label, "It sends no row.");
}

}  // namespace

std::vector<SequenceState> read_sequence_states(Session& source,
                                                std::span<const Listed> sequences) {
  std::vector<SequenceState> states(sequences.size());
  if (sequences.empty()) return states;
  const std::vector<bool> called = read_called(source, sequences, states);
  std::vector<std::size_t> uncalled;
  for (std::size_t i = 0; i < sequences.size(); ++i)
    if (!called[i]) uncalled.push_back(i);
  // Each statement stays within what the parser likes.
  constexpr std::size_t kBatch = 500;
  const std::span<const std::size_t> all(uncalled);
  for (std::size_t start = 0; start < all.size(); start += kBatch)
    read_uncalled(source, sequences, all.subspan(start, std::min(kBatch, all.size() - start)),
                  states);
  return states;
}

SequenceState read_sequence_state(Session& source, const Listed& sequence) {
  return read_sequence_states(source, {&sequence, 1}).front();
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
