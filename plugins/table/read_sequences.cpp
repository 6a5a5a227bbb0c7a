#include "catalog.hpp"
#include "common/sequence_state.hpp"
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
  std::vector<common::Listed> as_listed;
  for (Table& table : set.tables()) {
    for (Sequence& sequence : table.sequences) {
      if (!sequence.readable) continue;
      all.push_back(&sequence);
      as_listed.push_back(listed(sequence));
    }
  }
  const std::vector<common::SequenceState> states = common::read_sequence_states(source, as_listed);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i]->last_value = std::to_string(states.at(i).last_value);
    all[i]->is_called = states.at(i).is_called;
  }
}

}  // namespace pgclone::table
