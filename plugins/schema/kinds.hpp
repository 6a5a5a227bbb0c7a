// The readers of the single kinds: each looks at the source's catalogs with a constant number of
// queries and adds the steps that make the objects on the target. They throw what sessions throw.
#pragma once

#include "scope.hpp"

namespace pgclone::schema {

// What completes relations and composite types, into Scope::after_create; before their kinds.
void read_column_comments(Scope& scope);
void read_column_settings(Scope& scope);
void read_replica_identities(Scope& scope);

void add_enums(Scope& scope);
void add_composites(Scope& scope);
void add_domains(Scope& scope);
// Ranges with their multiranges, base types and shell types.
void add_ranges(Scope& scope);
void add_base_types(Scope& scope);

// Functions, window functions and procedures.
void add_routines(Scope& scope);
void add_aggregates(Scope& scope);

// Sequences that no column of a table owns, with their state.
void add_sequences(Scope& scope);
// Their states alone, for sequences that the target must have.
void add_states_of_existing(Scope& scope);
// The action that reads a sequence's state when the step runs, and what runs it.
inline constexpr std::string_view kSequenceStateAction = "sequence_state";
void run_sequence_state(const StepView& step, RunContext& context);

void add_foreign_tables(Scope& scope);
void add_views(Scope& scope);
// Without their rows, but with indexes; and with a REFRESH once all tables are loaded.
void add_materialized_views(Scope& scope);
// Those that the target has, once all tables are loaded.
void refresh_existing(Scope& scope);
// What belongs to a relation and is not of its table: rules, policies, triggers on views and
// foreign tables.
void add_rules(Scope& scope);
void add_policies(Scope& scope);
void add_triggers(Scope& scope);

// On foreign tables, materialized views, and on relations of other schemas.
void add_statistics(Scope& scope);

void add_operators(Scope& scope);
// SQL that prints the operands' types from two columns: (integer, NONE).
std::string operand_types_sql(const std::string& left, const std::string& right);
// Operator families with their classes.
void add_operator_families(Scope& scope);
void add_collations(Scope& scope);
void add_conversions(Scope& scope);
void add_text_search(Scope& scope);
// With "outside": "leave_out", keys of tables outside the schema that reference it and that the
// target lacks.
void add_outside_keys(Scope& scope);
void add_casts(Scope& scope);
void add_transforms(Scope& scope);

}  // namespace pgclone::schema
