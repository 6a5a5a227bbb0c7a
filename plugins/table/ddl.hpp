// The SQL that makes a table and its parts on the target: text in, text out. Names are already
// chosen (target_schema, target_name), and every one is qualified with the target's schema.
#pragma once

#include <string>
#include <vector>

#include "model.hpp"

namespace pgclone::table {

using Statements = std::vector<std::string>;

Statements create_sequence(const Table& table, const Sequence& sequence);
// What relations of the source are called on the target: those of the clone by their chosen names,
// others of the source schema under the target schema, the rest as they are.
struct Naming {
  const TableSet& set;
  std::string source_schema;
  std::string target_schema;
  // Qualified and quoted.
  [[nodiscard]] std::string relation(Oid oid, const std::string& schema,
                                     const std::string& name) const;
};

// CREATE TABLE with its columns, their settings, inline checks and comments.
Statements create_table(const Table& table, const Naming& naming);
// A default that must wait for a function.
std::string set_default(const Table& table, const Column& column);
// The rows are checked if it shall be valid.
Statements add_check(const Table& table, const Check& check, bool valid);
Statements add_foreign_key(const Table& table, const ForeignKey& key, bool valid);
std::string validate_constraint(const Table& table, const std::string& name);
// An index, or the constraint that owns it, with its settings and comments.
Statements create_index(const Table& table, const Index& index);
// The same in two: the index alone, and the constraint that takes it over, with all settings and
// comments. Not for exclusion constraints.
std::string create_plain_index(const Table& table, const Index& index);
Statements constraint_of_index(const Table& table, const Index& index);
Statements create_statistics(const Table& table, const Statistics& statistics);
Statements create_trigger(const Table& table, const Trigger& trigger);
std::string attach_partition(const Table& table, const Naming& naming);
// What can only be said once rows and indexes are there: replica identity, cluster mark, row
// security. Empty when there is nothing to say.
Statements final_settings(const Table& table);
std::string set_sequence_state(const std::string& qualified_sequence, const std::string& last_value,
                               bool is_called);
// The same for a sequence that was there before: it goes back if the transaction does.
Statements reset_sequence(const std::string& qualified_sequence, const std::string& last_value,
                          bool is_called);

// Whether a column's default, or a check, is written into CREATE TABLE.
bool inline_default(const Table& table, const Column& column);
bool inline_check(const Table& table, const Check& check);
// Whether the step of a check that is not inline belongs to this table (else it comes from a
// parent).
bool own_check(const Table& table, const Check& check);

}  // namespace pgclone::table
