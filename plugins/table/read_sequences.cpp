#include <algorithm>

#include "catalog.hpp"
#include "common/sequence_state.hpp"
#include "pgclone/plugin/numbers.hpp"
#include "row.hpp"

namespace pgclone::table {

void read_sequences(Session& source, const std::string& oids, TableSet& set) {
  const Param params[] = {oids};
  const Result& result = source.query(R"sql(
SELECT d.refobjid, c.oid, n.nspname, c.relname, c.oid::pg_catalog.regclass::pg_catalog.text,
       a.attname, d.deptype = 'i', c.relpersistence = 'u',
       pg_catalog.format_type(s.seqtypid, NULL),
       s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
       pg_catalog.obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid
JOIN pg_catalog.pg_class c ON c.oid = d.objid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.classid = 1259 AND d.refclassid = 1259 AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
  AND d.refobjid = ANY($1::pg_catalog.oid[])
ORDER BY d.refobjid, d.refobjsubid, c.relname)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* table = set.find(row.oid());
    if (table == nullptr) continue;
    Sequence& sequence = table->sequences.emplace_back();
    sequence.oid = row.oid();
    sequence.schema = row.text();
    sequence.name = row.text();
    sequence.regclass_text = row.text();
    sequence.column = row.text();
    sequence.identity = row.boolean();
    sequence.unlogged = row.boolean();
    sequence.type = row.text();
    for (const char* const option :
         {"START WITH ", " INCREMENT BY ", " MINVALUE ", " MAXVALUE ", " CACHE "}) {
      sequence.options += option + std::to_string(row.integer());
    }
    sequence.options += row.boolean() ? " CYCLE" : " NO CYCLE";
    sequence.comment = row.nullable();
  }
}

void read_sequence_states(Session& source, TableSet& set) {
  std::vector<Sequence*> all;
  for (Table& table : set.tables()) {
    for (Sequence& sequence : table.sequences)
      if (sequence.readable) all.push_back(&sequence);
  }
  // A sequence's state can only be read from the sequence itself; the batches keep each statement
  // within what the parser likes.
  constexpr std::size_t kBatch = 500;
  for (std::size_t start = 0; start < all.size(); start += kBatch) {
    const std::size_t end = std::min(all.size(), start + kBatch);
    std::string query;
    for (std::size_t i = start; i < end; ++i) {
      query += query.empty() ? "SELECT " : " UNION ALL SELECT ";
      query += std::to_string(i) + ", last_value, is_called FROM " +
               sql::qualified(all[i]->schema, all[i]->name);
    }
    const Result& result = source.query(query);
    for (std::size_t i = 0; i < result.rows(); ++i) {
      const std::uint64_t number = parse_oid(result.text(i, 0));
      if (number < start || number >= end) {
        throw Error(sqlstate::kProtocolViolation,
                    "the source sent the state of a sequence that it wasn't asked for")
            .with_detail("Asked for " + std::to_string(end - start) + " sequences, from number " +
                         std::to_string(start) + " on; it sent one of number " +
                         std::to_string(number) + ".")
            .with_hint("It is no PostgreSQL server that can be trusted.");
      }
      Sequence& sequence = *all.at(static_cast<std::size_t>(number));
      const common::SequenceState state =
          common::sequence_state(result, i, 1, sql::qualified(sequence.schema, sequence.name));
      sequence.last_value = std::to_string(state.last_value);
      sequence.is_called = state.is_called;
    }
  }
}

}  // namespace pgclone::table
