// Who makes what. Each adds one object, or none where what it needs isn't there yet.
#pragma once

#include "support/random_schema/builder.hpp"

namespace pgclone::test::random_schema {

void make_type(Builder& b);
void make_domain(Builder& b);
void make_sequence(Builder& b);
void make_routine(Builder& b);
// An immutable function from that type to integer.
const Routine& make_measure(Builder& b, const Type& argument);
void make_trigger_function(Builder& b);
void make_table(Builder& b);
// What follows a column's name in its definition; uses the columns that `table` has so far.
std::string column_definition(Builder& b, const Relation& table, Column& column);
void fill_with_rows(Builder& b, Relation& table, int rows);
void make_partitioned_table(Builder& b);
void make_child(Builder& b);
void make_typed_table(Builder& b);
void make_foreign_table(Builder& b);
void make_serial(Builder& b);
void make_row_function(Builder& b);
void make_aggregate(Builder& b);
void make_operators(Builder& b);
void make_cast(Builder& b);
void make_base_type(Builder& b);
void make_collation(Builder& b);
void make_conversion(Builder& b);
void make_text_search(Builder& b);
void make_view_ring(Builder& b);
void make_constraint(Builder& b);
void make_index(Builder& b);
void make_statistics(Builder& b);
void make_view(Builder& b);
void make_matview(Builder& b);

void make_mark(Builder& b);
void make_recursive_view(Builder& b);

// What changes tables that stand, when everything else does.
void make_foreign_key(Builder& b);
void make_trigger(Builder& b);
void make_policy(Builder& b);
void make_rule(Builder& b);

// What is said about all objects, at the end.
void comment_objects(Builder& b);
void label_objects(Builder& b);
void give_objects_away(Builder& b);

}  // namespace pgclone::test::random_schema
