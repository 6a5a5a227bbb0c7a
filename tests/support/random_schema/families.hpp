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
void make_constraint(Builder& b);
void make_index(Builder& b);
void make_statistics(Builder& b);
void make_view(Builder& b);
void make_matview(Builder& b);

// What changes tables that stand, when everything else does.
void make_foreign_key(Builder& b);
void make_trigger(Builder& b);
void make_policy(Builder& b);
void make_rule(Builder& b);

// What is said about all objects, at the end.
void comment_objects(Builder& b);
void give_objects_away(Builder& b);

}  // namespace pgclone::test::random_schema
